from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.clocks import (
    Span,
    WorkingDays,
    WorkingHours,
    arrives_on,
    business_minutes,
    due_by_days,
    due_by_minutes,
    leaves_on,
    union,
)
from policies.kinds import Convention
from policies.shifting import later_by_pause
from portal.clock import at, end_of

USUAL = ((time(9), time(17)),)
SONGKRAN = [date(2026, 4, day) for day in (13, 14, 15)]
OFFICE_DAYS = WorkingDays.of("1111100", SONGKRAN)
OFFICE = WorkingHours.of(OFFICE_DAYS, (), USUAL)
WITH_LUNCH = WorkingHours.of(
    OFFICE_DAYS,
    [(day, *block) for day in range(5) for block in ((time(13), time(17)), (time(9), time(12)))],
    USUAL,
)
CARRIER = WorkingDays.of("1111110", SONGKRAN)
MONDAY, TUESDAY, FRIDAY = date(2026, 4, 20), date(2026, 4, 21), date(2026, 4, 17)

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
QUARTERS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[int, time, time]:
    opens, closes = sorted(draw(st.tuples(QUARTERS, QUARTERS).filter(lambda pair: pair[0] != pair[1])))
    return draw(st.integers(0, 6)), opens, closes


@st.composite
def offices(draw: st.DrawFn) -> WorkingHours:
    week = draw(st.text("01", min_size=7, max_size=7).filter(lambda week: "1" in week))
    days = WorkingDays.of(week, draw(st.lists(DAYS, max_size=20)))
    return WorkingHours.of(days, draw(st.lists(blocks(), max_size=10)), USUAL)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    return at(draw(DAYS), draw(st.times()).replace(microsecond=0))


@st.composite
def pauses(draw: st.DrawFn, start: datetime) -> list[Span]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since = start + timedelta(minutes=draw(st.integers(-3000, 10_000)))
        found.append((since, since + timedelta(minutes=draw(st.integers(0, 5000)))))
    return found


def test_an_hour_from_half_past_four_on_friday_is_over_on_monday_at_half_past_nine() -> None:
    assert due_by_minutes(at(FRIDAY, time(16, 30)), 60, OFFICE) == at(MONDAY, time(9, 30))


def test_eight_hours_without_a_pause_end_as_the_day_does() -> None:
    assert due_by_minutes(at(MONDAY, time(9)), 480, OFFICE) == at(MONDAY, time(17))


@pytest.mark.parametrize(
    ("still", "hours", "due"),
    [
        ([(10, 12), (14, 15)], OFFICE, at(TUESDAY, time(12))),
        ([(10, 12), (11, 12), (14, 15), (10, 11)], OFFICE, at(TUESDAY, time(12))),
        ([(10, 12), (14, 15)], WITH_LUNCH, at(TUESDAY, time(14))),
        ([(12, 13)], WITH_LUNCH, at(TUESDAY, time(10))),
        ([], WITH_LUNCH, at(TUESDAY, time(10))),
    ],
    ids=["twice paused", "overlapping pauses once", "and a lunch break", "paused at lunch", "lunch alone"],
)
def test_eight_hours_from_monday_at_nine_are_over_once_the_pauses_are_made_good(
    still: list[tuple[int, int]], hours: WorkingHours, due: datetime
) -> None:
    paused = [(at(MONDAY, time(since)), at(MONDAY, time(until))) for since, until in still]
    assert due_by_minutes(at(MONDAY, time(9)), 480, hours, paused) == due


def test_goods_ordered_past_the_cut_off_before_songkran_leave_on_friday_and_arrive_on_monday() -> None:
    leaves = leaves_on(at(date(2026, 4, 10), time(16, 30)), 1, time(15), OFFICE_DAYS)
    assert leaves == date(2026, 4, 17)
    assert arrives_on(leaves, 2, CARRIER) == date(2026, 4, 20)


def test_holidays_and_nights_do_not_count() -> None:
    assert due_by_minutes(at(date(2026, 4, 10), time(20)), 1, OFFICE) == at(date(2026, 4, 16), time(9, 1))


def test_a_block_to_the_last_minute_goes_on_to_midnight() -> None:
    always = WorkingHours.of(
        WorkingDays.of("1111111", ()), [(n, time(0), time(23, 59)) for n in range(7)], USUAL
    )
    assert due_by_minutes(at(MONDAY), 48 * 60, always) == at(date(2026, 4, 22))


def test_paused_from_monday_to_wednesday_a_standard_in_working_days_ends_two_days_later() -> None:
    start, paused = at(FRIDAY, time(10)), [(at(MONDAY, time(9)), at(date(2026, 4, 22), time(9)))]
    assert due_by_days(start, 5, Convention.WORKING, None, OFFICE_DAYS) == date(2026, 4, 24)
    assert due_by_days(start, 5, Convention.WORKING, None, OFFICE_DAYS, paused) == date(2026, 4, 28)
    assert due_by_days(start, 5, Convention.CALENDAR, None, OFFICE_DAYS, paused) == date(2026, 4, 24)


def test_a_weekend_paused_moves_no_standard_in_working_days() -> None:
    paused = [(at(date(2026, 4, 18), time(9)), at(date(2026, 4, 19), time(22)))]
    assert due_by_days(at(FRIDAY, time(10)), 2, Convention.WORKING, None, OFFICE_DAYS, paused) == TUESDAY


