"""The promises that ordering itself keeps or misses: the confirmation of an order, and the notice of a delay."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.delay_notices import judge_notices
from orders.watching import check_lead_times
from policies import revising
from policies.kinds import Convention, Kind
from policies.promises import Promise, PromiseEvent, PromiseState
from policies.terms import Clause, terms_of
from portal.accounts.roles import Role
from portal.clock import at, business_day, end_of
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.people import make_customer, make_user
from tests.publishing import publish_reviewed


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def _promising(world: World, *clauses: Clause) -> None:
    """From today on every customer is promised these besides."""
    session = world.session
    act: dict[str, Any] = {"by": world.manager, "now": world.now}
    version = revising.open_policy(session, "ทอง", "Own policy", customer=world.customer, **act)
    session.flush()
    terms = terms_of(world.version).but(*clauses)
    revising.change_draft(session, version, terms, **act)
    publish_reviewed(session, version, business_day(world.now), "More", reviewer=world.admin, now=world.now)
    session.commit()


def _of(world: World, kind: Kind) -> list[Promise]:
    world.session.expire_all()
    return list(world.session.scalars(select(Promise).where(Promise.kind == kind).order_by(Promise.id)))


def _story(world: World, promise: Promise) -> list[str]:
    query = select(PromiseEvent.what).where(PromiseEvent.promise_id == promise.id)
    return list(world.session.scalars(query.order_by(PromiseEvent.id)))


def _late(world: World, told_at: datetime | None) -> date:
    """A part that has not left in time: found at risk then, and missed; gives the day it was due."""
    soap = world.product("SOAP-1", stock=10)
    (part,) = world.parts(world.order({soap: 1}))
    assert part.promise is not None
    due_on = business_day(part.promise.due_at)
    world.session.commit()
    if told_at is not None:
        check_lead_times(world.session, told_at)
    check_lead_times(world.session, end_of(due_on) + timedelta(hours=1))
    return due_on


def test_an_order_is_confirmed_as_it_is_placed_and_that_promise_is_kept_at_once(world: World) -> None:
    _promising(world, Clause(Kind.ORDER_CONFIRMATION, minutes=60))
    order = world.order({world.product("SOAP-1", stock=5): 1})
    (promise,) = _of(world, Kind.ORDER_CONFIRMATION)
    assert (promise.subject_no, promise.state) == (order.number, PromiseState.KEPT)
    assert promise.fulfilled_at == promise.made_at == promise.clock_start_at == world.now
    assert promise.due_at == world.now + timedelta(minutes=60)
    assert _story(world, promise) == ["made", "kept"]


def test_a_policy_that_promises_no_confirmation_costs_an_order_no_statement(
    world: World, session: Session
) -> None:
    soap = world.product("SOAP-1", stock=50)
    world.order({soap: 1}, key="a")
    session.flush()
    with statements(session) as without:
        world.order({soap: 1}, key="b")
    _promising(world, Clause(Kind.ORDER_CONFIRMATION, 1, Convention.WORKING))
    assert not _of(world, Kind.ORDER_CONFIRMATION)
    world.order({soap: 1}, key="c")
    session.flush()
    with statements(session) as promised:
        world.order({soap: 1}, key="d")
    assert len(promised) == len(without) + 1, "the calendar is looked at once more"


def test_nothing_is_judged_where_no_policy_promises_to_tell_of_delays(world: World) -> None:
    due_on = _late(world, None)
    assert judge_notices(world.session, end_of(due_on) + timedelta(hours=2)) == 0
    assert not _of(world, Kind.DELAY_NOTICE)


@pytest.mark.parametrize(
    ("told_days_before", "state", "story"),
    [
        (1, PromiseState.KEPT, ["made", "kept"]),
        (0, PromiseState.MISSED, ["made", "missed", "fulfilled_late"]),
    ],
)
def test_a_buyer_told_of_a_delay_a_day_before_was_told_in_time(
    world: World, told_days_before: int, state: PromiseState, story: list[str]
) -> None:
    _promising(world, Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR))
    assert world.now == at(date(2026, 4, 1), time(12))
    due = date(2026, 4, 7)
    told_at = at(due - timedelta(days=told_days_before), time(9))
    assert _late(world, told_at) == due
    later = end_of(due) + timedelta(hours=2)
    assert judge_notices(world.session, later) == 1
    assert judge_notices(world.session, later) == 0
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    (lead_time,) = _of(world, Kind.LEAD_TIME)
    assert promise.subject_no == lead_time.subject_no
    assert (promise.state, promise.fulfilled_at) == (state, told_at)
    assert promise.due_at == promise.original_due_at == end_of(due - timedelta(days=1))
    assert _story(world, promise) == story


def test_in_minutes_the_notice_must_come_so_much_working_time_before(world: World) -> None:
    _promising(world, Clause(Kind.DELAY_NOTICE, minutes=600))
    due = _late(world, at(date(2026, 4, 7), time(9)))
    assert judge_notices(world.session, end_of(due) + timedelta(hours=2)) == 1
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    assert promise.due_at == at(date(2026, 4, 3), time(15))
    assert promise.state == PromiseState.MISSED


def test_what_was_never_at_risk_is_told_when_it_is_missed(world: World) -> None:
    _promising(world, Clause(Kind.DELAY_NOTICE, 1, Convention.WORKING))
    due = _late(world, None)
    assert judge_notices(world.session, end_of(due) + timedelta(hours=2)) == 1
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    assert (promise.state, promise.fulfilled_at) == (PromiseState.MISSED, end_of(due) + timedelta(hours=1))


def test_many_parts_of_many_days_and_customers_are_judged_by_as_few_statements(world: World) -> None:
    _promising(world, Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR))
    soap, session = world.product("SOAP-1", stock=100), world.session
    for n in range(2):
        world.order({soap: 1}, key=f"first-{n}")
    last = end_of(date(2026, 4, 8))

    def judged() -> int:
        session.commit()
        check_lead_times(session, last)
        with statements(session) as asked:
            count.append(judge_notices(session, last))
        return len(asked)

    count: list[int] = []
    few = judged()
    other = make_customer(session, "C2", now=world.now)
    buyer = make_user(session, Role.BUYER, customer=other, now=world.now)
    version = revising.open_policy(session, "อื่น", "Other", customer=other, by=world.manager, now=world.now)
    session.flush()
    terms = terms_of(world.version).but(Clause(Kind.DELAY_NOTICE, minutes=60))
    revising.change_draft(session, version, terms, by=world.manager, now=world.now)
    publish_reviewed(session, version, business_day(world.now), "More", reviewer=world.admin, now=world.now)
    for n in range(5):
        world.order({soap: 1}, key=f"more-{n}")
    theirs = replace(world, customer=other, buyer=buyer)
    for n in range(4):
        theirs.order({soap: 1}, key=f"theirs-{n}")
    many = judged()
    assert count == [2, 9]
    assert many == few
    found = _of(world, Kind.DELAY_NOTICE)
    by_level = {promise.service_level_id for promise in found if promise.customer_id == other.id}
    assert by_level == {version.level(Kind.DELAY_NOTICE).id}
    assert {promise.version_id for promise in found if promise.customer_id == other.id} == {version.id}
    assert all(_story(world, promise) == ["made", "missed", "fulfilled_late"] for promise in found)
    assert judge_notices(session, last) == 0


def test_a_clause_for_the_province_of_the_customer_comes_before_one_for_everywhere(world: World) -> None:
    address = world.customer.ship_to
    assert address is not None
    address.province = "TH-50"
    _promising(
        world,
        Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR),
        Clause(Kind.DELAY_NOTICE, 3, Convention.CALENDAR, provinces=("TH-50", "TH-51")),
    )
    due = _late(world, None)
    assert judge_notices(world.session, end_of(due) + timedelta(hours=2)) == 1
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    assert promise.due_at == end_of(due - timedelta(days=3))


def test_what_the_standard_tolerates_of_a_notice_is_judged_as_kept(world: World) -> None:
    _promising(world, Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR, tolerance=1))
    due = _late(world, at(date(2026, 4, 7), time(9)))
    assert judge_notices(world.session, end_of(due) + timedelta(hours=2)) == 1
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    assert (promise.state, promise.due_at) == (PromiseState.KEPT, end_of(date(2026, 4, 6)))
    assert promise.tolerated_until == end_of(date(2026, 4, 7))
    assert _story(world, promise) == ["made", "kept"]


def test_a_part_that_was_tolerated_for_long_is_judged_when_it_is_missed(
    session: Session, now: datetime
) -> None:
    world = make_world(session, now, tolerance=20)
    _promising(world, Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR))
    (part,) = world.parts(world.order({world.product("SOAP-1", stock=10): 1}))
    assert part.promise is not None
    due_at = part.promise.due_at
    session.commit()
    check_lead_times(session, due_at + timedelta(hours=1))
    assert judge_notices(session, due_at + timedelta(hours=1)) == 0
    missed = due_at + timedelta(days=40)
    check_lead_times(session, missed)
    assert judge_notices(session, missed) == 1
    (promise,) = _of(world, Kind.DELAY_NOTICE)
    assert (promise.state, promise.fulfilled_at) == (PromiseState.MISSED, due_at + timedelta(hours=1))
