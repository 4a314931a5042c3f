"""A promise is missed when its day is over, and names what it waited for."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from orders import delivering
from policies.promises import Cause, Happening, PromiseState
from portal.clock import business_day, end_of
from portal.db import transaction
from tests.makers import World, make_world
from tests.orders.watching.seeing import DAY, check, events, promises, told


def test_a_promise_is_missed_when_its_day_is_over_not_before(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (promise,) = promises(world, order)
    check(world, promise.due_at)
    assert promises(world, order)[0].state == PromiseState.AT_RISK
    assert check(world, promise.due_at + timedelta(seconds=1)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.missed_at) == (PromiseState.MISSED, promise.due_at)
    assert promise.fulfilled_at is None


@pytest.mark.parametrize("ships", [False, True], ids=["still here", "on its way"])
def test_while_its_standard_tolerates_it_a_late_part_is_at_risk_and_missed_only_after(
    session: Session, now: datetime, ships: bool
) -> None:
    world = make_world(session, now, tolerance=1)
    order = world.order({world.product(stock=10): 3})
    if ships:
        world.shipped(order)
    (promise,) = promises(world, order)
    due = promise.due_at
    assert due == end_of(date(2026, 4, 7))
    assert check(world, due + timedelta(seconds=1)) == 1
    (promise,) = promises(world, order)
    cause = Cause.IN_TRANSIT if ships else Cause.NOT_SHIPPED
    assert (promise.state, promise.cause, promise.missed_at) == (PromiseState.AT_RISK, cause, None)
    assert check(world, end_of(date(2026, 4, 8))) == 0
    assert check(world, end_of(date(2026, 4, 8)) + timedelta(seconds=1)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.due_at, promise.missed_at) == (PromiseState.MISSED, due, due)
    assert [what for what, _ in events(world, promise)] == [Happening.AT_RISK, Happening.MISSED]
    assert (len(told(world, "at_risk")), len(told(world, "missed"))) == (1, 1)


def test_delivered_within_the_tolerance_a_part_is_kept_and_its_date_stays(
    session: Session, now: datetime
) -> None:
    world = make_world(session, now, tolerance=1)
    order = world.order({world.product(stock=10): 3})
    (promise,) = promises(world, order)
    due = promise.due_at
    world.delivered(order, at=due + timedelta(hours=10))
    (promise,) = promises(world, order)
    assert (promise.state, promise.due_at, promise.original_due_at) == (PromiseState.KEPT, due, due)
    assert promise.tolerated_until == end_of(date(2026, 4, 8))
    assert check(world, due + 5 * DAY) == 0


@pytest.mark.parametrize(
    ("stock", "ships", "receipt", "cause"),
    [
        (10, False, False, Cause.NOT_SHIPPED),
        (10, True, False, Cause.IN_TRANSIT),
        (0, False, True, Cause.SUPPLIER_LATE),
        (0, False, False, Cause.NO_SUPPLY),
    ],
)
def test_a_missed_promise_names_what_it_waits_for(
    world: World, stock: int, ships: bool, receipt: bool, cause: Cause
) -> None:
    product = world.product(stock=stock)
    if receipt:
        world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 3})
    if ships:
        world.shipped(order)
    (promise,) = promises(world, order)
    check(world, promise.due_at + DAY)
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.MISSED, cause)


def test_a_promise_that_was_never_seen_at_risk_is_told_as_missed_only(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (promise,) = promises(world, order)
    check(world, promise.due_at + DAY)
    assert (len(told(world, "at_risk")), len(told(world, "missed"))) == (0, 1)


def test_a_delivery_recorded_late_but_made_in_time_takes_the_miss_back(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.shipped(order)
    (promise,) = promises(world, order)
    due = promise.due_at
    check(world, due + DAY)
    world.session.commit()
    with transaction(world.session):
        arrived = due - timedelta(hours=3)
        delivering.deliver(world.session, shipment, arrived, "Somchai", by=world.staff, now=due + 2 * DAY)
    (promise,) = promises(world, order)
    assert (promise.state, promise.missed_at, promise.fulfilled_at) == (PromiseState.KEPT, None, arrived)
    assert check(world, due + 3 * DAY) == 0
    assert [what for what, _ in events(world, promise)] == [Happening.MISSED, Happening.KEPT]
