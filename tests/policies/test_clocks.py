from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.clocks import WorkingDays, day_counted_from, due_day
from policies.kinds import Convention
from portal.clock import at, local

SONGKRAN = [date(2026, 4, day) for day in (13, 14, 15)]
WAREHOUSE = WorkingDays.of("1111100", SONGKRAN)
CARRIER = WorkingDays.of("1111110", SONGKRAN)
CUT_OFF = time(15, 0)

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
WEEKS = st.text("01", min_size=7, max_size=7).filter(lambda week: "1" in week)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingDays:
    return WorkingDays.of(draw(WEEKS), draw(st.lists(DAYS, max_size=25)))


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    return at(draw(DAYS), draw(st.times()))


def test_thirty_days_from_the_first_of_june_end_on_its_thirtieth_when_the_order_day_counts() -> None:
    assert due_day(date(2026, 6, 1), 30, Convention.CALENDAR_INCLUSIVE, WAREHOUSE) == date(2026, 6, 30)


def test_thirty_days_after_the_first_of_june_end_on_the_first_of_july() -> None:
    assert due_day(date(2026, 6, 1), 30, Convention.CALENDAR, WAREHOUSE) == date(2026, 7, 1)


def test_an_order_past_the_cut_off_before_songkran_leaves_on_friday_and_arrives_on_monday() -> None:
    ordered = at(date(2026, 4, 10), time(16, 30))
    counted = day_counted_from(ordered, Convention.WORKING, CUT_OFF, WAREHOUSE)
    leaves = due_day(counted, 1, Convention.WORKING, WAREHOUSE)
    assert (counted, leaves) == (date(2026, 4, 16), date(2026, 4, 17))
    assert due_day(leaves, 2, Convention.WORKING, CARRIER) == date(2026, 4, 20)


@pytest.mark.parametrize(
    ("placed", "counted"),
    [
        ((9, 14, 59), 9),
        ((9, 15, 0), 9),
        ((9, 15, 1), 10),
        ((10, 15, 1), 16),
        ((11, 9, 0), 16),
        ((13, 23, 59), 16),
    ],
    ids=[
        "before",
        "on the minute",
        "after",
        "on the last day before Songkran",
        "on a Saturday",
        "on a holiday",
    ],
)
def test_an_order_counts_from_the_first_working_day_on_which_it_came_in_time(
    placed: tuple[int, int, int], counted: int
) -> None:
    day, hour, minute = placed
    ordered = at(date(2026, 4, day), time(hour, minute))
    assert day_counted_from(ordered, Convention.WORKING, CUT_OFF, WAREHOUSE) == date(2026, 4, counted)


def test_calendar_days_know_no_cut_off_and_no_holiday() -> None:
    ordered = at(date(2026, 4, 13), time(23, 0))
    assert day_counted_from(ordered, Convention.CALENDAR, CUT_OFF, WAREHOUSE) == date(2026, 4, 13)


def test_the_order_day_is_the_day_in_bangkok() -> None:
    one_in_the_morning = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
    assert day_counted_from(one_in_the_morning, Convention.CALENDAR, None, WAREHOUSE) == date(2026, 4, 1)


def test_closures_between_leaves_out_days_nobody_works_anyway() -> None:
    sunday = WorkingDays.of("1111100", [*SONGKRAN, date(2026, 4, 12)])
    assert sunday.closures_between(date(2026, 4, 10), date(2026, 4, 14)) == SONGKRAN[:2]


@given(calendars(), DAYS, st.integers(1, 60))
def test_so_many_working_days_lie_between_a_day_and_the_due_day(
    days: WorkingDays, start: date, count: int
) -> None:
    due = days.after(start, count)
    worked = [day for day in _days(start, due) if days.works(day)]
    assert days.works(due)
    assert len(worked) == count


@given(calendars(), DAYS, st.integers(1, 60))
def test_counting_back_finds_the_working_day_one_started_from(
    days: WorkingDays, start: date, count: int
) -> None:
    start = days.first_from(start)
    assert days.before(days.after(start, count), count) == start


@given(calendars(), DAYS, st.integers(1, 365))
def test_the_order_day_included_ends_a_day_sooner_and_working_days_never_sooner(
    days: WorkingDays, start: date, count: int
) -> None:
    inclusive, plain, working = (
        due_day(start, count, convention, days)
        for convention in (Convention.CALENDAR_INCLUSIVE, Convention.CALENDAR, Convention.WORKING)
    )
    assert plain - inclusive == timedelta(days=1)
    assert working >= plain


@given(calendars(), moments(), moments(), st.sampled_from(Convention), st.times(), st.integers(1, 30))
def test_whoever_orders_later_is_never_promised_an_earlier_day(
    days: WorkingDays, one: datetime, other: datetime, convention: Convention, cut_off: time, count: int
) -> None:
    sooner, later = sorted((one, other))
    due = [
        due_day(day_counted_from(moment, convention, cut_off, days), count, convention, days)
        for moment in (sooner, later)
    ]
    assert due[0] <= due[1]


@given(calendars(), moments(), st.times())
def test_a_working_order_day_is_a_working_day_not_before_the_order(
    days: WorkingDays, moment: datetime, cut_off: time
) -> None:
    counted = day_counted_from(moment, Convention.WORKING, cut_off, days)
    assert days.works(counted)
    assert counted >= local(moment).date()


def _days(after: date, until: date) -> list[date]:
    return [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
