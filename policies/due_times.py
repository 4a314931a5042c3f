"""When a standard is due: by days or by working minutes, on the distributor's calendar, without its pauses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.clocks import (
    Span,
    WorkingDays,
    WorkingHours,
    business_minutes,
    due_by_days,
    due_by_minutes,
    minutes_before,
)
from policies.kinds import Convention
from policies.models import ServiceLevel
from policies.promises import Promise, PromisePause
from portal.clock import business_day, end_of


def due_on(
    level: ServiceLevel, start: datetime, hours: WorkingHours, pauses: Sequence[Span] = ()
) -> datetime:
    """The last moment in time of a standard that counts days or working minutes, for what begins at `start`."""
    if level.minutes is not None:
        return due_by_minutes(start, level.minutes, hours, pauses)
    return due_in_days(level, start, hours.days, pauses)


def due_in_days(
    level: ServiceLevel, start: datetime, days: WorkingDays, pauses: Sequence[Span] = ()
) -> datetime:
    """The end of the last day of a standard that counts days; raises LookupError for one that counts none."""
    if level.days is None:
        raise LookupError(f"service level {level.id} counts no days")
    return end_of(due_by_days(start, level.days, level.counting, level.cut_off, days, pauses))


def settled_by(count: int, start: datetime, days: WorkingDays) -> datetime:
    """The last moment for crediting within so many working days what is owed, counted as any standard is."""
    return end_of(due_by_days(start, count, Convention.WORKING, None, days))


def ahead_of(level: ServiceLevel, due_at: datetime, hours: WorkingHours) -> datetime:
    """Until when something has to be done that a standard promises so long before another time."""
    if level.minutes is not None:
        return minutes_before(due_at, level.minutes, hours)
    if level.days is None:
        raise LookupError(f"service level {level.id} counts no time")
    due = business_day(due_at)
    match level.counting:
        case Convention.WORKING:
            return end_of(hours.days.before(due, level.days))
        case Convention.CALENDAR:
            return end_of(due - timedelta(days=level.days))
        case Convention.CALENDAR_INCLUSIVE:
            return end_of(due - timedelta(days=level.days - 1))


def pauses_of(session: Session, promise_ids: Sequence[int], *, now: datetime) -> dict[int, list[Span]]:
    """The pauses of promises by their ids, as they are at `now`; one query."""
    query = (
        select(PromisePause.promise_id, PromisePause.paused_at, PromisePause.resumed_at)
        .where(PromisePause.promise_id.in_(promise_ids))
        .order_by(PromisePause.id)
    )
    found: dict[int, list[Span]] = {}
    for promise_id, since, until in session.execute(query):
        found.setdefault(promise_id, []).append((since, until or max(now, since)))
    return found


def minutes_left(promise: Promise, hours: WorkingHours, *, now: datetime) -> int:
    """How many working minutes of a promise's clock are left, frozen since it was paused; 0 when it is over."""
    return business_minutes(promise.paused_since or now, promise.due_at, hours)
