"""Attainment by clause: each version judged by its own terms, each case counted once, each number open to its cases."""

import random
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from policies import attained_cases, exempting, promising, settling, sweeping
from policies.attained_cases import Outcome
from policies.attaining import NO_LEVEL, Asked, Attained, attainment, by_clause, period, trend_of
from policies.judging import verdicts
from policies.kinds import Every, Kind
from policies.promises import Promise, PromiseState
from policies.terms import Clause
from portal.clock import at, end_of
from portal.customers.models import Customer
from portal.feature import Excuse
from tests.policies.makers import CASES, LEAD_TIME, TERMS, House, make_company, only

ANSWER = Kind.COMPLAINT_ANSWER
ASKED = Asked(at(date(2025, 5, 1)), at(date(2026, 12, 1)))
FLOOD = Excuse("DI-1", "flood", at(date(2020, 1, 1)), at(date(2030, 1, 1)))


def _ended(house: House, promise: Promise, *, late: bool) -> Promise:
    done = promise.due_at + timedelta(seconds=late)
    promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    return promise


def _brought_in(house: House, no: int, *, late: bool) -> Promise:
    due = end_of(date(2025, 12, no))
    promise = Promise(
        kind=Kind.LEAD_TIME,
        customer_id=house.customer.id,
        subject_no=f"OLD-{no}/1/1",
        made_at=house.now,
        original_due_at=due,
        due_at=due,
        state=PromiseState.MISSED if late else PromiseState.KEPT,
        missed_at=due if late else None,
        fulfilled_at=due + timedelta(days=late),
    )
    house.session.add(promise)
    house.session.flush()
    return promise


def test_a_promise_is_judged_for_ever_by_the_version_it_was_made_under(house: House) -> None:
    first = house.published(only(LEAD_TIME, *CASES))
    for no, late in enumerate([False, False, True]):
        _ended(house, house.case(ANSWER, f"CM-{no}"), late=late)
    stricter = [replace(one, days=1, target_bp=6000) for one in CASES]
    second = house.revised(
        first.policy, only(LEAD_TIME, *stricter), valid_from=house.today + timedelta(days=1)
    )
    tomorrow = house.now + timedelta(days=1)
    _ended(house, house.case(ANSWER, "CM-9", start=tomorrow), late=False)
    new, old = by_clause(house.session, ASKED)
    assert [one.level and one.level.version_id for one in (new, old)] == [second.id, first.id]
    assert (old.target, old.row.cases, old.row.kept, old.met) == (0.95, 3, 2, False)
    assert (new.target, new.row.cases, new.row.kept, new.met) == (0.6, 1, 1, True)


def test_promises_brought_in_are_counted_without_a_level_and_a_target(house: House) -> None:
    house.published(only(LEAD_TIME))
    for no, late in enumerate([False, True], 1):
        _brought_in(house, no, late=late)
    (found,) = by_clause(house.session, ASKED)
    assert (found.level, found.target, found.met) == (None, None, None)
    assert (found.row.cases, found.row.kept, found.row.missed, found.row.of_one) == (2, 1, 1, 0.5)


def test_on_time_is_reported_against_the_first_and_against_the_last_agreed_date(house: House) -> None:
    version = house.published(only(LEAD_TIME))
    moved, kept, late = (house.promise(version, end_of(date(2026, 4, 7)), f"SO-{no}/1.1") for no in range(3))
    promising.repromise(house.session, moved, end_of(date(2026, 4, 10)), None, by=None, now=house.now)
    _ended(house, moved, late=False)
    _ended(house, kept, late=False)
    _ended(house, late, late=True)
    house.session.flush()
    (found,) = by_clause(house.session, ASKED)
    assert (found.row.kept, found.row.kept_first, found.row.moved, found.row.judged) == (2, 1, 1, 3)
    assert found.row.of_one == pytest.approx(2 / 3)
    assert found.row.first_of_one == pytest.approx(1 / 3)


def test_what_is_owed_and_credited_is_told_by_currency(house: House) -> None:
    house.cases()
    for no, (currency, owed, paid) in enumerate([("THB", 100, 100), ("THB", 250, 50), ("USD", 7, 0)]):
        promise = _ended(house, house.case(ANSWER, f"CM-{no}"), late=True)
        settling.owe(house.session, promise, owed, currency, now=house.now)
        if paid:
            settling.pay(house.session, promise, paid, now=house.now)
    _ended(house, house.case(ANSWER, "CM-9"), late=False)
    house.session.flush()
    (found,) = by_clause(house.session, ASKED)
    assert (found.row.cases, found.row.missed) == (4, 3)
    assert (found.row.owed, found.row.paid) == ({"THB": 350, "USD": 7}, {"THB": 150})
    (month,) = [one for one in trend_of(house.session, ASKED)[ANSWER] if one.row.cases]
    assert month.row == found.row == attainment(house.session, since=ASKED.since, until=ASKED.until)[0]


def _counts(one: Attained) -> dict[Outcome, int]:
    row = one.row
    return {
        Outcome.ALL: row.cases,
        Outcome.KEPT: row.kept,
        Outcome.MISSED: row.missed,
        Outcome.EXEMPT: row.exempt,
        Outcome.OPEN: row.open,
        Outcome.KEPT_FIRST: row.kept_first,
        Outcome.MOVED: row.moved,
    }


def _all_cases(house: House, asked: Asked, outcome: Outcome) -> list[Promise]:
    found: list[Promise] = []
    older: int | None = None
    while True:
        page = attained_cases.cases(house.session, asked, outcome, older_than=older)
        found += [one.promise for one in page.rows]
        if page.older is None:
            return found
        older = page.older


