"""How days are counted: pure functions of a calendar, an instant and a convention."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from policies.kinds import Convention
from portal.clock import local

ONE_DAY = timedelta(days=1)


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

    def count_between(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to and with `last`."""
        return sum(self.works(first + ONE_DAY * n) for n in range(1, (last - first).days + 1))

    def closures_between(self, first: date, last: date) -> list[date]:
        """Closed days within the span that would otherwise have been working days."""
        return sorted(day for day in self.closed if first <= day <= last and day.weekday() in self.weekdays)


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


def days_late(due: datetime, done: datetime) -> int:
    """How many days after its due day something was done, in Bangkok; 0 when in time."""
    return max(0, (local(done).date() - local(due).date()).days)
