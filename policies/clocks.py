"""How days and working minutes are counted: pure functions of a calendar, an instant and a convention."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from policies.kinds import Convention
from portal.clock import at, business_day, local

ONE_DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MIDNIGHT_TO_COME = time(23, 59)
"""A block that closes then goes on to midnight, which no wall clock shows as the end of a day."""

Span = tuple[datetime, datetime]
"""A time from one instant up to another."""
Hours = tuple[tuple[time, time], ...]
"""The blocks of one day, in order."""


@dataclass(frozen=True)
class WorkingDays:
    """A working week and the days on which it is interrupted."""

    weekdays: frozenset[int]
    closed: frozenset[date]

    @classmethod
    def of(cls, week: str, closed: Iterable[date]) -> "WorkingDays":
        """From seven digits beginning on Monday, 1 for a working day, and the closed days."""
        return cls(frozenset(day for day, digit in enumerate(week) if digit == "1"), frozenset(closed))

    def works(self, day: date) -> bool:
        """Whether anybody works that day."""
        return day.weekday() in self.weekdays and day not in self.closed

    def first_from(self, day: date) -> date:
        """`day` itself if it is a working day, else the next one."""
        while not self.works(day):
            day += ONE_DAY
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; zero gives the first working day from `day` on."""
        if count == 0:
            return self.first_from(day)
        for _ in range(count):
            day = self.first_from(day + ONE_DAY)
        return day

    def before(self, day: date, count: int) -> date:
        """The `count`-th working day before `day`."""
        for _ in range(count):
            day -= ONE_DAY
            while not self.works(day):
                day -= ONE_DAY
        return day

    def last_until(self, day: date) -> date:
        """`day` itself if it is a working day, else the one before."""
        while not self.works(day):
            day -= ONE_DAY
        return day

    def count_between(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to and with `last`."""
        return sum(self.works(first + ONE_DAY * n) for n in range(1, (last - first).days + 1))

    def closures_between(self, first: date, last: date) -> list[date]:
        """Closed days within the span that would otherwise have been working days."""
        return sorted(day for day in self.closed if first <= day <= last and day.weekday() in self.weekdays)


@dataclass(frozen=True)
class WorkingHours:
    """The working days of a place and the blocks of hours, in Bangkok, in which it works on each weekday from Monday.

    A working day without blocks of its own has the usual hours.
    """

    days: WorkingDays
    blocks: tuple[Hours, ...]
    _known: dict[date, tuple[Span, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, days: WorkingDays, blocks: Iterable[tuple[int, time, time]], usual: Hours) -> "WorkingHours":
        """From blocks as (weekday, opens, closes); blocks that touch or overlap are one."""
        found: list[list[tuple[time, time]]] = [[] for _ in range(7)]
        for weekday, opens, closes in sorted(blocks):
            day = found[weekday]
            if day and opens <= day[-1][1]:
                day[-1] = (day[-1][0], max(day[-1][1], closes))
            else:
                day.append((opens, closes))
        return cls(days, tuple(tuple(day) or usual for day in found))

    def on(self, day: date) -> tuple[Span, ...]:
        """The instants from and to which somebody works on a day."""
        known = self._known.get(day)
        if known is None:
            blocks = self.blocks[day.weekday()] if self.days.works(day) else ()
            known = self._known[day] = tuple(
                (at(day, opens), _closing(day, closes)) for opens, closes in blocks
            )
        return known

    def worked_from(self, start: datetime, pauses: Sequence[Span] = ()) -> Iterator[Span]:
        """The spans, without end, in which somebody works and the clock is not paused, from an instant on."""
        still = union(pauses)
        day = business_day(start)
        while True:
            for opens, closes in self.on(day):
                if closes > start:
                    yield from _without((max(opens, start), closes), still)
            day += ONE_DAY


def union(pauses: Iterable[Span]) -> list[Span]:
    """The times that any of these cover, in order; what overlaps is one."""
    found: list[Span] = []
    for since, until in sorted(pauses):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif since < until:
            found.append((since, until))
    return found


def due_by_minutes(
    start: datetime, minutes: int, hours: WorkingHours, pauses: Sequence[Span] = ()
) -> datetime:
    """The instant at which so many working minutes are over, counted from `start`; pauses do not count.

    Monday to Friday from 9 to 17: one hour from Friday 16:30 is over on Monday at 9:30.
    """
    return due_after(start, minutes * MINUTE, hours, pauses)


def minutes_before(due_at: datetime, minutes: int, hours: WorkingHours) -> datetime:
    """The last instant from which so many working minutes are left up to a time."""
    left, day = minutes * MINUTE, business_day(due_at)
    while True:
        for opens, ends in reversed(hours.on(day)):
            closes = min(ends, due_at)
            if closes - opens >= left:
                return closes - left
            left -= max(closes - opens, timedelta(0))
        day -= ONE_DAY


def business_minutes(
    since: datetime, until: datetime, hours: WorkingHours, pauses: Sequence[Span] = ()
) -> int:
    """How many whole working minutes lie between two instants, without pauses; 0 when `until` comes first."""
    return work_within((since, until), hours, pauses) // MINUTE


def due_by_days(
    start: datetime,
    count: int,
    convention: Convention,
    cut_off: time | None,
    days: WorkingDays,
    pauses: Sequence[Span] = (),
) -> date:
    """The last day of a standard of `count` days from `start`, as many days later as ended while it was paused.

    Working days count working days only, there too. Paused from Monday to Wednesday: two days later.
    """
    due = due_day(day_counted_from(start, convention, cut_off, days), count, convention, days)
    return later_by_days(due, pauses, convention, days)


def later_by_days(due: date, pauses: Iterable[Span], convention: Convention, days: WorkingDays) -> date:
    """The day that leaves as many days when the pauses are over as `due` left when they began, that day included.

    Working days: paused on Friday and resumed on Saturday, what was due on Friday is due on Monday.
    """
    working = convention is Convention.WORKING
    waited = sum(1 for day in _days_ended(pauses) if not working or days.works(day))
    if not waited:
        return due
    return days.after(due, waited) if working else due + waited * ONE_DAY


def leaves_on(ordered_at: datetime, handling_days: int, cut_off: time | None, warehouse: WorkingDays) -> date:
    """The day on which goods leave a warehouse: so many of its working days after the one the order counts from."""
    counted = day_counted_from(ordered_at, Convention.WORKING, cut_off, warehouse)
    return warehouse.after(counted, handling_days)


def arrives_on(leaves: date, transit_days: int, carrier: WorkingDays) -> date:
    """The day on which goods arrive that leave on one day: so many of the carrier's working days later."""
    return carrier.after(leaves, transit_days)


def day_counted_from(
    ordered_at: datetime, convention: Convention, cut_off: time | None, days: WorkingDays
) -> date:
    """The order day as the convention sees it.

    Calendar conventions take the date in Bangkok. `working` takes the first working day on which the order came in by
    the cut-off time: an order after it, or on a closed day, counts as of the next working day.
    """
    moment = local(ordered_at)
    if convention is not Convention.WORKING:
        return moment.date()
    if days.works(moment.date()) and cut_off is not None and moment.time() > cut_off:
        return days.after(moment.date(), 1)
    return days.first_from(moment.date())


def due_day(start: date, count: int, convention: Convention, days: WorkingDays) -> date:
    """The last day of a lead time of `count` days counted from `start`.

    `calendar_inclusive`: the start is day 1 (1 June, 30 days: 30 June). `calendar`: the day after is day 1 (1 July).
    `working`: the working day after is day 1.
    """
    match convention:
        case Convention.CALENDAR_INCLUSIVE:
            return start + timedelta(days=count - 1)
        case Convention.CALENDAR:
            return start + timedelta(days=count)
        case Convention.WORKING:
            return days.after(start, count)


def due_after(start: datetime, left: timedelta, hours: WorkingHours, pauses: Sequence[Span] = ()) -> datetime:
    """The instant at which so much work is done that begins at `start`."""
    if left <= timedelta(0):
        return start
    spans = hours.worked_from(start, pauses)
    opens, closes = next(spans)
    while closes - opens < left:
        left -= closes - opens
        opens, closes = next(spans)
    return opens + left


def work_within(span: Span, hours: WorkingHours, pauses: Sequence[Span] = ()) -> timedelta:
    """How much work there is within a span and outside of the pauses."""
    since, until = span
    worked = timedelta(0)
    if until <= since:
        return worked
    for opens, closes in hours.worked_from(since, pauses):
        if opens >= until:
            break
        worked += min(closes, until) - opens
    return worked


def _closing(day: date, closes: time) -> datetime:
    return at(day + ONE_DAY) if closes >= MIDNIGHT_TO_COME else at(day, closes)


def _without(span: Span, pauses: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span outside of the pauses, which come in order and apart."""
    opens, closes = span
    for since, until in pauses:
        if until <= opens:
            continue
        if since >= closes:
            break
        if since > opens:
            yield opens, since
        opens = until
        if opens >= closes:
            return
    if opens < closes:
        yield opens, closes


def _days_ended(pauses: Iterable[Span]) -> set[date]:
    """The days that ended within a pause: nothing of them is left when it is over."""
    return {
        date.fromordinal(n)
        for since, until in pauses
        for n in range(business_day(since).toordinal(), business_day(until).toordinal())
    }
