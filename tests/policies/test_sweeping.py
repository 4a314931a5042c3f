from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from policies import promising, queries, sweeping
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.clock import at, end_of
from portal.db import transaction
from tests.policies.makers import House, make_company

MOMENT = timedelta(seconds=1)
THURSDAY = at(date(2026, 4, 2), time(9, 0))
AFTER = end_of(date(2026, 4, 3)) + MOMENT
"""The moment after the due time of a case of Wednesday 1 April."""


def _sweep(house: House, now: datetime) -> int:
    house.session.commit()
    changed = sweeping.sweep(house.session, now)
    house.session.expire_all()
    return changed


def _story(house: House, promise: Promise) -> list[tuple[str, str | None]]:
    query = select(PromiseEvent.what, PromiseEvent.cause).where(PromiseEvent.promise_id == promise.id)
    return [(row.what, row.cause) for row in house.session.execute(query.order_by(PromiseEvent.id))]


def test_on_an_empty_portal_the_check_finds_nothing(session, now: datetime) -> None:
    assert sweeping.sweep(session, now) == 0


def test_a_case_is_at_risk_from_the_working_day_before_it_is_due_and_missed_after_it(house: House) -> None:
    house.cases()
    promise = house.case()
    assert _sweep(house, house.now) == 0
    assert _sweep(house, THURSDAY) == 1
    assert (promise.state, promise.cause, promise.risk_since) == (
        PromiseState.AT_RISK,
        Cause.NOT_ANSWERED,
        THURSDAY,
    )
    assert _sweep(house, AFTER) == 1
    assert (promise.state, promise.missed_at) == (PromiseState.MISSED, promise.due_at)
    assert _story(house, promise) == [
        (Happening.MADE, None),
        (Happening.AT_RISK, Cause.NOT_ANSWERED),
        (Happening.MISSED, Cause.NOT_ANSWERED),
    ]


def test_run_again_the_check_changes_nothing_twice(house: House) -> None:
    house.cases()
    promise = house.case()
    assert [_sweep(house, THURSDAY), _sweep(house, THURSDAY + MOMENT)] == [1, 0]
    assert [_sweep(house, AFTER), _sweep(house, AFTER + MOMENT)] == [1, 0]
    assert len(_story(house, promise)) == 3


def test_over_songkran_a_case_is_at_risk_before_the_holidays_begin(house: House) -> None:
    house.cases()
    promise = house.case(start=at(date(2026, 4, 9), time(12, 0)))
    assert promise.due_at == end_of(date(2026, 4, 16))
    assert _sweep(house, at(date(2026, 4, 9), time(13, 0))) == 0
    assert _sweep(house, at(date(2026, 4, 10), time(8, 0))) == 1
    assert promise.state == PromiseState.AT_RISK


def test_in_the_last_second_a_case_is_not_missed_yet(house: House) -> None:
    house.cases()
    promise = house.case()
    _sweep(house, promise.due_at)
    assert promise.state == PromiseState.AT_RISK


def test_what_is_answered_withdrawn_or_a_lead_time_is_left_alone(house: House) -> None:
    version = house.cases()
    answered, withdrawn = house.case(subject="CP-1"), house.case(subject="CP-2")
    lead_time = house.promise(version, answered.due_at)
    promising.fulfil(house.session, [answered], house.now, by=house.staff, now=house.now)
    promising.withdraw(house.session, [withdrawn.id], by=house.staff, now=house.now)
    assert _sweep(house, AFTER) == 0
    assert lead_time.state == PromiseState.OPEN


def test_a_missed_case_that_turns_out_to_have_been_answered_in_time_is_kept(house: House) -> None:
    house.cases()
    promise = house.case()
    _sweep(house, AFTER)
    with transaction(house.session):
        promising.fulfil(house.session, [promise], promise.due_at, by=house.staff, now=AFTER)
    assert promise.state == PromiseState.KEPT


def test_a_case_promised_anew_for_a_later_day_is_open_again(house: House) -> None:
    house.cases()
    promise = house.case()
    _sweep(house, THURSDAY)
    with transaction(house.session):
        later = end_of(date(2026, 4, 10))
        promising.repromise(house.session, promise, later, Cause.DISRUPTION, by=house.manager, now=THURSDAY)
    assert _sweep(house, THURSDAY) == 0
    assert promise.state == PromiseState.OPEN


def test_what_is_owed_is_listed_the_overdue_first_then_the_soonest(house: House) -> None:
    house.cases()
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    soon = house.case(Kind.COMPLAINT_ANSWER, "CP-1")
    later = house.case(Kind.REPAIR, "RP-1", customer=other)
    given = house.case(Kind.REFUND, "RT-1")
    overdue = house.case(Kind.EXPEDITE_ANSWER, "EX-1", start=house.now - timedelta(days=0, hours=1))
    promising.fulfil(house.session, [given], house.now, by=house.staff, now=house.now)
    _sweep(house, AFTER)
    found = queries.due_soonest(house.session)
    assert [due.promise for due in found] == [soon, overdue, later]
    assert [due.promise for due in queries.due_soonest(house.session, other)] == [later]
    assert found[2].customer == other
    assert queries.owed(house.session) == {PromiseState.MISSED: 2, PromiseState.OPEN: 1}
