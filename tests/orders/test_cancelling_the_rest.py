"""Of a part that is partly picked, shipped or delivered the rest is cancelled, and what was picked goes on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.inbound import InboundReceipt
from inventory.stock import Stock
from orders import cancelling, delivering, fulfilling
from orders.models import Order, ScheduleLine
from orders.shipments import Shipment
from orders.states import LineState
from orders.watching import mark
from policies.promises import PromiseState
from portal.clock import business_day
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.orders.short_lines import lines


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def _picked(world: World, quantity: int, picked: int) -> tuple[Order, ScheduleLine, Shipment]:
    """An order in stock of which some units are picked."""
    order = world.order({world.product(stock=quantity): quantity})
    (part,) = world.parts(order)
    shipment = fulfilling.pick(world.session, order, {part.id: picked}, by=world.staff, now=world.now)
    world.session.flush()
    return order, part, shipment


def _ship(world: World, shipment: Shipment) -> None:
    fulfilling.ship(world.session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)


def _deliver(world: World, shipment: Shipment, at: datetime) -> None:
    delivering.deliver(world.session, shipment, at, "Somchai", by=world.staff, now=at)
    world.session.flush()


def _cancel(world: World, order: Order, at: datetime | None = None) -> int:
    units = cancelling.cancel(world.session, order, "Too much", by=world.buyer, now=at or world.now)
    world.session.flush()
    return units


def _reserved(world: World) -> int:
    return world.session.scalars(select(Stock).execution_options(populate_existing=True)).one().reserved


def test_what_is_picked_stays_held_and_leaves_when_the_rest_is_cancelled(world: World) -> None:
    order, part, shipment = _picked(world, 10, 6)
    assert _cancel(world, order) == 4
    assert (part.cancelled, part.open, part.held, _reserved(world)) == (4, 6, 6, 6)
    assert part.reservation is not None
    assert part.promise is not None
    assert (part.reservation.quantity, part.promise.state) == (6, PromiseState.OPEN)
    _ship(world, shipment)
    _deliver(world, shipment, world.now + timedelta(hours=1))
    assert (order.state, part.promise.state) == (LineState.DELIVERED, PromiseState.KEPT)
    assert order.closed_at is not None


def test_the_rest_of_a_part_that_was_partly_delivered_is_cancelled_and_its_promise_kept(world: World) -> None:
    order, part, shipment = _picked(world, 10, 6)
    _ship(world, shipment)
    came = world.now + timedelta(hours=3)
    _deliver(world, shipment, came)
    assert _cancel(world, order, came + timedelta(hours=1)) == 4
    assert part.promise is not None
    assert (part.open, part.held, _reserved(world)) == (0, 0, 0)
    assert (part.promise.state, part.promise.fulfilled_at) == (PromiseState.KEPT, came)
    assert order.closed_at is not None


def test_a_promise_that_was_missed_stays_missed_though_its_late_rest_is_cancelled(world: World) -> None:
    order, part, shipment = _picked(world, 10, 6)
    _ship(world, shipment)
    _deliver(world, shipment, world.now + timedelta(hours=3))
    late = world.now + timedelta(days=20)
    mark(world.session, late)
    world.session.expire_all()
    assert _cancel(world, order, late) == 4
    assert part.promise is not None
    world.session.refresh(part.promise)
    assert (part.promise.state, part.promise.fulfilled_at) == (PromiseState.MISSED, None)
    assert part.promise.events[-1].what == "withdrawn"


def test_the_rest_that_waits_gives_its_claim_back(world: World) -> None:
    soap = world.product(stock=6)
    world.receipt(soap, 4, business_day(world.now) + timedelta(days=30))
    order = world.order({soap: 10})
    first, second = world.parts(order)
    fulfilling.pick(world.session, order, {first.id: 5}, by=world.staff, now=world.now)
    assert _cancel(world, order) == 5
    assert (first.cancelled, first.held, second.cancelled, second.held) == (1, 5, 4, 0)
    assert world.session.scalars(select(InboundReceipt.claimed)).one() == 0
    assert _reserved(world) == 5
    (line,) = lines(world, order)
    assert (line.cancelled, line.wanted, line.state) == (5, 5, LineState.PICKED)


def test_what_is_put_back_after_the_rest_was_cancelled_can_be_cancelled_too_and_is_told(world: World) -> None:
    order, part, shipment = _picked(world, 10, 6)
    _cancel(world, order)
    with pytest.raises(Refused):
        _cancel(world, order)
    fulfilling.put_back(world.session, shipment, by=world.staff, now=world.now)
    world.session.flush()
    assert _cancel(world, order) == 6
    assert part.promise is not None
    world.session.refresh(part.promise)
    assert (order.state, part.promise.state) == (LineState.CANCELLED, PromiseState.WITHDRAWN)
    told = world.session.scalars(select(Notice).where(Notice.template.contains("cancelled")))
    assert [one.facts["units"] for one in told] == [4, 6]
