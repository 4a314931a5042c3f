"""Worked examples of a lead time, counted by the same functions that count for orders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from policies.clocks import WorkingDays, day_counted_from, due_day
from policies.kinds import Convention
from policies.terms import Clause
from policies.tolerating import clause_tolerance, judged_day
from policies.working_weeks import BusinessCalendar, Closure
from portal.clock import at

MORNING = time(10, 0)
PAST_CUT_OFF = timedelta(minutes=90)
WEEKS_SEARCHED = 13
FRIDAY = 4


@dataclass(frozen=True)
class ClosedDay:
    """A day that an example leaves out, and why."""

    day: date
    name_th: str
    name_en: str


@dataclass(frozen=True)
class Example:
    """One imagined order: when it is placed, the day it counts from, the days left out, the last day in time."""

    ordered_at: datetime
    counted_from: date
    due: date
    late_for_the_day: bool
    left_out: tuple[ClosedDay, ...]
    judged_until: date | None = None
    """The last day judged as kept, where that is later."""


def examples_for(lead_time: Clause, calendar: BusinessCalendar, since: date) -> tuple[Example, ...]:
    """How a lead time counts, for orders of one Friday from `since` on.

    The Friday is the first whose count crosses a closed day in the next quarter, else the very first. Where a cut-off
    time holds there are two orders, before and after it.
    """
    closures = calendar.closures
    days = WorkingDays.of(calendar.week, (closure.day for closure in closures))
    fridays = [day for day in _fridays(since) if days.works(day)] or [since]
    chosen = next(
        (sample for day in fridays if (sample := _on(day, lead_time, days, closures))[0].left_out), None
    )
    return chosen or _on(fridays[0], lead_time, days, closures)


def _on(day: date, lead_time: Clause, days: WorkingDays, closures: Iterable[Closure]) -> tuple[Example, ...]:
    hours = [MORNING]
    if lead_time.convention is Convention.WORKING and lead_time.cut_off:
        earlier = time(lead_time.cut_off.hour // 2, 0) if lead_time.cut_off <= MORNING else MORNING
        hours = [earlier, _after(lead_time.cut_off)]
    return tuple(_count(at(day, hour), lead_time, days, closures) for hour in hours)


def _count(
    ordered_at: datetime, lead_time: Clause, days: WorkingDays, closures: Iterable[Closure]
) -> Example:
    start = day_counted_from(ordered_at, lead_time.convention, lead_time.cut_off, days)
    due = due_day(start, lead_time.days or 0, lead_time.convention, days)
    placed = day_counted_from(ordered_at, Convention.CALENDAR, None, days)
    left_out: tuple[ClosedDay, ...] = ()
    if lead_time.convention is Convention.WORKING:
        crossed = set(days.closures_between(placed, due))
        named = [ClosedDay(c.day, c.name_th, c.name_en) for c in closures if c.day in crossed]
        left_out = tuple(sorted(named, key=lambda closed: closed.day))
    tolerance = clause_tolerance(lead_time)
    until = judged_day(due, tolerance, days) if tolerance else None
    return Example(ordered_at, start, due, start != placed, left_out, until)


def _fridays(since: date) -> Iterator[date]:
    first = since + timedelta(days=(FRIDAY - since.weekday()) % 7)
    return (first + timedelta(weeks=week) for week in range(WEEKS_SEARCHED))


def _after(cut_off: time) -> time:
    late = datetime.combine(date.min, cut_off) + PAST_CUT_OFF
    return late.time() if late.date() == date.min else time(23, 59)