def _live(house: House, rng: random.Random, promise: Promise) -> None:
    """What may happen to a promise, at random."""
    if rng.random() < 0.3:
        days = timedelta(days=rng.randint(-3, 9))
        promising.repromise(house.session, promise, promise.due_at + days, None, by=None, now=house.now)
    match rng.choice(["open", "risk", "done", "late", "missed", "exempt", "withdrawn", "missed, withdrawn"]):
        case "done":
            _ended(house, promise, late=False)
        case "late":
            _ended(house, promise, late=True)
            if rng.random() < 0.5:
                settling.owe(house.session, promise, rng.randint(1, 900), "THB", now=house.now)
        case "risk":
            promise.state, promise.cause = PromiseState.AT_RISK, "not_answered"
        case "exempt":
            _ended(house, promise, late=True)
            exempting.exempt_all(house.session, Promise.id == promise.id, FLOOD, "-", by=None, now=house.now)
        case "withdrawn":
            promising.withdraw(house.session, [promise.id], by=None, now=house.now)
        case "missed" | "missed, withdrawn" as how:
            promise.state, promise.missed_at = PromiseState.MISSED, promise.due_at
            house.session.flush()
            if how != "missed":
                promising.withdraw(house.session, [promise.id], by=None, now=house.now)
    house.session.flush()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_cases_are_kept_missed_exempt_or_open_and_each_number_opens_to_as_many(
    house: House, seed: int
) -> None:
    rng = random.Random(seed)
    excused = [replace(one, exempt_kinds=("flood",)) for one in CASES]
    first = house.published(only(LEAD_TIME, *excused))
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    kinds = [ANSWER, Kind.REFUND, Kind.REPAIR]
    for no in range(45):
        if no == 20:
            house.revised(first.policy, only(LEAD_TIME, *excused), valid_from=house.today + timedelta(days=1))
        start = house.now + timedelta(days=no // 20)
        who: Customer = rng.choice([house.customer, other])
        _live(house, rng, house.case(rng.choice(kinds), f"case-{no}", start=start, customer=who))
    _brought_in(house, 3, late=bool(rng.randint(0, 1)))
    house.session.flush()
    house.session.expire_all()
    for asked in (ASKED, replace(ASKED, customer=other), replace(ASKED, version_id=first.id)):
        clauses = by_clause(house.session, asked)
        counted = 0
        for one in clauses:
            row = one.row
            assert row.cases == row.kept + row.missed + row.exempt + row.open
            assert row.kept_first <= row.judged
            assert sum(row.owed.values()) >= sum(row.paid.values())
            clause = replace(asked, kind=one.kind, level_id=one.level.id if one.level else NO_LEVEL)
            for outcome, number in _counts(one).items():
                assert len(_all_cases(house, clause, outcome)) == number, outcome
            counted += row.cases
        assert counted == len(_all_cases(house, asked, Outcome.ALL))
        months = trend_of(house.session, asked)
        assert counted == sum(month.row.cases for listed in months.values() for month in listed)
    withdrawn = select(Promise).where(Promise.state == PromiseState.WITHDRAWN)
    assert not {one.id for one in house.session.scalars(withdrawn)} & {
        one.id for one in _all_cases(house, ASKED, Outcome.ALL)
    }


def test_a_page_of_cases_goes_on_and_back_where_many_are_due_at_the_same_time(house: House) -> None:
    house.cases()
    for no in range(60):
        house.case(ANSWER, f"CM-{no:02}")
    sweeping.mark(house.session, house.now + timedelta(days=9))
    first = attained_cases.cases(house.session, ASKED, Outcome.MISSED)
    second = attained_cases.cases(house.session, ASKED, Outcome.MISSED, older_than=first.older)
    back = attained_cases.cases(house.session, ASKED, Outcome.MISSED, newer_than=second.newer)
    ids: Any = [[one.promise.id for one in page.rows] for page in (first, second, back)]
    assert (len(ids[0]), len(ids[1]), ids[2]) == (25, 25, ids[0])
    assert not set(ids[0]) & set(ids[1])


def test_each_target_is_judged_on_its_own_last_whole_period(house: House) -> None:
    quarterly = replace(CASES[0], review_every=Every.QUARTER)
    monthly = Clause(Kind.COMPLAINT_ANSWER, 2, target_bp=9000)
    house.published(replace(TERMS, clauses=(*TERMS.clauses, quarterly, monthly)))
    for n, (kind, day, late) in enumerate(
        [
            (quarterly.kind, date(2026, 4, 7), True),
            (quarterly.kind, date(2026, 6, 8), False),
            (monthly.kind, date(2026, 5, 11), True),
            (monthly.kind, date(2026, 6, 8), False),
        ]
    ):
        promise = house.case(kind, f"X-{n}", start=at(day, time(9)))
        done = promise.due_at + timedelta(hours=1) if late else promise.due_at
        promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    house.session.flush()
    now = at(date(2026, 7, 2))
    asked = Asked(*period(now, 1))
    clauses = by_clause(house.session, Asked(*period(now, 12)))
    told = {
        one.kind: verdicts(house.session, clauses, asked, now=now)[one.level.id]
        for one in clauses
        if one.level
    }
    second, june = told[quarterly.kind], told[monthly.kind]
    assert (second.period.first, second.of_one, second.met) == (date(2026, 4, 1), 0.5, False)
    assert (june.period.first, june.of_one, june.met) == (date(2026, 6, 1), 1.0, True)
    later = verdicts(house.session, clauses, asked, now=at(date(2026, 8, 5)))
    assert {(one.of_one, one.met) for one in later.values() if one.every is Every.MONTH} == {(None, None)}
