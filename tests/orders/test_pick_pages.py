"""The desk picks lots and serials through the browser; buyers and clerks read them on the order."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.identifying import LotFacts
from inventory.models import Product
from inventory.numbers_typed import read_numbers
from inventory.stocking import open_stock
from orders import fulfilling
from orders.models import Order, ScheduleLine
from orders.shipments import ShipmentIdentity
from portal import clock
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in


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


def ordered(world: World, product: Product, units: int) -> tuple[Order, ScheduleLine]:
    order = world.order({product: units})
    world.session.commit()
    (part,) = world.parts(order)
    return order, part


def milk(world: World) -> Product:
    product = world.product("MILK", tracking="lot")
    lots = {LotFacts("L-1", clock.business_day(clock.now()) + timedelta(days=30)): 4, LotFacts("L-2"): 8}
    open_stock(world.session, product, world.warehouse, 12, lots=lots, by=None, now=world.now)
    return product


def typed(part: ScheduleLine, units: int, text: str, proposed: str = "") -> dict[str, str]:
    return {
        f"part_{part.id}": str(units),
        f"identities_{part.id}": text,
        f"proposed_{part.id}": proposed,
    }


def picked(world: World) -> dict[str, int]:
    world.session.rollback()
    return {one.identity.number: one.quantity for one in world.session.scalars(select(ShipmentIdentity))}


def test_the_page_proposes_the_oldest_serials_and_ships_what_is_left_as_it_is(
    desk: FlaskClient, world: World
) -> None:
    order, part = ordered(world, world.product("DRILL", stock=3, tracking="serial"), 2)
    page = desk.get(f"/desk/orders/{order.number}").text
    proposed = "DRILL-0001\nDRILL-0002"
    shown = re.search(rf'<textarea[^>]*id="identities_{part.id}"[^>]*>\s*([^<]*)</textarea>', page)
    assert shown[1].split() == proposed.split()
    assert "DRILL-0001" in desk.get(f"/desk/orders/{order.number}/pick-list").text
    answer = desk.post(f"/desk/orders/{order.number}/pick", data=typed(part, 2, proposed, proposed))
    assert answer.status_code == 302
    assert picked(world) == {"DRILL-0001": 1, "DRILL-0002": 1}
    assert "DRILL-0002" in desk.get(f"/desk/orders/{order.number}").text


def test_fewer_units_than_proposed_take_the_first_of_the_proposal(desk: FlaskClient, world: World) -> None:
    order, part = ordered(world, world.product("DRILL", stock=3, tracking="serial"), 3)
    proposed = "DRILL-0001\r\nDRILL-0002\r\nDRILL-0003"
    answer = desk.post(f"/desk/orders/{order.number}/pick", data=typed(part, 1, proposed, proposed))
    assert answer.status_code == 302
    assert picked(world) == {"DRILL-0001": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DRILL-0001", "2 units of DRILL are picked, but 1 are named."),
        ("DRILL-0001, SPADE-1", "SPADE-1 is not in this warehouse."),
        ("DRILL-0001 drill-0001", "is given twice."),
    ],
)
def test_a_wrong_number_is_told_beside_its_field_and_picks_nothing(
    desk: FlaskClient, world: World, text: str, said: str
) -> None:
    order, part = ordered(world, world.product("DRILL", stock=3, tracking="serial"), 2)
    answer = desk.post(f"/desk/orders/{order.number}/pick", data=typed(part, 2, text))
    assert answer.status_code == 422
    assert f'id="identities_{part.id}-error"' in answer.text
    assert said in answer.text
    assert text.split(maxsplit=1)[0].strip(",") in answer.text
    assert picked(world) == {}


def test_lots_are_taken_with_their_units_and_buyers_read_their_last_day(
    app: Flask, desk: FlaskClient, world: World
) -> None:
    order, part = ordered(world, milk(world), 6)
    page = desk.get(f"/desk/orders/{order.number}").text
    assert "L-1: 4" in page
    assert "L-2: 2" in page
    answer = desk.post(f"/desk/orders/{order.number}/pick", data=typed(part, 6, "L-2: 5, L-1"))
    assert answer.status_code == 302
    assert picked(world) == {"L-1": 1, "L-2": 5}
    buyer = app.test_client()
    sign_in(buyer, world.buyer)
    shown = buyer.get(f"/my/orders/{order.number}").text
    assert "Lot L-2" in shown
    assert "use by" in shown


def test_the_order_page_takes_as_many_statements_for_thirty_serials_as_for_two(
    desk: FlaskClient, world: World
) -> None:
    counts = []
    for units in (2, 30):
        product = world.product(f"DRILL-{units}", stock=units * 2, tracking="serial")
        order = world.order({product: units * 2})
        part = world.parts(order)[0]
        first = {part.id: units}
        fulfilling.pick(world.session, order, first, by=world.staff, now=world.now)
        world.session.commit()
        with statements(world.session) as sent:
            assert desk.get(f"/desk/orders/{order.number}").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("text", "tracking", "units", "numbers"),
    [
        (" a1, a2;a3\na4 ", "serial", 4, {"a1": 1, "a2": 1, "a3": 1, "a4": 1}),
        ("a1 a1", "serial", 2, {"a1": 2}),
        ("", "serial", 2, {}),
        ("L 1", "lot", 7, {"L 1": 7}),
        ("L1: 3, L2 = 4\nL3×1", "lot", 8, {"L1": 3, "L2": 4, "L3": 1}),
        ("L1: 3, L2", "lot", 8, {"L1": 3, "L2": 5}),
        ("L1=3 L2=4", "lot", 8, {"L1": 3, "L2": 4}),
        ("L 1: 3 L 2", "lot", 8, {"L 1": 3, "L 2": 5}),
        ("L1, L2", "lot", 8, {"L1": 8, "L2": 0}),
    ],
)
def test_numbers_are_read_as_people_type_them(
    text: str, tracking: str, units: int, numbers: dict[str, int]
) -> None:
    assert read_numbers(text, tracking, units) == numbers
