"""Expedited goods leave with the service that was agreed, unless the clerk says that they go another way."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from orders import expediting, fulfilling
from orders.models import Order
from orders.shipments import Mode, Shipment, ShipmentState
from orders.shipping_legs import Leg
from portal.audit import history_of
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, sign_in
from tests.orders.expediting.asking import a_part, asked_for, fast_world, service_named


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return fast_world(session, working_noon)


@pytest.fixture
def packed(world: World) -> Order:
    """An order that was agreed to go with a fast service, and is picked."""
    with transaction(world.session):
        order, part = a_part(world)
        request = asked_for(world, part)
        service = service_named(world, "NEXT")
        expediting.approve(world.session, request, service, by=world.staff, now=world.now)
        world.picked(order)
    return order


def _shipment(world: World) -> Shipment:
    return world.session.scalars(select(Shipment)).one()


def _ship(world: World, carrier: str, *, legs: Sequence[Leg] = (), otherwise: bool = False) -> None:
    with transaction(world.session):
        fulfilling.ship(
            world.session,
            _shipment(world),
            carrier,
            "T1",
            legs=legs,
            otherwise=otherwise,
            by=world.staff,
            now=world.now,
        )


def _acts(world: World, order: Order) -> dict[str, object]:
    acts = history_of(world.session, "order", order.number)
    (act,) = [act for act in acts if act.verb == fulfilling.Verb.SHIPPED]
    return act.after or {}


@pytest.mark.parametrize("carrier", ["Fast NEXT", "ด่วน NEXT", " fast next "])
def test_the_agreed_service_leaves_without_a_word(world: World, packed: Order, carrier: str) -> None:
    _ship(world, carrier)
    assert "otherwise" not in _acts(world, packed)


def test_another_carrier_is_refused_until_it_is_said_and_that_is_on_record(
    world: World, packed: Order
) -> None:
    with pytest.raises(Refused, match="was approved to go with") as no:
        _ship(world, "Kerry")
    assert no.value.field == "otherwise"
    assert _shipment(world).state == ShipmentState.PICKED
    world.session.rollback()
    _ship(world, "Kerry", otherwise=True)
    assert str(_acts(world, packed)["otherwise"]).startswith("EX-")


def test_legs_that_arrive_after_the_promise_are_refused_until_it_is_said(world: World, packed: Order) -> None:
    due_on = business_day(world.parts(packed)[0].promise.due_at)
    today = business_day(world.now)
    legs = [
        Leg(Mode.TRUCK, "Fast NEXT", "Bangkok", "Saraburi", today, "T1"),
        Leg(Mode.TRUCK, "Kerry", "Saraburi", "Korat", due_on + timedelta(days=1)),
    ]
    with pytest.raises(Refused, match="the last leg would arrive on"):
        _ship(world, "Fast NEXT", legs=legs)
    assert _shipment(world).state == ShipmentState.PICKED
    world.session.rollback()
    _ship(world, "Fast NEXT", legs=legs, otherwise=True)
    assert _shipment(world).state == ShipmentState.SHIPPED


def test_goods_that_nobody_expedited_go_with_any_carrier(world: World) -> None:
    with transaction(world.session):
        order, _part = a_part(world)
        world.picked(order)
    _ship(world, "Kerry")
    assert _shipment(world).state == ShipmentState.SHIPPED


def test_the_form_names_the_agreed_service_and_puts_it_first(app, world: World, packed: Order) -> None:
    client: FlaskClient = app.test_client()
    sign_in(client, world.staff)
    at = f"/desk/orders/{packed.number}"
    page = client.get(at).text
    assert "Send it with Fast NEXT, as agreed" in page
    options = page[page.index("-ship-carrier") :]
    assert options.index('value="Fast NEXT"') < options.index('value="-"')
    number = _shipment(world).number
    typed = {f"{number}-ship-carrier": "-", f"{number}-ship-other": "Kerry"}
    typed[f"{number}-ship-tracking_no"] = "T1"
    world.session.rollback()
    answer = client.post(f"{at}/shipments/{number}/ship", data=typed)
    assert (answer.status_code, "was approved to go with" in answer.text) == (422, True)
    typed[f"{number}-ship-otherwise"] = "y"
    assert client.post(f"{at}/shipments/{number}/ship", data=typed).status_code == 302
