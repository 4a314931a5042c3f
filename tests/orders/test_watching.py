"""The lead-time check: what puts a promise at risk, what mends it, who is told, and how often."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from inventory.receiving import book_in, move
from orders import cancelling, delivering
from orders.models import Order, Origin, ScheduleLine
from orders.watching import check_lead_times
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from policies.promising import repromise
from portal.clock import at, business_day, end_of
from portal.db import make_sessions, transaction
from portal.outbox import Notice
from tests.makers import World, make_world, noon

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def check(world: World, now: datetime) -> int:
    world.session.commit()
    return check_lead_times(world.session, now)


def promises(world: World, order: Order) -> list[Promise]:
    world.session.expire_all()
    return [part.promise for part in world.parts(order) if part.promise]


def events(world: World, promise: Promise) -> list[tuple[str, str | None]]:
    query = select(PromiseEvent).where(PromiseEvent.promise_id == promise.id).order_by(PromiseEvent.id)
    return [(e.what, e.cause) for e in world.session.scalars(query) if e.what != Happening.MADE]


def told(world: World, what: str) -> list[Notice]:
    template = f"orders/notices/{what}.txt"
    return list(world.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def leaves(part: ScheduleLine) -> date:
    """The day by which goods must leave."""
    assert part.ship_by is not None
    return part.ship_by


def late_to_leave(part: ScheduleLine) -> datetime:
    """Noon of the day after goods had to leave."""
    return noon(leaves(part) + DAY)


# --- at risk, by cause ---


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


# --- recovery ---


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


# --- missed ---


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


# --- once, and only what is watched ---


def test_checking_twice_in_a_row_changes_and_posts_nothing_the_second_time(world: World) -> None:
    soap, towel = world.product(stock=10), world.product("TOWEL-1")
    order = world.order({soap: 3, towel: 2})
    later = noon(max(leaves(part) for part in world.parts(order)) + DAY)
    assert check(world, later) == 2
    before = _record(world.session)
    assert check(world, later) == 0
    assert check(world, later + timedelta(minutes=1)) == 0
    assert _record(world.session) == before


def test_an_order_has_one_notice_for_all_that_is_late(world: World) -> None:
    first = world.order({world.product(f"SKU-{n}", stock=10): 3 for n in range(5)})
    second = world.order({world.product("OTHER", stock=10): 1})
    (part, *_) = world.parts(first)
    check(world, late_to_leave(part))
    notices = told(world, "at_risk")
    assert [notice.facts["order"] for notice in notices] == [first.number, second.number]
    assert [line["sku"] for line in notices[0].facts["lines"]] == [f"SKU-{n}" for n in range(5)]
    assert {notice.user_id for notice in notices} == {world.buyer.id}


def test_what_becomes_risky_later_in_the_same_order_is_told_too(world: World) -> None:
    order = world.order({world.product(stock=6): 10})
    held, short = world.parts(order)
    check(world, late_to_leave(held))
    check(world, noon(leaves(short)))
    assert len(told(world, "at_risk")) == 2


def test_orders_brought_in_without_a_buyer_are_marked_and_nobody_is_told(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    order.buyer, order.origin = None, Origin.IMPORT
    (part,) = world.parts(order)
    assert check(world, late_to_leave(part)) == 1
    assert told(world, "at_risk") == []


def test_a_part_without_a_reservation_is_missed_like_any_other(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (part,) = world.parts(order)
    part.reservation_id, part.ship_by, part.found = None, None, []
    assert check(world, world.now) == 0
    assert check(world, part.promise.due_at + DAY) == 1
    assert promises(world, order)[0].cause == Cause.NO_SUPPLY


def test_promises_about_other_things_are_left_alone(world: World) -> None:
    session = world.session
    world.order({world.product(stock=10): 3})
    other = Promise(
        kind=Kind.LINE_FILL,
        customer_id=world.customer.id,
        subject_no="something else",
        made_at=world.now,
        original_due_at=world.now,
        due_at=world.now,
        state=PromiseState.OPEN,
    )
    session.add(other)
    check(world, world.now + 60 * DAY)
    session.expire_all()
    assert (other.state, other.cause, events(world, other)) == (PromiseState.OPEN, None, [])


def test_what_was_cancelled_or_delivered_is_watched_no_longer(world: World) -> None:
    session = world.session
    cancelled = world.order({world.product(stock=10): 3})
    delivered = world.order({world.product("TOWEL-1", stock=10): 3})
    world.delivered(delivered, at=world.now + timedelta(hours=1))
    session.commit()
    with transaction(session):
        cancelling.cancel(session, cancelled, "Shop closed", by=world.staff, now=world.now)
    assert check(world, world.now + 90 * DAY) == 0
    assert [p.state for o in (cancelled, delivered) for p in promises(world, o)] == [
        PromiseState.WITHDRAWN,
        PromiseState.KEPT,
    ]


def test_the_number_of_statements_does_not_grow_with_the_orders(world: World, engine: Engine) -> None:
    product = world.product(stock=1000)
    first = world.order({product: 1})
    (part,) = world.parts(first)
    few = _counted(engine, lambda: check(world, late_to_leave(part)))
    for _ in range(30):
        world.order({product: 2})
    many = _counted(engine, lambda: check(world, late_to_leave(part)))
    assert len(told(world, "at_risk")) == 31
    assert many == few
    assert _counted(engine, lambda: check(world, late_to_leave(part))) == 1


@pytest.mark.postgres
def test_a_promise_that_is_being_settled_waits_for_the_next_check(postgres_url: str, now: datetime) -> None:
    from portal.db import make_engine  # noqa: PLC0415 - this test needs two sessions on one database

    engine = make_engine(postgres_url)
    with make_sessions(engine)() as desk, make_sessions(engine)() as job:
        world = make_world(desk, now)
        busy, free = (world.order({world.product(sku, stock=10): 3}) for sku in ("A", "B"))
        due = end_of(business_day(world.parts(busy)[0].promise.due_at))
        shipment = world.shipped(busy)
        desk.commit()
        delivering.deliver(desk, shipment, due - DAY, "Somchai", by=world.staff, now=due + DAY)
        desk.flush()
        assert check_lead_times(job, due + DAY) == 1
        desk.commit()
        assert check_lead_times(job, due + DAY) == 0
        assert [p.state for o in (busy, free) for p in promises(world, o)] == [
            PromiseState.KEPT,
            PromiseState.MISSED,
        ]
    engine.dispose()


def test_the_day_ends_at_midnight_in_bangkok(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    (promise,) = promises(world, order)
    midnight = at(business_day(promise.due_at) + DAY)
    assert promise.due_at == midnight - timedelta(seconds=1)
    check(world, midnight)
    assert promises(world, order)[0].state == PromiseState.MISSED


def _record(session: Session) -> Sequence[object]:
    return [
        session.execute(select(PromiseEvent.id).order_by(PromiseEvent.id)).all(),
        session.execute(select(Notice.id).order_by(Notice.id)).all(),
        session.execute(select(Promise.id, Promise.state, Promise.cause).order_by(Promise.id)).all(),
    ]


def _counted(engine: Engine, act: Callable[[], object]) -> int:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements)
