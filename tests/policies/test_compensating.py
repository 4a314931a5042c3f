"""Worked examples of compensation; docs/policies.md tells the same sums."""

from datetime import date

import pytest

from policies.clocks import WorkingDays
from policies.compensating import days_late, sentences, worked_out
from policies.kinds import Convention, Kind
from policies.models import ServiceLevel
from portal.i18n import speaking

SONGKRAN = [date(2026, 4, day) for day in (13, 14, 15)]
DAYS = WorkingDays.of("1111100", [date(2026, 4, 6), *SONGKRAN])
THURSDAY = date(2026, 4, 9)


def share(convention: Convention = Convention.CALENDAR) -> ServiceLevel:
    """One percent of the line for each day late, at most ten."""
    return ServiceLevel(
        kind=Kind.LEAD_TIME,
        days=3,
        convention=convention,
        target_bp=9500,
        compensation_bp_per_day=100,
        compensation_cap_bp=1000,
        compensation_minor_per_day=0,
        compensation_cap_minor=0,
    )


def fixed(convention: Convention = Convention.WORKING) -> ServiceLevel:
    """฿50 for each day late, at most ฿500."""
    return ServiceLevel(
        kind=Kind.COMPLAINT_ANSWER,
        days=2,
        convention=convention,
        target_bp=9500,
        compensation_bp_per_day=0,
        compensation_cap_bp=0,
        compensation_minor_per_day=50_00,
        compensation_cap_minor=500_00,
    )


@pytest.mark.parametrize(
    ("level", "net", "done", "late", "amount"),
    [
        (share(), 2000_00, date(2026, 4, 12), 3, 60_00),
        (share(), 2000_00, date(2026, 5, 7), 28, 200_00),
        (share(Convention.WORKING), 2000_00, date(2026, 4, 17), 3, 60_00),
        (share(), 33_33, date(2026, 4, 10), 1, 33),
        (share(), 50, date(2026, 4, 10), 1, 1),
        (share(), 49, date(2026, 4, 10), 1, 0),
        (fixed(), 0, date(2026, 4, 10), 1, 50_00),
        (fixed(), 0, date(2026, 4, 11), 2, 100_00),
        (fixed(), 0, date(2026, 5, 29), 33, 500_00),
        (fixed(Convention.CALENDAR), 0, date(2026, 4, 11), 2, 100_00),
    ],
    ids=[
        "three calendar days at one percent of 2,000 baht",
        "four weeks meet the cap of ten percent",
        "over Songkran three working days are eight calendar days",
        "a third of a baht is rounded half-up once",
        "half a satang is one",
        "less than half a satang is none",
        "one working day late",
        "a Saturday counts as the next working day",
        "seven weeks meet the cap of 500 baht",
        "calendar days count every day",
    ],
)
def test_compensation_is_worked_out_from_the_level(
    level: ServiceLevel, net: int, done: date, late: int, amount: int
) -> None:
    worked = worked_out(level, net, THURSDAY, done, DAYS)
    assert worked is not None
    assert (worked.days_late, worked.amount_minor) == (late, amount)


@pytest.mark.parametrize("done", [THURSDAY, date(2026, 4, 1)])
def test_what_is_done_in_time_is_worth_nothing(done: date) -> None:
    assert worked_out(share(), 2000_00, THURSDAY, done, DAYS) is None


def test_a_level_without_compensation_gives_none_however_late() -> None:
    silent = share()
    silent.compensation_bp_per_day = silent.compensation_cap_bp = 0
    assert worked_out(silent, 2000_00, THURSDAY, date(2026, 5, 7), DAYS) is None


def test_a_fixed_amount_is_in_baht_whatever_the_order_is_paid_in() -> None:
    share_of, amount = (
        worked_out(level, 2000_00, THURSDAY, date(2026, 4, 12), DAYS, currency="USD")
        for level in (share(), fixed())
    )
    assert share_of is not None
    assert amount is not None
    assert (share_of.currency, amount.currency) == ("USD", "THB")


def test_days_late_are_counted_as_the_standard_counts() -> None:
    friday, monday_after = date(2026, 4, 3), date(2026, 4, 20)
    counted = [days_late(friday, monday_after, convention, DAYS) for convention in Convention]
    assert counted == [17, 17, 7]
    assert days_late(friday, date(2026, 4, 4), Convention.WORKING, DAYS) == 1


def test_the_sum_is_told_in_sentences_from_what_was_kept_of_it() -> None:
    of_share = worked_out(share(Convention.WORKING), 2000_00, THURSDAY, date(2026, 4, 17), DAYS)
    of_amount = worked_out(fixed(Convention.CALENDAR), 0, THURSDAY, date(2026, 4, 10), DAYS)
    assert of_share is not None
    assert of_amount is not None
    with speaking("en"):
        assert sentences(of_share.as_facts()) == [
            "Promised for Thu 9 Apr 2026, done on Fri 17 Apr 2026: 3 working days late.",
            "1 % of ฿2,000.00 for each day, at most ฿200.00.",
            "That makes ฿60.00.",
        ]
        assert sentences(of_amount.as_facts())[:2] == [
            "Promised for Thu 9 Apr 2026, done on Fri 10 Apr 2026: 1 day late.",
            "฿50.00 for each day, at most ฿500.00.",
        ]
