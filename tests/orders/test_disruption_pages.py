"""The pages about disruptions: ending one, choosing, two at once, and the warnings where goods leave."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orders import disrupting, fulfilling
from orders.disrupting import Declared
from orders.disruptions import Disruption, DisruptionEffect, DisruptionKind, DisruptionState
from orders.models import Order, ScheduleLine
from orders.shipments import Shipment, ShipmentState
from portal.clock import business_day
from portal.db import transaction
from tests.makers import World, make_world, sign_in

DAY = timedelta(days=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use-cases are tried on both databases; the pages need one."""
    return sqlite_url


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def order(world: World) -> Order:
    """An order of five in stock, of which two are picked, and of four that wait."""
    with transaction(world.session):
        soap = world.product(stock=20)
        order = world.order({soap: 5})
        (part,) = world.parts(order)
        fulfilling.pick(world.session, order, {part.id: 2}, by=world.staff, now=world.now)
    return order


def _disruption(
    world: World, kind: DisruptionKind = DisruptionKind.STRIKE, ends_in: int = 40, *, confirmed: bool = True
) -> Disruption:
    """It began yesterday."""
    today = business_day(world.now)
    facts = Declared(
        kind, world.warehouse, today - DAY, today + ends_in * DAY, "คนขับหยุดงาน", "The drivers are on strike"
    )
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    if confirmed:
        disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)
    return disruption


def _client(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def _shipment(world: World) -> Shipment:
    return world.session.scalars(select(Shipment)).one()


def test_the_buyer_reads_of_days_to_come_that_nothing_can_leave(app, world: World, order: Order) -> None:
    with transaction(world.session):
        number = _disruption(world).number
    page = _client(app, world.buyer).get(f"/my/disruptions/{number}").text
    assert "Nothing can leave Bangkok warehouse from" in page
    assert "Nothing could leave" not in page


def test_what_comes_back_is_shown_before_it_is_called_off(app, world: World, order: Order) -> None:
    client = _client(app, world.manager)
    with transaction(world.session):
        number = _disruption(world).number
    at = f"/manage/disruptions/{number}"
    assert f"{at}/call-off" in client.get(at).text
    preview = client.get(f"{at}/call-off").text
    assert "What comes back, and to when" in preview
    assert order.number in preview
    assert "1 line" not in preview
    world.session.rollback()
    assert world.session.scalars(select(Disruption.state)).one() == DisruptionState.CONFIRMED
    world.session.rollback()
    done = client.post(f"{at}/call-off", follow_redirects=True).text
    assert "is called off" in done
    assert "It was called off" in done
    assert client.get(f"{at}/call-off").status_code == 302
    buyer = _client(app, world.buyer)
    assert "back on their earlier days" in buyer.get(f"/my/disruptions/{number}").text
    assert "wait for your choice" not in buyer.get("/").text
    told = buyer.get("/notifications").text
    assert "Strike is called off: your new dates" in told
    assert "come earlier than we last told you" in told


def test_an_earlier_end_is_shown_and_then_made(app, world: World, order: Order) -> None:
    client = _client(app, world.manager)
    with transaction(world.session):
        number = _disruption(world).number
    at = f"/manage/disruptions/{number}/shorten"
    until = business_day(world.now) + 2 * DAY
    assert "Show what it does" in client.get(at).text
    shown = client.get(at, query_string={"ends_on": until.isoformat()}).text
    assert order.number in shown
    assert "What comes back, and to when" in shown
    for wrong in ("", "soon", "2020-01-01", (until + 80 * DAY).isoformat()):
        assert client.get(at, query_string={"ends_on": wrong}).status_code == 422
        assert client.post(at, data={"ends_on": wrong}).status_code == 422
    world.session.rollback()
    assert world.session.scalars(select(Disruption.ends_on)).one() != until
    world.session.rollback()
    done = client.post(at, data={"ends_on": until.isoformat()}, follow_redirects=True)
    assert "ends sooner" in done.text
    assert world.session.scalars(select(Disruption.ends_on)).one() == until


def test_only_who_declares_disruptions_ends_them(app, world: World, order: Order) -> None:
    client = _client(app, world.staff)
    with transaction(world.session):
        number = _disruption(world).number
    for act in ("call-off", "shorten"):
        assert client.get(f"/manage/disruptions/{number}/{act}").status_code == 403
        assert client.post(f"/manage/disruptions/{number}/{act}").status_code == 403
    assert "call-off" not in client.get(f"/manage/disruptions/{number}").text


def test_the_manager_is_told_which_one_overlaps(app, world: World, order: Order) -> None:
    client = _client(app, world.manager)
    with transaction(world.session):
        first = _disruption(world).number
        draft = _disruption(world, DisruptionKind.FLOOD, 3, confirmed=False).number
    shown = client.get(f"/manage/disruptions/{draft}").text
    assert "falls into the same days" in shown
    assert first in shown
    assert "falls into the same days" not in client.get(f"/manage/disruptions/{first}").text


def test_the_buyer_reads_how_many_units_a_choice_cancels(app, world: World) -> None:
    with transaction(world.session):
        soap = world.product(stock=3)
        world.receipt(soap, 20, business_day(world.now) + 8 * DAY)
        placed = world.order({soap: 10})
        number = _disruption(world).number
        effect = world.session.scalars(
            select(DisruptionEffect).where(DisruptionEffect.part_id == world.parts(placed)[0].id)
        ).one()
        line = effect.id
    client = _client(app, world.buyer)
    at = f"/my/disruptions/{number}"
    shown = client.get(at).text
    assert "Cancel these 3 units" in shown
    assert "Cancel the whole rest of the line, 10 units" in shown
    assert client.post(f"{at}/choose", data={"line": line, "choice": "cancel-rest"}).status_code == 303
    world.session.rollback()
    query = select(ScheduleLine.cancelled).order_by(ScheduleLine.id)
    assert world.session.scalars(query).all() == [3, 7]


def test_the_pages_for_picking_and_shipping_name_the_disruption(app, world: World, order: Order) -> None:
    client = app.test_client()
    sign_in(client, world.staff)
    pages = ("/desk/picking", f"/desk/orders/{order.number}/pick-list", f"/desk/orders/{order.number}")
    for page in pages:
        assert "nothing can leave this warehouse" not in client.get(page).text
    assert "leave all the same" not in client.get(pages[-1]).text
    with transaction(world.session):
        strike = _disruption(world).number
    for page in pages:
        text = client.get(page).text
        assert "nothing can leave this warehouse" in text
        assert strike in text
        assert "The drivers are on strike" in text
    assert "leave all the same" in client.get(pages[-1]).text


def test_the_clerk_ticks_it_and_the_goods_leave(app, world: World, order: Order) -> None:
    client = app.test_client()
    sign_in(client, world.staff)
    with transaction(world.session):
        _disruption(world)
        number = _shipment(world).number
    at = f"/desk/orders/{order.number}/shipments/{number}/ship"
    typed = {
        f"{number}-ship-carrier": "-",
        f"{number}-ship-other": "Kerry",
        f"{number}-ship-tracking_no": "TH1",
    }
    refused = client.post(at, data=typed)
    assert refused.status_code == 422
    assert "Tick that the goods leave all the same" in refused.text
    world.session.rollback()
    assert _shipment(world).state == ShipmentState.PICKED
    world.session.rollback()
    assert client.post(at, data=typed | {f"{number}-ship-despite": "y"}).status_code == 302
    assert _shipment(world).state == ShipmentState.SHIPPED
