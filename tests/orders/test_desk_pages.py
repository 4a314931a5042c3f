"""The desk's pages: orders found, picked, shipped, delivered, cancelled; every refusal beside what was typed."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import fulfilling
from orders.models import Order, ScheduleLine
from orders.queries import PAGE
from orders.shipments import CreditLine, CreditNote, Shipment, ShipmentState
from orders.states import LineState
from orders.watching import check_lead_times
from portal.accounts.roles import Role
from portal.clock import local
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_customer, make_user, make_world, sign_in


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now - timedelta(days=2))


@pytest.fixture
def desk(app: Flask, world: World) -> FlaskClient:
    """A clerk of the distributor, signed in."""
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.staff)
    return client


def saved(world: World, order: Order) -> Order:
    world.session.commit()
    return order


def fresh(world: World, order: Order) -> Order:
    world.session.rollback()
    world.session.expire_all()
    return world.session.get_one(Order, order.id)


def only_shipment(world: World, order: Order) -> Shipment:
    fresh(world, order)
    return world.session.scalars(select(Shipment).where(Shipment.order_id == order.id)).one()


def field(part: ScheduleLine) -> str:
    return f"part_{part.id}"


def ship_form(shipment: Shipment, **facts: str) -> dict[str, str]:
    usual = {"carrier": "-", "other": "Kerry", "tracking_no": "TH0001"} | facts
    return {f"{shipment.number}-ship-{name}": value for name, value in usual.items()}


def deliver_form(shipment: Shipment, when: datetime, received_by: str = "Somchai") -> dict[str, str]:
    start = f"{shipment.number}-deliver-"
    return {f"{start}delivered_at": f"{local(when):%Y-%m-%dT%H:%M}", f"{start}received_by": received_by}


def url(order: Order, *rest: str) -> str:
    return "/".join([f"/desk/orders/{order.number}", *rest])


# --- the list ---


def test_the_list_shows_every_companys_orders_and_narrows_by_stage_text_and_company(
    desk: FlaskClient, world: World
) -> None:
    other = make_customer(world.session, "C2", now=world.now, name_en="Chiang Mai Mart")
    buyer = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    soap = world.product(stock=50)
    here, there, done = world.order({soap: 1}), world.order({soap: 2}, buyer=buyer), world.order({soap: 3})
    here.po_number = "PO-77"
    world.delivered(done)
    saved(world, here)

    def numbers(query: str) -> set[str]:
        answer = desk.get(f"/desk/orders?{query}")
        assert answer.status_code == 200
        return {o.number for o in (here, there, done) if f"/desk/orders/{o.number}" in answer.text}

    assert numbers("") == {here.number, there.number, done.number}
    assert numbers("q=po-77") == {here.number}
    assert numbers("q=chiang") == {there.number}
    assert numbers("customer=C2") == {there.number}
    assert numbers("stage=open") == {here.number, there.number}
    assert numbers("stage=closed") == {done.number}
    assert numbers("stage=late") == set()
    assert "No order fits" in desk.get("/desk/orders?q=nothing-like-it").text


def test_a_late_order_is_flagged_in_words(desk: FlaskClient, world: World, now: datetime) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    check_lead_times(world.session, now + timedelta(days=30))
    page = desk.get("/desk/orders?stage=late").text
    assert order.number in page
    assert "Missed" in page


def test_the_list_pages_on_and_back(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=500)
    orders = [world.order({soap: 1}, at=world.now + timedelta(minutes=n)) for n in range(PAGE + 3)]
    saved(world, orders[0])
    first = desk.get("/desk/orders").text
    assert orders[-1].number in first
    assert f"/desk/orders/{orders[0].number}" not in first
    second = desk.get(_link(first, "next")).text
    assert f"/desk/orders/{orders[0].number}" in second
    assert _link(second, "next") == ""
    again = desk.get(_link(second, "prev")).text
    assert f"/desk/orders/{orders[-1].number}" in again


@pytest.mark.parametrize("query", ["stage=lost", "customer=NOBODY"])
def test_a_filter_that_does_not_exist_is_not_found(desk: FlaskClient, query: str) -> None:
    assert desk.get(f"/desk/orders?{query}").status_code == 404


def test_a_place_in_the_list_that_nobody_made_shows_the_first_page(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    assert order.number in desk.get("/desk/orders?older=yesterday~x").text


# --- who may ---


def test_buyers_and_strangers_find_no_desk(app: Flask, world: World) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    stranger, buyer = app.test_client(), app.test_client()
    sign_in(buyer, world.buyer)
    for path in ("/desk/orders", url(order), "/desk/picking", "/desk/credits", "/manage/measures"):
        assert stranger.get(path).status_code == 302
        assert buyer.get(path).status_code == 404
    assert buyer.post(url(order, "cancel"), data={"reason": "mine"}).status_code == 404
    assert fresh(world, order).state is LineState.ALLOCATED


def test_a_clerk_does_not_see_the_measures(desk: FlaskClient) -> None:
    assert desk.get("/manage/measures").status_code == 403


@pytest.mark.parametrize("path", ["", "/pick-list"])
def test_an_unknown_order_is_not_found(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/desk/orders/SO-0000{path}").status_code == 404


def test_acts_on_unknown_things_are_not_found(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=50)
    order, other = world.order({soap: 1}), world.order({soap: 1})
    foreign = world.picked(other)
    saved(world, order)
    for act in ("ship", "deliver", "put-back"):
        assert desk.post(url(order, "shipments", "SH-0000", act)).status_code == 404
        assert desk.post(url(order, "shipments", foreign.number, act)).status_code == 404
    for act in ("pick", "cancel"):
        assert desk.post(f"/desk/orders/SO-0000/{act}").status_code == 404
    assert only_shipment(world, other).state == ShipmentState.PICKED


# --- the page, and its acts ---


def test_an_order_goes_from_the_shelf_to_the_customer(desk: FlaskClient, world: World, now: datetime) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    page = desk.get(url(order)).text
    assert 'value="3"' in page
    assert _primary(page) == 1

    assert desk.post(url(order, "pick"), data={field(part): "3"}).status_code == 302
    shipment = only_shipment(world, order)
    page = desk.get(url(order)).text
    assert "Ship" in page
    assert _primary(page) == 1

    answer = desk.post(url(order, "shipments", shipment.number, "ship"), data=ship_form(shipment))
    assert answer.status_code == 302
    shipment = only_shipment(world, order)
    assert (shipment.state, shipment.carrier, shipment.tracking_no) == (
        ShipmentState.SHIPPED,
        "Kerry",
        "TH0001",
    )
    page = desk.get(url(order)).text
    assert _primary(page) == 1

    answer = desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, now))
    assert answer.status_code == 302
    assert fresh(world, order).state is LineState.DELIVERED
    page = desk.get(url(order)).text
    assert "Somchai" in page
    assert _primary(page) == 0


def test_a_carrier_used_before_is_offered_and_can_be_chosen(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=10)
    world.shipped(world.order({soap: 1}))
    order = world.order({soap: 1})
    shipment = world.picked(order)
    saved(world, order)
    assert '<option value="Kerry">' in desk.get(url(order)).text
    form = ship_form(shipment, carrier="Kerry", other="")
    assert desk.post(url(order, "shipments", shipment.number, "ship"), data=form).status_code == 302
    assert only_shipment(world, order).carrier == "Kerry"


def test_a_delivery_in_the_minute_of_shipping_is_taken(
    desk: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product(stock=10): 3})
    left = now.replace(second=0) - timedelta(minutes=1, seconds=-41)
    shipment = world.shipped(order, at=left)
    saved(world, order)
    answer = desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, left))
    assert answer.status_code == 302
    assert only_shipment(world, order).delivered_at == left


def test_the_time_typed_is_the_time_in_bangkok(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.shipped(order)
    saved(world, order)
    when = (world.now + timedelta(hours=20)).replace(second=0)
    desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, when))
    assert only_shipment(world, order).delivered_at == when


def test_what_was_picked_can_be_put_back(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    assert desk.post(url(order, "shipments", shipment.number, "put-back")).status_code == 302
    order = fresh(world, order)
    assert order.state is LineState.ALLOCATED
    assert "Put back on the shelf" in desk.get(url(order)).text


def test_cancelling_takes_only_what_nobody_has_picked(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3, world.product("TOWEL-1", stock=10): 4})
    first, _second = world.parts(order)
    fulfilling.pick(world.session, order, {first.id: 3}, by=world.staff, now=world.now)
    saved(world, order)
    assert "4 units" in desk.get(url(order)).text
    assert desk.post(url(order, "cancel"), data={"reason": "Shop closed"}).status_code == 302
    assert [line.cancelled for line in fresh(world, order).lines] == [0, 4]
    assert "Shop closed" in desk.get(url(order)).text


# --- refusals change nothing and keep what was typed ---


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9", "Only 3 of"),
        ("0", "Pick at least one unit"),
        ("-1", "between"),
        ("many", "Not a valid integer"),
        ("", "Pick at least one unit"),
    ],
)
def test_a_pick_that_cannot_be_is_refused(desk: FlaskClient, world: World, typed: str, says: str) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    answer = desk.post(url(order, "pick"), data={field(part): typed})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{typed}"' in answer.text
    assert _count(world, Shipment) == 0


def test_shipping_needs_a_carrier_and_a_tracking_number(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    target = url(order, "shipments", shipment.number, "ship")
    answer = desk.post(target, data=ship_form(shipment, other="  ", tracking_no="TH-KEEP"))
    assert (answer.status_code, "Name the carrier." in answer.text) == (422, True)
    assert 'value="TH-KEEP"' in answer.text
    answer = desk.post(target, data=ship_form(shipment, other="Nim Express", tracking_no=" "))
    assert answer.status_code == 422
    assert 'value="Nim Express"' in answer.text
    assert desk.post(target, data=ship_form(shipment, carrier="Unheard of")).status_code == 422
    assert only_shipment(world, order).state == ShipmentState.PICKED


def test_a_delivery_is_neither_before_shipping_nor_in_the_future(
    desk: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.shipped(order)
    saved(world, order)
    target = url(order, "shipments", shipment.number, "deliver")
    for when, says in (
        (world.now - timedelta(days=1), "cannot be earlier"),
        (now + timedelta(days=1), "cannot lie in the future"),
    ):
        answer = desk.post(target, data=deliver_form(shipment, when, "Malee"))
        assert (answer.status_code, says in answer.text) == (422, True)
        assert 'value="Malee"' in answer.text
        assert f'value="{local(when):%Y-%m-%dT%H:%M}"' in answer.text
    answer = desk.post(target, data={f"{shipment.number}-deliver-delivered_at": "soon"})
    assert answer.status_code == 422
    assert only_shipment(world, order).state == ShipmentState.SHIPPED


def test_cancelling_needs_a_reason_and_something_to_cancel(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=10)
    order, gone = world.order({soap: 3}), world.order({soap: 3})
    world.shipped(gone)
    saved(world, order)
    for reason in ("", "   "):
        assert desk.post(url(order, "cancel"), data={"reason": reason}).status_code == 422
    assert fresh(world, order).state is LineState.ALLOCATED
    answer = desk.post(url(gone, "cancel"), data={"reason": "Too late"})
    assert (answer.status_code, "nothing can be cancelled" in answer.text) == (422, True)
    assert fresh(world, gone).state is LineState.SHIPPED


# --- two clerks at once ---


def test_the_second_clerk_to_pick_is_told(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    assert desk.post(url(order, "pick"), data={field(part): "3"}).status_code == 302
    answer = desk.post(url(order, "pick"), data={field(part): "3"})
    assert (answer.status_code, "Only 0 of" in answer.text) == (422, True)
    assert _count(world, Shipment) == 1


def test_the_second_clerk_to_ship_or_deliver_is_told(desk: FlaskClient, world: World, now: datetime) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    for act, form in (("ship", ship_form(shipment)), ("deliver", deliver_form(shipment, now))):
        target = url(order, "shipments", shipment.number, act)
        assert desk.post(target, data=form).status_code == 302
        answer = desk.post(target, data=form)
        assert (answer.status_code, "already done this step" in answer.text) == (422, True)
    assert only_shipment(world, order).state == ShipmentState.DELIVERED


def test_whoever_ships_what_a_colleague_put_back_is_told(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    form = ship_form(shipment)
    number = shipment.number
    saved(world, order)
    desk.post(url(order, "shipments", number, "put-back"))
    answer = desk.post(url(order, "shipments", number, "ship"), data=form, follow_redirects=True)
    assert (answer.status_code, "back on the shelf" in answer.text) == (200, True)
    assert _count(world, Shipment) == 0


def test_a_shipment_that_vanishes_under_the_act_is_refused(world: World, now: datetime, app: Flask) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    with app.extensions["sessions"]() as colleague:
        found = colleague.scalars(select(Shipment)).one()
        with transaction(colleague):
            fulfilling.put_back(colleague, found, by=world.staff, now=now)
    with pytest.raises(Refused), transaction(world.session):
        fulfilling.ship(world.session, shipment, "Kerry", "TH1", by=world.staff, now=now)


# --- picking and credit notes ---


def test_picking_lists_what_must_leave_first_on_top(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=30)
    later = world.order({soap: 2}, at=world.now + timedelta(days=1))
    first = world.order({soap: 3, world.product("TOWEL-1", stock=9): 4})
    picked = world.order({soap: 1})
    waiting = world.order({world.product("RARE-1"): 1})
    world.picked(picked)
    saved(world, later)
    page = desk.get("/desk/picking").text
    assert page.index(first.number) < page.index(later.number)
    assert picked.number not in page
    assert waiting.number not in page
    sheet = desk.get(url(first, "pick-list")).text
    assert "SOAP-1" in sheet
    assert "TOWEL-1" in sheet
    assert "Nothing to pick" in desk.get(url(waiting, "pick-list")).text


def test_credit_notes_are_listed_and_shown(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=5)
    order = world.order({soap: 1})
    note = CreditNote(
        number="CN-1",
        customer_id=world.customer.id,
        order_id=order.id,
        issued_at=world.now,
        reason="Box was crushed",
        currency="THB",
        net_minor=1000,
        vat_minor=70,
        total_minor=1070,
    )
    world.session.add(note)
    world.session.flush()
    line = {
        "product_id": soap.id,
        "quantity": 1,
        "unit_price": Decimal(10),
        "net_minor": 1000,
        "vat_minor": 70,
    }
    world.session.add(CreditLine(note_id=note.id, n=1, **line))
    saved(world, order)
    for path in ("/desk/credits", "/desk/credits?customer=C1", "/desk/credits/CN-1", url(order)):
        assert "Box was crushed" in desk.get(path).text
    assert desk.get("/desk/credits?customer=NOBODY").status_code == 404
    assert desk.get("/desk/credits/CN-2").status_code == 404


# --- home, company, search ---


def test_the_home_page_shows_what_is_late_to_pick_and_under_way(
    desk: FlaskClient, world: World, now: datetime
) -> None:
    soap = world.product(stock=30)
    waiting, sent = world.order({soap: 2}), world.order({soap: 3})
    world.shipped(sent)
    saved(world, sent)
    due = world.parts(sent)[0].promise.due_at
    check_lead_times(world.session, due + timedelta(days=1))
    page = desk.get("/").text
    assert "Pick and ship" in page
    assert "Ask the carrier" in page
    assert page.count(f"/desk/orders/{waiting.number}") >= 2
    assert "1 shipment under way" in page


def test_a_manager_sees_the_figures_on_the_home_page(app: Flask, world: World) -> None:
    world.delivered(world.order({world.product(stock=30): 2}))
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.manager)
    assert "On time and line fill by month" in client.get("/").text


def test_staff_find_orders_by_number_purchase_order_and_tracking_number(
    app: Flask, desk: FlaskClient, world: World
) -> None:
    from orders.panels_desk import find_orders  # noqa: PLC0415 - the search as the house calls it

    order = world.order({world.product(stock=30): 2})
    order.po_number = "PO-4711"
    world.shipped(order)
    saved(world, order)
    for text in (order.number.lower(), "4711", "th123"):
        assert [hit.title for hit in find_orders(world.session, world.staff, text)] == [order.number]
    assert find_orders(world.session, world.staff, "%") == []
    assert find_orders(world.session, world.buyer, order.number) == []


def test_the_page_of_a_company_shows_its_orders(app: Flask, world: World, now: datetime) -> None:
    from orders.panels_desk import orders_of_company  # noqa: PLC0415 - the panel as the house calls it

    soap = world.product(stock=30)
    order = world.order({soap: 2})
    world.delivered(world.order({soap: 1}))
    world.session.commit()
    panel = orders_of_company(world.session, world.customer, world.staff, now)
    assert [row.number for row in panel.facts["rows"]][-1] == order.number
    assert panel.facts["open"] == 1
    assert orders_of_company(world.session, world.customer, world.buyer, now) is None
    with app.test_request_context():
        from flask import render_template  # noqa: PLC0415 - only this test writes a panel by itself

        assert order.number in render_template(panel.template, panel=panel)


def _primary(page: str) -> int:
    """How many primary buttons a page has beside the house's own dialog."""
    return page[page.index("<main") : page.index("</main>")].count("btn-primary")


def _link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


def _count(world: World, model: type) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count()).select_from(model)) or 0
