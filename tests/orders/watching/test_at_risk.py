"""A promise is at risk for a cause, recovers when the cause goes away, and its buyer is told once."""

from datetime import timedelta

from inventory.receiving import book_in, move
from policies.promises import Cause, Happening, Promise, PromiseState
from policies.promising import repromise
from portal.clock import business_day
from portal.db import transaction
from tests.makers import World, noon
from tests.orders.watching.seeing import DAY, check, events, late_to_leave, leaves, promises, told


def test_goods_in_stock_that_have_not_left_by_their_day_are_at_risk(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (part,) = world.parts(order)
    assert check(world, noon(leaves(part))) == 0
    assert check(world, late_to_leave(part)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.AT_RISK, Cause.NOT_SHIPPED)
    assert promise.risk_since == late_to_leave(part)
    assert events(world, promise) == [(Happening.AT_RISK, Cause.NOT_SHIPPED)]


def test_goods_that_were_picked_but_stay_in_the_warehouse_are_at_risk(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    world.picked(order)
    (part,) = world.parts(order)
    check(world, late_to_leave(part))
    assert promises(world, order)[0].cause == Cause.NOT_SHIPPED


def test_a_supplier_who_moves_the_receipt_puts_the_lines_that_wait_for_it_at_risk(world: World) -> None:
    product = world.product()
    receipt = world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 20})
    (part,) = world.parts(order)
    assert check(world, world.now) == 0
    move(world.session, receipt, leaves(part) + DAY, by=world.staff, now=world.now)
    assert check(world, world.now + timedelta(minutes=1)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.AT_RISK, Cause.SUPPLIER_LATE)


def test_a_receipt_that_comes_on_the_last_day_for_leaving_is_no_risk(world: World) -> None:
    product = world.product()
    receipt = world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 20})
    (part,) = world.parts(order)
    move(world.session, receipt, leaves(part), by=world.staff, now=world.now)
    assert check(world, world.now) == 0


def test_an_overdue_receipt_is_a_risk_once_tomorrow_is_too_late(world: World) -> None:
    product = world.product()
    receipt = world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 20})
    (part,) = world.parts(order)
    assert receipt.expected_on < leaves(part)
    assert check(world, noon(leaves(part) - DAY)) == 0
    assert check(world, noon(leaves(part))) == 1
    assert promises(world, order)[0].cause == Cause.SUPPLIER_LATE


def test_a_backorder_without_any_receipt_is_at_risk_when_it_must_leave_soon(world: World) -> None:
    order = world.order({world.product(): 4})
    (part,) = world.parts(order)
    assert check(world, noon(leaves(part) - 6 * DAY)) == 0
    assert check(world, noon(leaves(part) - 5 * DAY)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.AT_RISK, Cause.NO_SUPPLY)


def test_goods_that_left_too_late_stay_at_risk_until_they_arrive(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (part,) = world.parts(order)
    check(world, late_to_leave(part))
    world.shipped(order, at=late_to_leave(part) + timedelta(hours=1))
    assert check(world, late_to_leave(part) + timedelta(hours=2)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.AT_RISK, Cause.IN_TRANSIT)
    assert promise.risk_since == late_to_leave(part)
    assert len(told(world, "at_risk")) == 1


def test_goods_that_left_in_time_are_no_risk(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    world.shipped(order)
    (part,) = world.parts(order)
    assert check(world, noon(leaves(part) + DAY)) == 0


def test_only_the_part_that_is_short_is_at_risk(world: World) -> None:
    order = world.order({world.product(stock=6): 10})
    _held, short = world.parts(order)
    world.delivered(order)
    check(world, noon(leaves(short) - DAY))
    assert [p.state for p in promises(world, order)] == [PromiseState.KEPT, PromiseState.AT_RISK]


def test_a_promise_recovers_when_the_supplier_comes_after_all(world: World) -> None:
    product = world.product()
    receipt = world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 20})
    (part,) = world.parts(order)
    move(world.session, receipt, leaves(part) + DAY, by=world.staff, now=world.now)
    check(world, world.now)
    book_in(world.session, receipt, 50, last=True, by=world.staff, now=world.now)
    assert check(world, world.now + timedelta(minutes=1)) == 1
    (promise,) = promises(world, order)
    assert (promise.state, promise.cause) == (PromiseState.OPEN, None)
    assert events(world, promise) == [(Happening.AT_RISK, Cause.SUPPLIER_LATE), (Happening.RECOVERED, None)]


def test_a_buyer_is_told_once_however_often_a_promise_flaps(world: World) -> None:
    product = world.product()
    receipt = world.receipt(product, 50, business_day(world.now) + 5 * DAY)
    order = world.order({product: 20})
    (part,) = world.parts(order)
    good, bad = receipt.expected_on, leaves(part) + DAY
    for minute in range(6):
        move(world.session, receipt, good if minute % 2 else bad, by=world.staff, now=world.now)
        assert check(world, world.now + timedelta(minutes=minute)) == 1
    assert len(told(world, "at_risk")) == 1
    assert len(events(world, promises(world, order)[0])) == 6


def test_after_a_new_agreement_the_buyer_is_told_again(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (part,) = world.parts(order)
    first = late_to_leave(part)
    check(world, first)
    with transaction(world.session):
        promise = world.session.get_one(Promise, part.promise_id)
        repromise(world.session, promise, promise.due_at + 7 * DAY, None, by=world.staff, now=first)
    assert check(world, first + timedelta(hours=1)) == 1
    assert len(told(world, "at_risk")) == 2
