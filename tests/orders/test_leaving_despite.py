"""Goods leave a warehouse under a disruption only when the clerk says so, and that is on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orders import disrupting, disruption_ending, fulfilling
from orders.disrupting import Declared
from orders.disruptions import Disruption, DisruptionKind
from orders.models import Order
from orders.shipments import Shipment, ShipmentState
from portal.audit import history_of
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def picked(world: World) -> Order:
    """An order of which one shipment is picked and the rest lies on the shelf."""
    with transaction(world.session):
        soap = world.product(stock=20)
        order = world.order({soap: 5})
        (part,) = world.parts(order)
        fulfilling.pick(world.session, order, {part.id: 2}, by=world.staff, now=world.now)
    return order


def _strike(world: World, starts_in: int = -1, ends_in: int = 3) -> Disruption:
    today = business_day(world.now)
    facts = Declared(
        DisruptionKind.STRIKE,
        world.warehouse,
        today + starts_in * DAY,
        today + ends_in * DAY,
        "คนขับหยุดงาน",
        "The drivers are on strike",
    )
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)
    return disruption


def _ship(world: World, shipment: Shipment, *, despite: bool = False) -> None:
    fulfilling.ship(world.session, shipment, "Kerry", "T1", despite=despite, by=world.staff, now=world.now)


def _shipment(world: World) -> Shipment:
    return world.session.scalars(select(Shipment)).one()


def test_shipping_under_a_disruption_needs_it_said_and_is_on_record(world: World, picked: Order) -> None:
    with transaction(world.session):
        strike = _strike(world).number
    with pytest.raises(Refused, match="Nothing can leave BKK") as no, transaction(world.session):
        _ship(world, _shipment(world))
    assert no.value.field == "despite"
    assert _shipment(world).state == ShipmentState.PICKED
    world.session.rollback()
    with transaction(world.session):
        _ship(world, _shipment(world), despite=True)
    shipped = history_of(world.session, "order", picked.number)
    (act,) = [act for act in shipped if act.verb == fulfilling.Verb.SHIPPED]
    assert (act.after or {})["despite"] == strike


@pytest.mark.parametrize(("starts_in", "ends_in"), [(1, 3), (0, 3)])
def test_a_window_ahead_or_called_off_stops_nothing(
    world: World, picked: Order, starts_in: int, ends_in: int
) -> None:
    with transaction(world.session):
        strike = _strike(world, starts_in, ends_in)
        if starts_in == 0:
            disruption_ending.call_off(world.session, strike, by=world.manager, now=world.now)
    with transaction(world.session):
        _ship(world, _shipment(world))
    shipped = history_of(world.session, "order", picked.number)
    assert all("despite" not in (act.after or {}) for act in shipped)
