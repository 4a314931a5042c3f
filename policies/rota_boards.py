"""Who is on duty: by week of a unit, now in every unit, and where nobody is in the days to come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from policies.calendars import closures_between
from policies.clocks import ONE_DAY
from policies.units import DutyShift, ServiceUnit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES
from portal.clock import at, business_day, local
from portal.refusal import Unknown

LOOKED_AHEAD = timedelta(days=7)
SEARCHED = 90
"""Days in which the next opening of a unit is looked for."""
LARGEST_ID = 2**31 - 1
MOST_PEOPLE = 500


@dataclass(frozen=True)
class Day:
    """A day of a unit's week: whether we are closed, and whether the unit works on that weekday."""

    day: date
    closed: bool
    works: bool


@dataclass(frozen=True)
class PersonsWeek:
    """A person with their duties on each of seven days."""

    person: User
    days: tuple[list[DutyShift], ...] = field(default_factory=lambda: tuple([] for _ in range(7)))


@dataclass(frozen=True)
class Week:
    """The rota of one unit and week."""

    monday: date
    days: tuple[Day, ...]
    people: tuple[PersonsWeek, ...]

    @property
    def empty_days(self) -> list[date]:
        """The days on which the unit works and nobody is on duty."""
        return [
            one.day
            for n, one in enumerate(self.days)
            if one.works and not one.closed and not any(person.days[n] for person in self.people)
        ]


def week_of(session: Session, unit: ServiceUnit, monday: date) -> Week:
    """The rota of a unit for the week that begins on `monday`. Two queries."""
    last = monday + LOOKED_AHEAD - ONE_DAY
    closed = closures_between(session, monday, last)
    days = tuple(
        Day(day, day in closed, unit.week[day.weekday()] == "1")
        for day in (monday + ONE_DAY * n for n in range(7))
    )
    query = (
        select(DutyShift)
        .join(DutyShift.person)
        .where(DutyShift.unit_id == unit.id, DutyShift.day.between(monday, last))
        .options(joinedload(DutyShift.person))
        .order_by(User.name, User.id, DutyShift.day, DutyShift.opens)
    )
    people: dict[int, PersonsWeek] = {}
    for shift in session.scalars(query):
        row = people.setdefault(shift.user_id, PersonsWeek(shift.person))
        row.days[(shift.day - monday).days].append(shift)
    return Week(monday, days, tuple(people.values()))


def on_duty_now(
    session: Session, now: datetime, units: Sequence[ServiceUnit] | None = None
) -> dict[int, list[DutyShift]]:
    """The duties that are going on, by unit: of these units or of all. One query; who left us is not on duty."""
    moment = local(now)
    query = (
        select(DutyShift)
        .join(DutyShift.person)
        .where(
            DutyShift.day == moment.date(),
            DutyShift.opens <= moment.time(),
            DutyShift.closes > moment.time(),
            User.active,
        )
        .options(joinedload(DutyShift.person))
        .order_by(DutyShift.closes, User.name)
    )
    if units is not None:
        query = query.where(DutyShift.unit_id.in_([unit.id for unit in units]))
    found: dict[int, list[DutyShift]] = {}
    for shift in session.scalars(query):
        found.setdefault(shift.unit_id, []).append(shift)
    return found


def uncovered(session: Session, units: Sequence[ServiceUnit], now: datetime) -> list[ServiceUnit]:
    """The units in which nobody is on duty in the next seven days, counting today. One query."""
    today = business_day(now)
    query = (
        select(DutyShift.unit_id)
        .join(DutyShift.person)
        .where(DutyShift.day >= today, DutyShift.day < today + LOOKED_AHEAD, User.active)
        .distinct()
    )
    covered = set(session.scalars(query))
    return [unit for unit in units if unit.id not in covered]


def opens_next(session: Session, unit: ServiceUnit, now: datetime) -> datetime | None:
    """When a unit is there again, by its hours and the calendar; None when that is farther away than three months."""
    today = business_day(now)
    closed = closures_between(session, today, today + ONE_DAY * SEARCHED)
    for n in range(SEARCHED):
        day = today + ONE_DAY * n
        opening = at(day, unit.opens)
        if opening > now and day not in closed and unit.week[day.weekday()] == "1":
            return opening
    return None


def eligible(session: Session, shift: DutyShift | None = None) -> list[User]:
    """The people who can be put on duty, by name, and whoever is on this duty."""
    query = select(User).where(User.active, User.role.in_(STAFF_ROLES)).order_by(User.name, User.id)
    people = list(session.scalars(query.limit(MOST_PEOPLE)))
    return people if shift is None or shift.person in people else [shift.person, *people]


def shift_of(session: Session, unit: ServiceUnit, shift_id: int) -> DutyShift:
    """A duty of this unit by its id; else Unknown."""
    query = select(DutyShift).where(DutyShift.id == shift_id, DutyShift.unit_id == unit.id)
    options = (joinedload(DutyShift.person), joinedload(DutyShift.unit))
    found = session.scalars(query.options(*options)).one_or_none() if 0 < shift_id <= LARGEST_ID else None
    if found is None:
        raise Unknown(f"duty {shift_id}")
    return found
