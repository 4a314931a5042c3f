"""What comes a little late may still be judged as kept: the tolerance of a standard, in the unit of its clock.

The time that is promised and shown stays; only `judged_until` says until when a promise counts as kept: for the act
that fulfils it, for the checks, and for what is judged as it is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from policies.clocks import ONE_DAY, WorkingDays, WorkingHours, due_by_minutes
from policies.kinds import Convention
from policies.models import ServiceLevel
from policies.places import working_hours
from policies.promises import Promise
from policies.terms import Clause
from portal.clock import business_day, end_of

A_TICK = timedelta(microseconds=1)
"""The finest time that is told apart."""
Bounds = Mapping[datetime, Sequence[int]]
"""For each time the levels of which it is late by now what was due before it; of all others what was due before now."""


@dataclass(frozen=True)
class Tolerance:
    """So many days by a convention, or, without one, so many minutes of business time."""

    count: int
    convention: Convention | None


def tolerance_of(level: ServiceLevel) -> Tolerance | None:
    """How much later than its due time what a level promises still counts as kept; None for not at all."""
    if not level.tolerance:
        return None
    return Tolerance(level.tolerance, None if level.minutes is not None else level.counting)


def clause_tolerance(clause: Clause) -> Tolerance | None:
    """The same as a clause says it."""
    if not clause.tolerance:
        return None
    return Tolerance(clause.tolerance, None if clause.minutes is not None else clause.convention)


def judged_day(due: date, tolerance: Tolerance, days: WorkingDays) -> date:
    """The last day on which what was due on a day counts as kept; working days are those after the due day."""
    if tolerance.convention is Convention.WORKING:
        return days.after(due, tolerance.count)
    return due + tolerance.count * ONE_DAY


def judged_until(due_at: datetime, tolerance: Tolerance | None, hours: WorkingHours) -> datetime:
    """Until when something that is due at a time counts as kept; never before the time itself.

    Monday to Friday from 9 to 17: due on Friday at 16:45 with 30 minutes, until Monday 9:15.
    """
    if tolerance is None:
        return due_at
    if tolerance.convention is None:
        return due_by_minutes(due_at, tolerance.count, hours)
    return max(due_at, end_of(judged_day(business_day(due_at), tolerance, hours.days)))


def late_before(now: datetime, tolerance: Tolerance | None, hours: WorkingHours) -> datetime:
    """The time of which holds: exactly what was due before it counts as kept no longer.

    It is found by asking `judged_until`, which never falls: the later something is due, the later it is judged.
    """
    step = ONE_DAY
    late, kept = now - step, now
    while judged_until(late, tolerance, hours) >= now:
        step *= 2
        kept, late = late, late - step
    while kept - late > A_TICK:
        middle = late + (kept - late) // 2
        if judged_until(middle, tolerance, hours) < now:
            late = middle
        else:
            kept = middle
    return kept


def late_bounds(session: Session, now: datetime) -> Bounds:
    """The bounds of all levels with a tolerance as they are now; one query while there is none, else three."""
    by_tolerance: dict[Tolerance, list[int]] = {}
    for level in session.scalars(
        select(ServiceLevel).where(ServiceLevel.tolerance > 0).order_by(ServiceLevel.id)
    ):
        tolerance = tolerance_of(level)
        if tolerance is not None:
            by_tolerance.setdefault(tolerance, []).append(level.id)
    if not by_tolerance:
        return {}
    hours, found = working_hours(session), dict[datetime, list[int]]()
    for tolerance, ids in by_tolerance.items():
        found.setdefault(late_before(now, tolerance, hours), []).extend(ids)
    return found


def late_by(now: ColumnElement[datetime] | datetime, bounds: Bounds) -> ColumnElement[bool]:
    """Whether a promise that is not done counts as kept no longer, as the database is asked it."""
    past = Promise.due_at < now
    if not bounds:
        return past
    tolerated = case(
        *((Promise.service_level_id.in_(ids), bound) for bound, ids in bounds.items()), else_=now
    )
    return past & (Promise.due_at < tolerated)


def tolerated(session: Session, done: Iterable[tuple[Promise, datetime]]) -> dict[int, datetime]:
    """Until when those of these promises that were done late count as kept after all, by id, as their levels say."""
    late = [(promise, done_at) for promise, done_at in done if done_at > promise.due_at]
    levels = (
        {
            level.id: level
            for level in session.scalars(
                select(ServiceLevel).where(
                    ServiceLevel.id.in_({promise.service_level_id for promise, _done_at in late}),
                    ServiceLevel.tolerance > 0,
                )
            )
        }
        if late
        else {}
    )
    late = [one for one in late if one[0].service_level_id in levels]
    if not late:
        return {}
    hours = working_hours(session, business_day(min(promise.due_at for promise, _done_at in late)))
    found = {}
    for promise, done_at in late:
        until = judged_until(promise.due_at, tolerance_of(levels[promise.service_level_id or 0]), hours)
        if done_at <= until:
            found[promise.id] = until
    return found
