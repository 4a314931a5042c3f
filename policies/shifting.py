"""How due times move when a clock stood still, and when the calendar they were counted on changes; pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from policies.clocks import (
    ONE_DAY,
    Span,
    WorkingDays,
    WorkingHours,
    due_after,
    later_by_days,
    work_within,
)
from policies.kinds import Convention
from portal.clock import business_day


def later_by_pause(
    due_at: datetime,
    pause: Span,
    hours: WorkingHours,
    *,
    in_minutes: bool = False,
    convention: Convention | None = None,
) -> datetime:
    """When something is due after one more pause: later by the work that it covers, so that as much is left as was.

    Counted `in_minutes` by the working time paused, else by the days that ended in it; all of them for a standard in
    calendar days, working days for any other.
    """
    if in_minutes:
        if pause[0] >= due_at:
            return due_at  # nothing was left
        return due_after(due_at, work_within(pause, hours), hours)
    due = business_day(due_at)
    return due_at + (later_by_days(due, [pause], convention or Convention.WORKING, hours.days) - due)


def later_in_minutes(now: datetime, due_at: datetime, before: WorkingHours, after: WorkingHours) -> datetime:
    """When something promised in working minutes is due once the hours change: what is left now is left then.

    Never earlier than it is due already.
    """
    return max(due_at, due_after(now, work_within((now, due_at), before), after))


@dataclass
class Postponed:
    """How far days move when working days change from `before` to `after`; each pair of days is counted once."""

    before: WorkingDays
    after: WorkingDays
    _known: dict[tuple[date, date], date] = field(default_factory=dict)

    def later(self, first: date, due: date) -> date:
        """The day that ends as many working days from `first` on as there were up to `due`; never an earlier one."""
        if (first, due) not in self._known:
            eve = first - ONE_DAY
            count = self.before.count_between(eve, due)
            self._known[first, due] = max(due, self.after.after(eve, count) if count else due)
        return self._known[first, due]
