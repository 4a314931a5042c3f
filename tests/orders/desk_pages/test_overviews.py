"""What the desk looks at: goods to pick, credit notes, the home page, a company, a search."""

from datetime import datetime, timedelta
from decimal import Decimal

from flask import Flask
from flask.testing import FlaskClient

from orders.shipments import CreditLine, CreditNote
from orders.watching import check_lead_times
from tests.makers import World, sign_in
from tests.orders.desk_pages.clerking import saved, url


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
