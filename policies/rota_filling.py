"""The duty rota of many weeks at once: a week copied to the next ones, or a pattern that repeats."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from policies.calendars import closures_between
from policies.clocks import ONE_DAY
from policies.rota import Duty, Verb, locked_unit, refuse_bad_hours, refuse_outsider
from policies.units import DutyShift, ServiceUnit
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

WEEK = timedelta(days=7)
MOST_WEEKS = 26


class Skipped(StrEnum):
    """Why somebody was not put on duty on a day."""

    CLOSED = "closed"
    BUSY = "busy"
    AWAY = "away"
    OUTSIDE = "outside"


SKIPPED_TITLES = {
    Skipped.CLOSED: N_("we are closed"),
    Skipped.BUSY: N_("on duty already"),
    Skipped.AWAY: N_("does not work here any more"),
    Skipped.OUTSIDE: N_("outside of the unit’s days and hours"),
}


@dataclass(frozen=True)
class Skip:
    """A day on which a person was not put on duty, and why."""

    day: date
    person: User
    why: Skipped


@dataclass(frozen=True)
class Filled:
    """How many duties were entered, and which were left out."""

    entered: int
    skipped: tuple[Skip, ...]


@dataclass(frozen=True)
class Pattern:
    """A person's duty on the same weekdays (Monday is 0) at the same hours, for some weeks from that of a day."""

    person: User
    weekdays: frozenset[int]
    opens: time
    closes: time
    first: date
    weeks: int


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - ONE_DAY * day.weekday()


def copy_week(
    session: Session, unit: ServiceUnit, monday: date, weeks: int, *, by: User, now: datetime
) -> Filled:
    """The duties of the week that begins on `monday`, entered for each of the next `weeks` weeks as well.

    Closed days, past days, hours outside of the unit's own and those in which somebody is on duty already are left out.
    Refused when the week is empty.
    """
    _refuse_weeks(weeks)
    monday = monday_of(monday)
    unit = locked_unit(session, unit)
    query = select(DutyShift).where(
        DutyShift.unit_id == unit.id, DutyShift.day >= monday, DutyShift.day < monday + WEEK
    )
    shifts = session.scalars(
        query.options(joinedload(DutyShift.person)).order_by(DutyShift.day, DutyShift.opens)
    )
    given = [Duty(one.person, one.day, one.opens, one.closes) for one in shifts]
    if not given:
        raise Refused(N_("Nobody is on duty in that week, so there is nothing to copy."), field="weeks")
    wanted = [
        Duty(one.person, one.day + WEEK * n, one.opens, one.closes)
        for n in range(1, weeks + 1)
        for one in given
    ]
    filled = _enter(session, unit, wanted, now=now)
    after = {"first": str(monday + WEEK), "last": str(monday + WEEK * (weeks + 1) - ONE_DAY)}
    after |= {"count": str(filled.entered)}
    audit.record(session, Verb.COPIED, "service_unit", unit.code, by=by, now=now, after=after)
    return filled


def fill(session: Session, unit: ServiceUnit, pattern: Pattern, *, by: User, now: datetime) -> Filled:
    """A person's repeating duty, from the pattern's first day on for its number of weeks.

    Days on which we are closed or the person is on duty already are left out. Refused without a weekday of the unit's,
    at hours outside of its own, and when it would begin in the past.
    """
    refuse_outsider(pattern.person)
    today = business_day(now)
    if pattern.first < today:
        raise Refused(N_("The rota cannot begin in the past."), field="first")
    if pattern.first - today > WEEK * MOST_WEEKS:
        raise Refused(N_("That day is more than half a year away. Please check the year."), field="first")
    _refuse_weeks(pattern.weeks)
    unit = locked_unit(session, unit)
    if not pattern.weekdays:
        raise Refused(N_("Choose at least one weekday."), field="weekdays")
    if any(unit.week[weekday] != "1" for weekday in pattern.weekdays):
        raise Refused(N_("The unit does not work on that weekday."), field="weekdays")
    refuse_bad_hours(unit, pattern.opens, pattern.closes)
    days = (pattern.first + ONE_DAY * n for n in range(7 * pattern.weeks))
    wanted = [
        Duty(pattern.person, day, pattern.opens, pattern.closes)
        for day in days
        if day.weekday() in pattern.weekdays
    ]
    filled = _enter(session, unit, wanted, now=now)
    after = Duty(pattern.person, pattern.first, pattern.opens, pattern.closes).as_facts()
    after |= {"last": str(wanted[-1].day), "count": str(filled.entered)}
    audit.record(session, Verb.FILLED, "service_unit", unit.code, by=by, now=now, after=after)
    return filled


def _enter(session: Session, unit: ServiceUnit, wanted: Sequence[Duty], *, now: datetime) -> Filled:
    """Put each on duty who is free and whose day is not closed. The same few questions for one week and for many."""
    people = {duty.person.id: duty.person for duty in wanted}
    lock(session, User, people)
    today = business_day(now)
    first, last = min(duty.day for duty in wanted), max(duty.day for duty in wanted)
    closed = closures_between(session, first, last)
    busy = _busy(session, people, first, last)
    entered, skipped = list[DutyShift](), list[Skip]()
    for duty in wanted:
        if duty.day < today:
            continue
        hours = busy[duty.person.id, duty.day]
        why = None
        if duty.day in closed:
            why = Skipped.CLOSED
        elif not _within_hours(unit, duty):
            why = Skipped.OUTSIDE
        elif not duty.person.active:
            why = Skipped.AWAY
        elif any(opens < duty.closes and closes > duty.opens for opens, closes in hours):
            why = Skipped.BUSY
        if why is not None:
            skipped.append(Skip(duty.day, duty.person, why))
            continue
        hours.append((duty.opens, duty.closes))
        entered.append(
            DutyShift(unit=unit, person=duty.person, day=duty.day, opens=duty.opens, closes=duty.closes)
        )
    session.add_all(entered)
    session.flush()
    return Filled(len(entered), tuple(skipped))


def _within_hours(unit: ServiceUnit, duty: Duty) -> bool:
    """Whether the unit works at the time of a duty, by the week and hours that it has now."""
    works = unit.week[duty.day.weekday()] == "1"
    return works and unit.opens <= duty.opens and duty.closes <= unit.closes


def _busy(
    session: Session, people: Iterable[int], first: date, last: date
) -> defaultdict[tuple[int, date], list[tuple[time, time]]]:
    """The hours in which these people are on duty anywhere, by person and day."""
    found = defaultdict[tuple[int, date], list[tuple[time, time]]](list)
    query = select(DutyShift.user_id, DutyShift.day, DutyShift.opens, DutyShift.closes)
    for user_id, day, opens, closes in session.execute(
        query.where(DutyShift.user_id.in_(list(people)), DutyShift.day.between(first, last))
    ):
        found[user_id, day].append((opens, closes))
    return found


def _refuse_weeks(weeks: int) -> None:
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused(
            N_("The rota is filled for 1 to %(most)s weeks at once."), field="weeks", most=MOST_WEEKS
        )
