"""The check acts once, on what is watched, and asks no more with more orders."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from orders import cancelling, delivering
from orders.models import Origin
from orders.watching import check_lead_times
from policies.kinds import Kind
from policies.promises import Cause, Promise, PromiseEvent, PromiseState
from portal.clock import at, business_day, end_of
from portal.db import make_sessions, transaction
from portal.outbox import Notice
from tests.makers import World, make_world, noon
from tests.orders.watching.seeing import DAY, check, events, late_to_leave, leaves, promises, told


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


def test_orders_brought_in_without_a_buyer_are_told_to_the_people_of_the_company(world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    order.buyer, order.origin = None, Origin.IMPORT
    (part,) = world.parts(order)
    assert check(world, late_to_leave(part)) == 1
    assert [notice.user_id for notice in told(world, "at_risk")] == [world.buyer.id]


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
    assert (
        _counted(engine, lambda: check(world, late_to_leave(part))) == 2
    )  # what is tolerated, and who is late


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
