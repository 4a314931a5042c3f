"""A promise is missed when its day is over, and names what it waited for."""

from datetime import timedelta

import pytest

from orders import delivering
from policies.promises import Cause, Happening, PromiseState
from portal.clock import business_day
from portal.db import transaction
from tests.makers import World
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
