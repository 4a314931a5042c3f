from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from policies import pausing, promising, sweeping
from policies.due_times import minutes_left, pauses_of
from policies.kinds import Kind
from policies.places import working_hours
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromisePause, PromiseState
from policies.terms import Clause
from portal.clock import at, end_of
from portal.refusal import Refused
from tests.policies.makers import CASES, TERMS, House

MONDAY = date(2026, 4, 20)
TUESDAY, WEDNESDAY = date(2026, 4, 21), date(2026, 4, 22)
EIGHT_HOURS = Clause(Kind.COMPLAINT_ANSWER, minutes=480)


def in_minutes(house: House, clause: Clause = EIGHT_HOURS) -> None:
    """A policy for everybody whose complaints are answered within working minutes."""
    house.published(replace(TERMS, clauses=(*TERMS.clauses, clause)))


def opened(house: House, start: datetime | None = None, subject: str = "CP-1") -> Promise:
    """A complaint of Monday at nine, or of another time."""
    return house.case(Kind.COMPLAINT_ANSWER, subject, start=start or at(MONDAY, time(9)))


def hours_of(house: House, promise: Promise, *stretches: tuple[int, int]) -> None:
    for since, until in stretches:
        pausing.pause(
            house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(since))
        )
        pausing.resume(
            house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(until))
        )


def story(house: House, promise: Promise) -> list[str]:
    query = select(PromiseEvent.what).where(PromiseEvent.promise_id == promise.id)
    return list(house.session.scalars(query.order_by(PromiseEvent.id)))


def test_a_case_promised_within_an_hour_on_friday_afternoon_is_due_on_monday_morning(house: House) -> None:
    in_minutes(house, Clause(Kind.COMPLAINT_ANSWER, minutes=60))
    promise = opened(house, at(date(2026, 4, 17), time(16, 30)))
    assert promise.due_at == promise.original_due_at == at(MONDAY, time(9, 30))
    assert promise.clock_start_at == at(date(2026, 4, 17), time(16, 30))


def test_eight_hours_paused_twice_are_over_at_noon_of_the_next_day(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    hours_of(house, promise, (10, 12), (14, 15))
    assert promise.due_at == at(TUESDAY, time(12))
    assert promise.original_due_at == at(MONDAY, time(17))
    assert story(house, promise) == ["made", "paused", "resumed", "paused", "resumed"]
    level, spans = promise.service_level, pauses_of(house.session, [promise.id], now=house.now)[promise.id]
    assert level is not None
    assert promising.due_for(house.session, level, at(MONDAY, time(9)), spans) == promise.due_at


def test_two_pauses_at_once_count_once_and_the_clock_runs_on_after_the_last(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    by: dict[str, Any] = {"by": house.staff}
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, **by, now=at(MONDAY, time(10)))
    pausing.pause(house.session, promise, Cause.NO_SUPPLY, **by, now=at(MONDAY, time(11)))
    pausing.resume(house.session, promise, Cause.CUSTOMER_ANSWER, **by, now=at(MONDAY, time(12)))
    assert promise.paused_since == at(MONDAY, time(10))
    pausing.resume(house.session, promise, Cause.NO_SUPPLY, **by, now=at(MONDAY, time(13)))
    assert promise.paused_since is None
    assert promise.due_at == at(TUESDAY, time(12))


def test_pausing_twice_for_one_cause_and_resuming_what_runs_change_nothing(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    pausing.resume(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(10)))
    for hour in (10, 11):
        pausing.pause(
            house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(hour))
        )
    assert promise.paused_since == at(MONDAY, time(10))
    assert len(house.session.scalars(select(PromisePause)).all()) == 1
    assert story(house, promise) == ["made", "paused"]


def test_what_is_paused_is_neither_at_risk_nor_missed_and_keeps_what_was_left(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(15)))
    house.session.commit()
    later = at(WEDNESDAY, time(10))
    assert sweeping.sweep(house.session, later) == 0
    hours = working_hours(house.session)
    assert minutes_left(promise, hours, now=later) == 120
    pausing.resume(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.buyer, now=later)
    assert promise.due_at == at(WEDNESDAY, time(12))
    assert minutes_left(promise, hours, now=later) == 120


def test_a_risk_ends_with_a_pause(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    house.session.commit()
    assert sweeping.sweep(house.session, at(MONDAY, time(15, 30))) == 1
    house.session.refresh(promise)
    assert promise.state == PromiseState.AT_RISK
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(16)))
    assert (promise.state, promise.cause, promise.risk_since) == (PromiseState.OPEN, None, None)