def test_a_pause_cut_in_two_moves_as_far_as_the_whole() -> None:
    friday, saturday, tuesday = at(FRIDAY, time(9)), at(date(2026, 4, 18), time(10)), at(TUESDAY, time(9))
    for pauses in ([(friday, tuesday)], [(friday, saturday), (saturday, tuesday)]):
        due = due_by_days(at(FRIDAY, time(8)), 2, Convention.WORKING, None, OFFICE_DAYS, pauses)
        assert due == date(2026, 4, 23)


@pytest.mark.parametrize(
    ("due", "asked", "answered", "moved"),
    [
        (date(2026, 5, 22), date(2026, 5, 18), date(2026, 5, 20), date(2026, 5, 26)),
        (date(2026, 5, 29), date(2026, 5, 22), date(2026, 5, 24), date(2026, 6, 1)),
        (date(2026, 5, 22), date(2026, 5, 22), date(2026, 5, 23), date(2026, 5, 25)),
        (date(2026, 5, 22), date(2026, 5, 22), date(2026, 5, 24), date(2026, 5, 25)),
        (date(2026, 5, 25), date(2026, 5, 23), date(2026, 5, 24), date(2026, 5, 25)),
        (date(2026, 5, 29), date(2026, 5, 18), date(2026, 5, 18), date(2026, 5, 29)),
        (date(2026, 5, 22), date(2026, 5, 22), date(2026, 5, 25), date(2026, 5, 25)),
    ],
)
def test_the_wait_for_an_answer_moves_the_due_day_by_working_days(
    due: date, asked: date, answered: date, moved: date
) -> None:
    hours = WorkingHours.of(WorkingDays.of("1111100", ()), (), USUAL)
    paused = (at(asked, time(9)), at(answered, time(16)))
    assert later_by_pause(end_of(due), paused, hours) == end_of(moved)


@given(offices(), moments(), st.integers(0, 5000), st.data())
def test_a_due_time_is_never_before_its_start_and_so_many_minutes_of_work_away(
    hours: WorkingHours, start: datetime, minutes: int, data: st.DataObject
) -> None:
    paused = data.draw(pauses(start))
    due = due_by_minutes(start, minutes, hours, paused)
    assert due >= start
    assert business_minutes(start, due, hours, paused) == minutes


@given(offices(), moments(), st.integers(0, 3000), st.integers(0, 3000), st.data())
def test_more_minutes_and_more_pauses_are_never_due_sooner(
    hours: WorkingHours, start: datetime, minutes: int, more: int, data: st.DataObject
) -> None:
    few, others = data.draw(pauses(start)), data.draw(pauses(start))
    due = due_by_minutes(start, minutes, hours, few)
    assert due_by_minutes(start, minutes + more, hours, few) >= due
    assert due_by_minutes(start, minutes, hours, few + others) >= due


@given(offices(), moments(), st.integers(0, 3000), st.data())
def test_pauses_count_whatever_their_order_and_once_where_they_overlap(
    hours: WorkingHours, start: datetime, minutes: int, data: st.DataObject
) -> None:
    paused = data.draw(pauses(start))
    due = due_by_minutes(start, minutes, hours, paused)
    assert due_by_minutes(start, minutes, hours, paused[::-1]) == due
    assert due_by_minutes(start, minutes, hours, union(paused)) == due
    assert due_by_minutes(start, minutes, hours, paused * 2) == due


@given(offices(), moments(), st.integers(1, 3000))
def test_a_pause_outside_of_working_hours_changes_nothing(
    hours: WorkingHours, start: datetime, minutes: int
) -> None:
    due = due_by_minutes(start, minutes, hours)
    spans = hours.worked_from(start)
    night = (next(spans)[1], next(spans)[0])
    assert due_by_minutes(start, minutes, hours, [night]) == due


@given(offices(), moments(), moments(), st.integers(0, 3000))
def test_what_begins_later_is_never_due_sooner(
    hours: WorkingHours, one: datetime, other: datetime, minutes: int
) -> None:
    first, second = sorted((one, other))
    assert due_by_minutes(first, minutes, hours) <= due_by_minutes(second, minutes, hours)


@given(offices(), moments(), st.integers(1, 40), st.sampled_from(Convention), st.data())
def test_a_pause_never_brings_a_day_forward(
    hours: WorkingHours, start: datetime, count: int, convention: Convention, data: st.DataObject
) -> None:
    few, others = data.draw(pauses(start)), data.draw(pauses(start))
    due = due_by_days(start, count, convention, None, hours.days, few)
    assert due_by_days(start, count, convention, None, hours.days, few + others) >= due


@given(offices(), moments(), st.integers(1, 3000), st.integers(0, 6000), st.integers(0, 8000))
def test_what_was_left_of_a_clock_when_it_stopped_is_left_when_it_runs_on(
    hours: WorkingHours, start: datetime, minutes: int, after: int, length: int
) -> None:
    due = due_by_minutes(start, minutes, hours)
    since = min(start + timedelta(minutes=after), due)
    paused = (since, since + timedelta(minutes=length))
    moved = later_by_pause(due, paused, hours, in_minutes=True)
    assert moved == due_by_minutes(start, minutes, hours, [paused])
    assert business_minutes(paused[1], moved, hours) == business_minutes(since, due, hours)


@given(offices(), moments(), st.integers(1, 30), st.sampled_from(Convention), st.integers(0, 20_000))
def test_days_that_ended_while_the_clock_stood_still_are_made_good(
    hours: WorkingHours, start: datetime, count: int, convention: Convention, length: int
) -> None:
    paused = (start, start + timedelta(minutes=length))
    due = due_by_days(start, count, convention, None, hours.days)
    moved = later_by_pause(end_of(due), paused, hours, convention=convention)
    assert moved == end_of(due_by_days(start, count, convention, None, hours.days, [paused]))
