"""Which weeks, months and quarters a policy reports on, and when: pure, in days of Bangkok."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from policies.clocks import ONE_DAY, WorkingDays
from policies.kinds import Every
from portal.clock import at
from portal.i18n import day_text, month_text

MONTHS = {Every.MONTH: 1, Every.QUARTER: 3}
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Period:
    """A week from Monday to Sunday, a calendar month, or a quarter, by its first and its last day."""

    every: Every
    first: date
    last: date

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return at(self.first)

    @property
    def until(self) -> datetime:
        """The moment at which it is over."""
        return at(self.last + ONE_DAY)

    def reported_on(self, days: WorkingDays) -> date:
        """The first working day after it ended."""
        return days.first_from(self.last + ONE_DAY)

    def back(self, count: int) -> "Period":
        """The period so many before."""
        found = self
        for _n in range(count):
            found = period_with(self.every, found.first - ONE_DAY)
        return found

    def ending_here(self, count: int) -> list["Period"]:
        """So many periods in a row, this one the last."""
        return [self.back(n) for n in reversed(range(count))]

    def judges(self, every: Every) -> "Period":
        """The last whole week, month or quarter that was over when this period was; itself, if it is one."""
        found = period_with(every, self.last)
        return found if found.last == self.last else found.back(1)

    @property
    def text(self) -> str:
        """The period as people write it, in the language being spoken."""
        if self.every is Every.WEEK:
            return f"{day_text(self.first)} – {day_text(self.last)}"
        if self.every is Every.MONTH:
            return month_text(self.first)
        return f"{month_text(self.first)} – {month_text(self.last)}"

    @property
    def short(self) -> str:
        """The same for the axis of a chart: a week by its Monday, a quarter by its first month."""
        return day_text(self.first, weekday=False) if self.every is Every.WEEK else month_text(self.first)


@dataclass(frozen=True)
class Schedule:
    """How often one published version has reports made, from the day on which it holds; None for not at all."""

    version_id: int
    valid_from: date
    every: Every | None


@dataclass(frozen=True)
class Due:
    """A period that is to be reported on, by the version that held on its last day."""

    period: Period
    version_id: int


def period_with(every: Every, day: date) -> Period:
    """The period in which a day lies."""
    if every is Every.WEEK:
        monday = day - day.weekday() * ONE_DAY
        return Period(every, monday, monday + A_WEEK - ONE_DAY)
    months = MONTHS[every]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(every, first, months_on(first, months) - ONE_DAY)


def due_periods(versions: Iterable[Schedule], today: date, days: WorkingDays) -> list[Due]:
    """The periods that a policy's published versions want reported by today, the oldest first.

    The first is the first whole one after reports are made so often: a week, month or quarter that began before, or in
    which another version changes how often, is not reported on. A version that leaves the schedule as it was does not
    interrupt it.
    """
    found: list[Due] = []
    for stretch, until in _stretches(sorted(versions, key=lambda one: one.valid_from)):
        every = stretch[0].every
        if every is None:
            continue
        for period in _whole(every, stretch[0].valid_from):
            if period.reported_on(days) > today or (until is not None and period.last >= until):
                break
            held = [one for one in stretch if one.valid_from <= period.last][-1]
            found.append(Due(period, held.version_id))
    return sorted(found, key=lambda due: due.period.first)


def _stretches(versions: Sequence[Schedule]) -> Iterator[tuple[list[Schedule], date | None]]:
    """Versions in a row that report alike, and the day from which it is otherwise; None for the last."""
    stretch: list[Schedule] = []
    for version in versions:
        if stretch and version.every != stretch[-1].every:
            yield stretch, version.valid_from
            stretch = []
        stretch.append(version)
    if stretch:
        yield stretch, None


def _whole(every: Every, since: date) -> Iterator[Period]:
    """The whole periods from a day on, without end."""
    period = period_with(every, since)
    if period.first < since:
        period = period_with(every, period.last + ONE_DAY)
    while True:
        yield period
        period = period_with(every, period.last + ONE_DAY)


def months_on(first: date, count: int) -> date:
    """The first day of the month so many months after the one that begins then."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