def test_what_is_settled_or_late_cannot_be_paused(house: House) -> None:
    in_minutes(house)
    late, kept = opened(house), opened(house, subject="CP-2")
    promising.fulfil(house.session, [kept], at(MONDAY, time(10)), by=house.staff, now=at(MONDAY, time(10)))
    for promise, words in ((late, "past its due time"), (kept, "already settled")):
        before = story(house, promise)
        with pytest.raises(Refused, match=words):
            pausing.pause(
                house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(TUESDAY, time(10))
            )
        assert promise.paused_since is None
        assert story(house, promise) == before


def test_what_is_done_while_it_was_paused_is_judged_with_the_pause(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(10)))
    done = at(WEDNESDAY, time(10))
    promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    assert (promise.state, promise.paused_since) == (PromiseState.KEPT, None)
    assert house.session.scalars(select(PromisePause.resumed_at)).one() == done
    assert story(house, promise) == ["made", "paused", "resumed", "kept"]
    resumed = house.session.scalars(
        select(PromiseEvent).where(
            PromiseEvent.promise_id == promise.id, PromiseEvent.what == Happening.RESUMED
        )
    ).one()
    assert resumed.due_at == promise.due_at > promise.original_due_at


def test_what_is_done_late_before_the_watch_found_it_is_on_record_as_missed_and_done_late(
    house: House,
) -> None:
    in_minutes(house)
    promise = opened(house)
    done = at(WEDNESDAY, time(10))
    promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    assert (promise.state, promise.missed_at) == (PromiseState.MISSED, promise.due_at)
    assert story(house, promise) == ["made", "missed", "fulfilled_late"]


def test_what_is_withdrawn_is_paused_no_more(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(MONDAY, time(10)))
    promising.withdraw(house.session, [promise.id], by=house.staff, now=at(MONDAY, time(11)))
    house.session.refresh(promise)
    assert (promise.state, promise.paused_since) == (PromiseState.WITHDRAWN, None)
    assert house.session.scalars(select(PromisePause.resumed_at)).one() == at(MONDAY, time(11))


@pytest.mark.parametrize(
    ("asked", "answered", "due"),
    [
        (date(2026, 4, 24), date(2026, 4, 25), date(2026, 4, 27)),
        (date(2026, 4, 24), date(2026, 4, 26), date(2026, 4, 27)),
        (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 5)),
    ],
    ids=["answered on Saturday", "answered on Sunday", "answered on a holiday, with another on Monday"],
)
def test_an_answer_on_a_closed_day_leaves_the_last_day_that_was_left(
    house: House, asked: date, answered: date, due: date
) -> None:
    house.cases(*CASES)
    promise = opened(house, at(asked - timedelta(days=2), time(9)))
    assert promise.due_at == end_of(asked)
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(asked, time(9)))
    now = at(answered, time(10))
    pausing.resume(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=now)
    assert promise.due_at == end_of(due)
    house.session.commit()
    sweeping.sweep(house.session, now)
    house.session.refresh(promise)
    assert promise.state != PromiseState.MISSED


def test_a_standard_in_days_is_due_as_many_working_days_later_as_ended_in_the_pause(house: House) -> None:
    house.cases(*CASES)
    promise = opened(house)
    assert promise.due_at == end_of(WEDNESDAY)
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(TUESDAY, time(9)))
    pausing.resume(
        house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=at(date(2026, 4, 24), time(9))
    )
    assert promise.due_at == end_of(date(2026, 4, 27))
    assert story(house, promise)[-1] == Happening.RESUMED


def test_in_working_minutes_a_case_is_at_risk_once_a_fifth_of_its_time_is_left(house: House) -> None:
    in_minutes(house)
    promise = opened(house)
    house.session.commit()
    last_fifth = at(MONDAY, time(17)) - timedelta(minutes=96)
    assert sweeping.sweep(house.session, last_fifth - timedelta(seconds=1)) == 0
    assert sweeping.sweep(house.session, last_fifth) == 1
    assert sweeping.sweep(house.session, last_fifth) == 0
    assert sweeping.sweep(house.session, at(MONDAY, time(17, 0, 1))) == 1
    house.session.refresh(promise)
    assert (promise.state, promise.cause) == (PromiseState.MISSED, Cause.NOT_ANSWERED)


def test_days_and_minutes_are_swept_together_each_by_its_own_clock(house: House) -> None:
    days = Clause(Kind.REFUND, 2)
    house.published(replace(TERMS, clauses=(*TERMS.clauses, EIGHT_HOURS, days)))
    start = at(MONDAY, time(9))
    answer, refund = opened(house, start), house.case(Kind.REFUND, "RT-1", start=start)
    house.session.commit()
    assert sweeping.sweep(house.session, at(MONDAY, time(10))) == 0
    assert sweeping.sweep(house.session, at(MONDAY, time(16))) == 1
    assert sweeping.sweep(house.session, at(TUESDAY, time(9))) == 2
    for promise in (answer, refund):
        house.session.refresh(promise)
    assert (answer.state, refund.state) == (PromiseState.MISSED, PromiseState.AT_RISK)
