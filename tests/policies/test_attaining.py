import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from policies import attained_cases, attaining, most_missed, promising, sweeping
from policies.attaining import Asked, Row
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from portal.clock import at, end_of
from portal.customers.models import Customer
from tests.policies.makers import House, make_company

ANSWER, REFUND = Kind.COMPLAINT_ANSWER, Kind.REFUND
SINCE, UNTIL = at(date(2025, 5, 1)), at(date(2026, 5, 1))


@pytest.fixture
def other(house: House) -> Customer:
    house.cases()
    return make_company(house.session, "C2", tier="silver", now=house.now)


def _case(
    house: House, no: int, *, late: bool | None = None, kind: Kind = ANSWER, customer: Customer | None = None
) -> Promise:
    """A case of today: answered in time or late, or not at all."""
    promise = house.case(kind, f"{kind}-{no}", customer=customer)
    if late is not None:
        done = promise.due_at + timedelta(seconds=1) if late else promise.due_at
        promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    return promise


def test_attainment_counts_kept_missed_open_and_waived_and_leaves_the_withdrawn_out(
    house: House, other: Customer
) -> None:
    for no, late in enumerate([False, False, False, True, None, None, None]):
        _case(house, no, late=late)
    waived, withdrawn = _case(house, 7), _case(house, 8)
    waived.state = PromiseState.WAIVED
    promising.withdraw(house.session, [withdrawn.id], by=None, now=house.now)
    _case(house, 9, late=False, kind=REFUND, customer=other)
    house.session.flush()
    assert attaining.attainment(house.session, since=SINCE, until=UNTIL) == [
        Row(ANSWER, cases=8, kept=3, missed=1, open=3, exempt=1, kept_first=3),
        Row(REFUND, cases=1, kept=1, kept_first=1),
    ]
    assert attaining.attainment(house.session, since=SINCE, until=UNTIL, customer=other) == [
        Row(REFUND, cases=1, kept=1, kept_first=1)
    ]


def test_the_share_is_of_what_was_kept_or_missed() -> None:
    assert Row(ANSWER, cases=8, kept=3, missed=1, open=3, exempt=1).of_one == 0.75
    assert Row(ANSWER, cases=2, open=2).of_one is None


def test_a_case_at_risk_is_open_and_one_found_missed_by_the_check_is_missed(
    house: House, other: Customer
) -> None:
    _case(house, 1)
    sweeping.mark(house.session, house.now + timedelta(days=1))
    assert attaining.attainment(house.session, since=SINCE, until=UNTIL) == [Row(ANSWER, cases=1, open=1)]
    sweeping.mark(house.session, house.now + timedelta(days=5))
    assert attaining.attainment(house.session, since=SINCE, until=UNTIL) == [Row(ANSWER, cases=1, missed=1)]


def test_a_promise_counts_in_the_month_of_bangkok_in_which_it_is_due(house: House, other: Customer) -> None:
    version = house.published(customer=other)
    for day in (date(2026, 2, 28), date(2026, 4, 1), date(2026, 4, 30)):
        promise = house.promise(version, end_of(day), f"SO-{day}")
        promising.fulfil(house.session, [promise], house.now, by=None, now=house.now)
    house.session.flush()
    since, until = attaining.period(house.now, 3)
    trend = attaining.trend(house.session, since=since, until=until)
    assert list(trend) == [Kind.LEAD_TIME]
    months = [(month.first_day, month.row.cases, month.row.kept) for month in trend[Kind.LEAD_TIME]]
    assert months == [
        (date(2026, 2, 1), 1, 0),
        (date(2026, 3, 1), 0, 0),
        (date(2026, 4, 1), 2, 2),
    ]


def test_a_period_ends_with_this_month_and_spans_whole_months(now: datetime) -> None:
    assert attaining.period(now, 1) == (at(date(2026, 4, 1)), at(date(2026, 5, 1)))
    assert attaining.period(now, 12) == (at(date(2025, 5, 1)), at(date(2026, 5, 1)))
    assert attaining.period(now, 24)[0] == at(date(2024, 5, 1))


def test_the_customers_with_the_most_misses_are_found_by_kind(house: House, other: Customer) -> None:
    for no, late in enumerate([True, False, False]):
        _case(house, no, late=late)
    for no, late in enumerate([True, True], 10):
        _case(house, no, late=late, customer=other)
    _case(house, 20, late=False, kind=REFUND)
    house.session.flush()
    worst = most_missed.worst_customers(house.session, Asked(SINCE, UNTIL))
    assert list(worst) == [ANSWER]
    assert [(one.customer.code, one.row.missed, one.row.kept) for one in worst[ANSWER]] == [
        ("C2", 2, 0),
        ("C1", 1, 2),
    ]


def test_a_customers_misses_are_listed_the_latest_first_with_when_they_were_done(
    house: House, other: Customer
) -> None:
    done_late, still_owed = _case(house, 1, late=True), _case(house, 2, kind=Kind.REPAIR)
    _case(house, 3, late=False)
    _case(house, 4, late=True, customer=other)
    sweeping.mark(house.session, house.now + timedelta(days=60))
    found = attained_cases.misses(house.session, house.customer, since=SINCE, until=UNTIL)
    assert [(miss.promise_id, miss.kind) for miss in found] == [
        (still_owed.id, Kind.REPAIR),
        (done_late.id, ANSWER),
    ]
    assert [miss.fulfilled_at for miss in found] == [None, done_late.due_at + timedelta(seconds=1)]
    assert len(attained_cases.misses(house.session, house.customer, since=SINCE, until=UNTIL, limit=1)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_every_case_due_in_a_period_is_kept_missed_waived_or_open_and_nothing_else(
    house: House, other: Customer, seed: int
) -> None:
    rng = random.Random(seed)
    for no in range(40):
        kind = rng.choice([ANSWER, REFUND, Kind.REPAIR])
        promise = house.case(kind, f"case-{no}", customer=rng.choice([house.customer, other]))
        promise.due_at = promise.due_at - timedelta(days=rng.randint(-40, 80))
        match rng.choice(["open", "done", "late", "missed", "waived", "withdrawn", "missed, withdrawn"]):
            case "done" | "late" as how:
                done = promise.due_at + timedelta(seconds=how == "late")
                promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
            case "waived":
                promise.state = PromiseState.WAIVED
            case "withdrawn":
                promising.withdraw(house.session, [promise.id], by=None, now=house.now)
            case "missed" | "missed, withdrawn" as how:
                promise.state, promise.missed_at = PromiseState.MISSED, promise.due_at
                house.session.flush()
                if how != "missed":
                    promising.withdraw(house.session, [promise.id], by=None, now=house.now)
    house.session.flush()
    house.session.expire_all()
    promises = house.session.scalars(select(Promise)).all()
    for months in (1, 2, 6):
        since, until = attaining.period(house.now, months)
        due = [one for one in promises if since <= one.due_at < until]
        rows = attaining.attainment(house.session, since=since, until=until)
        for row in rows:
            assert row.cases == row.kept + row.missed + row.exempt + row.open
            mine = [PromiseState(one.state) for one in due if one.kind == row.kind]
            assert row.cases == len([state for state in mine if state is not PromiseState.WITHDRAWN])
            assert (row.kept, row.missed) == (mine.count(PromiseState.KEPT), mine.count(PromiseState.MISSED))
        trend = attaining.trend(house.session, since=since, until=until)
        assert {row.kind: row.cases for row in rows} == {
            kind: sum(month.row.cases for month in listed) for kind, listed in trend.items()
        }
