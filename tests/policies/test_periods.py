"""Which periods are due to be reported: a pure question of days."""

from datetime import date, datetime

import pytest

from policies.clocks import WorkingDays
from policies.kinds import Every
from policies.periods import Period, Schedule, due_periods, period_with
from portal.clock import BANGKOK
from portal.i18n import speaking

WEEK, MONTH, QUARTER = Every.WEEK, Every.MONTH, Every.QUARTER
CLOSED = [date(2026, 5, 1), date(2026, 5, 4), date(2027, 1, 1)]
DAYS = WorkingDays.of("1111100", CLOSED)


def _due(versions: list[Schedule], today: date) -> list[tuple[date, date, int]]:
    return [(due.period.first, due.period.last, due.version_id) for due in due_periods(versions, today, DAYS)]


@pytest.mark.parametrize(
    ("every", "day", "first", "last"),
    [
        (WEEK, date(2026, 4, 1), date(2026, 3, 30), date(2026, 4, 5)),
        (WEEK, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        (MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (MONTH, date(2028, 2, 1), date(2028, 2, 1), date(2028, 2, 29)),
        (QUARTER, date(2026, 11, 15), date(2026, 10, 1), date(2026, 12, 31)),
        (QUARTER, date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_a_day_lies_in_its_week_month_or_quarter(every: Every, day: date, first: date, last: date) -> None:
    assert period_with(every, day) == Period(every, first, last)


def test_a_period_is_over_at_midnight_in_bangkok() -> None:
    december = period_with(MONTH, date(2026, 12, 5))
    assert december.since == datetime(2026, 12, 1, tzinfo=BANGKOK)
    assert december.until == datetime(2027, 1, 1, tzinfo=BANGKOK)


def test_a_period_is_reported_on_the_first_working_day_after_it_ended() -> None:
    april, december = period_with(MONTH, date(2026, 4, 1)), period_with(MONTH, date(2026, 12, 1))
    assert april.reported_on(DAYS) == date(2026, 5, 5)
    assert december.reported_on(DAYS) == date(2027, 1, 4)
    assert period_with(WEEK, date(2026, 6, 3)).reported_on(DAYS) == date(2026, 6, 8)
    monthly = [Schedule(1, date(2026, 4, 1), MONTH)]
    assert _due(monthly, date(2026, 5, 4)) == []
    assert _due(monthly, date(2026, 5, 5)) == [(date(2026, 4, 1), date(2026, 4, 30), 1)]


def test_the_first_period_is_the_first_whole_one_after_the_version_holds() -> None:
    assert _due([Schedule(1, date(2026, 4, 2), MONTH)], date(2026, 5, 31)) == []
    assert _due([Schedule(1, date(2026, 4, 2), MONTH)], date(2026, 6, 1)) == [
        (date(2026, 5, 1), date(2026, 5, 31), 1)
    ]
    assert _due([Schedule(1, date(2026, 3, 31), WEEK)], date(2026, 4, 13)) == [
        (date(2026, 4, 6), date(2026, 4, 12), 1)
    ]
    assert _due([Schedule(1, date(2026, 2, 1), QUARTER)], date(2026, 7, 1)) == [
        (date(2026, 4, 1), date(2026, 6, 30), 1)
    ]


def test_what_was_missed_is_caught_up_over_the_end_of_a_year() -> None:
    weekly = [Schedule(1, date(2026, 12, 21), WEEK)]
    assert _due(weekly, date(2027, 1, 18)) == [
        (date(2026, 12, 21), date(2026, 12, 27), 1),
        (date(2026, 12, 28), date(2027, 1, 3), 1),
        (date(2027, 1, 4), date(2027, 1, 10), 1),
        (date(2027, 1, 11), date(2027, 1, 17), 1),
    ]


def test_a_new_version_with_the_same_schedule_leaves_no_period_out_and_reports_from_its_last_day() -> None:
    versions = [Schedule(2, date(2026, 6, 10), MONTH), Schedule(1, date(2026, 5, 1), MONTH)]
    assert _due(versions, date(2026, 8, 3)) == [
        (date(2026, 5, 1), date(2026, 5, 31), 1),
        (date(2026, 6, 1), date(2026, 6, 30), 2),
        (date(2026, 7, 1), date(2026, 7, 31), 2),
    ]


def test_a_period_in_which_the_schedule_changes_is_not_reported_on() -> None:
    versions = [Schedule(1, date(2026, 5, 1), MONTH), Schedule(2, date(2026, 6, 10), WEEK)]
    assert _due(versions, date(2026, 6, 29)) == [
        (date(2026, 5, 1), date(2026, 5, 31), 1),
        (date(2026, 6, 15), date(2026, 6, 21), 2),
        (date(2026, 6, 22), date(2026, 6, 28), 2),
    ]
    ended = [Schedule(1, date(2026, 5, 1), MONTH), Schedule(2, date(2026, 7, 1), None)]
    assert [last for _first, last, _version in _due(ended, date(2026, 12, 1))] == [
        date(2026, 5, 31),
        date(2026, 6, 30),
    ]


def test_a_version_to_come_is_not_reported_on_yet() -> None:
    assert _due([Schedule(1, date(2027, 1, 1), MONTH)], date(2026, 12, 15)) == []
    assert _due([], date(2026, 12, 15)) == []


def test_a_period_is_written_in_the_years_of_the_buddhist_era_in_thai() -> None:
    week, month, quarter = (period_with(every, date(2026, 12, 28)) for every in (WEEK, MONTH, QUARTER))
    with speaking("th"):
        assert week.text == "จ. 28 ธ.ค. 2569 – อา. 3 ม.ค. 2570"
        assert (month.text, quarter.text) == ("ธ.ค. 2569", "ต.ค. 2569 – ธ.ค. 2569")
    with speaking("en"):
        assert week.text == "Mon 28 Dec 2026 – Sun 3 Jan 2027"
        assert (month.text, quarter.text) == ("Dec 2026", "Oct 2026 – Dec 2026")


def test_the_periods_before_end_with_the_one_asked_of() -> None:
    february = period_with(MONTH, date(2026, 2, 1))
    assert [one.first for one in february.ending_here(3)] == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
