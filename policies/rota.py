"""The duty rota: managers put people on duty for a unit; nobody is on duty in two places at once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from policies.calendars import closed_on
from policies.units import DutyShift, ServiceUnit
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, name_of
from portal.refusal import Refused

FARTHEST = timedelta(days=366)


class Verb(StrEnum):
    """Acts on the duty rota, for the audit trail."""

    ADDED = "duty.added"
    CHANGED = "duty.changed"
    REMOVED = "duty.removed"
    COPIED = "duty.copied"
    FILLED = "duty.filled"


@dataclass(frozen=True)
class Duty:
    """Who is on duty on which day, from when until when by the clocks of Bangkok."""

    person: User
    day: date
    opens: time
    closes: time

    def as_facts(self) -> dict[str, Any]:
        """The facts as the audit trail keeps them."""
        hours = {"opens": f"{self.opens:%H:%M}", "closes": f"{self.closes:%H:%M}"}
        return {"person": self.person.name, "day": str(self.day)} | hours


def put_on_duty(session: Session, unit: ServiceUnit, duty: Duty, *, by: User, now: datetime) -> DutyShift:
    """Somebody is on duty for a unit for some hours of a day.

    Refused outside of the unit's days and hours, on a closed or past day, for anybody who does not work for us, and
    while they are on duty elsewhere.
    """
    unit = locked_unit(session, unit)
    lock(session, User, [duty.person.id])
    _check(session, unit, duty, now=now)
    shift = DutyShift(unit=unit, person=duty.person, day=duty.day, opens=duty.opens, closes=duty.closes)
    session.add(shift)
    session.flush()
    audit.record(session, Verb.ADDED, "service_unit", unit.code, by=by, now=now, after=duty.as_facts())
    return shift


def change_duty(session: Session, shift: DutyShift, duty: Duty, *, by: User, now: datetime) -> None:
    """Another person, day or other hours; refused as a new duty would be, and once its day is past."""
    unit = locked_unit(session, shift.unit)
    lock(session, User, [shift.user_id, duty.person.id])
    found = _locked(session, shift)
    _refuse_past(found, now)
    before = facts_of(found)
    if before == duty:
        return
    _check(session, unit, duty, besides=found, now=now)
    found.person, found.day, found.opens, found.closes = duty.person, duty.day, duty.opens, duty.closes
    session.flush()
    audit.record(
        session,
        Verb.CHANGED,
        "service_unit",
        unit.code,
        by=by,
        now=now,
        before=before.as_facts(),
        after=duty.as_facts(),
    )


def remove_duty(session: Session, shift: DutyShift, *, by: User, now: datetime) -> None:
    """Nobody is on duty then; refused once its day is past, which stays on record."""
    unit = locked_unit(session, shift.unit)
    found = _locked(session, shift)
    _refuse_past(found, now)
    before = facts_of(found)
    session.delete(found)
    session.flush()
    audit.record(session, Verb.REMOVED, "service_unit", unit.code, by=by, now=now, before=before.as_facts())


def facts_of(shift: DutyShift) -> Duty:
    """A duty as plain values."""
    return Duty(shift.person, shift.day, shift.opens, shift.closes)


def locked_unit(session: Session, unit: ServiceUnit) -> ServiceUnit:
    """The unit, locked; refused when it was closed in the meantime."""
    for found in lock(session, ServiceUnit, [unit.id]):
        if not found.closed:
            return found
    raise Refused(N_("This unit was taken out of the directory in the meantime."))


def refuse_outsider(person: User) -> None:
    """Refuse whoever does not work for us, or not any more."""
    if not person.active or person.role not in STAFF_ROLES:
        raise Refused(N_("%(name)s cannot be put on duty."), field="person", name=person.name)


def refuse_bad_hours(unit: ServiceUnit, opens: time, closes: time) -> None:
    """Refuse hours that end before they begin, and those outside of the unit's own."""
    if opens >= closes:
        raise Refused(N_("The duty begins before it ends."), field="closes")
    shown = {"opens": f"{unit.opens:%H:%M}", "closes": f"{unit.closes:%H:%M}"}
    if opens < unit.opens:
        raise Refused(N_("The unit is there from %(opens)s to %(closes)s."), field="opens", **shown)
    if closes > unit.closes:
        raise Refused(N_("The unit is there from %(opens)s to %(closes)s."), field="closes", **shown)


def _check(
    session: Session, unit: ServiceUnit, duty: Duty, *, besides: DutyShift | None = None, now: datetime
) -> None:
    refuse_outsider(duty.person)
    today = business_day(now)
    if duty.day < today:
        raise Refused(N_("A past day stays as it was."), field="day")
    if duty.day - today > FARTHEST:
        raise Refused(N_("That day is more than a year away. Please check the year."), field="day")
    refuse_bad_hours(unit, duty.opens, duty.closes)
    if unit.week[duty.day.weekday()] != "1":
        raise Refused(N_("The unit does not work on that weekday."), field="day")
    if closed_on(session, duty.day):
        raise Refused(N_("We are closed on that day."), field="day")
    other = _elsewhere(session, duty, besides)
    if other is not None:
        raise Refused(
            N_("%(name)s is on duty for %(unit)s from %(opens)s to %(closes)s on that day."),
            field="person",
            name=duty.person.name,
            unit=name_of(other.unit),
            opens=f"{other.opens:%H:%M}",
            closes=f"{other.closes:%H:%M}",
        )


def _elsewhere(session: Session, duty: Duty, besides: DutyShift | None) -> DutyShift | None:
    """Another duty of the same person in the same hours, if any."""
    query = select(DutyShift).where(
        DutyShift.user_id == duty.person.id,
        DutyShift.day == duty.day,
        DutyShift.opens < duty.closes,
        DutyShift.closes > duty.opens,
    )
    if besides is not None:
        query = query.where(DutyShift.id != besides.id)
    query = query.options(joinedload(DutyShift.unit)).order_by(DutyShift.opens).limit(1)
    return session.scalars(query).one_or_none()


def _locked(session: Session, shift: DutyShift) -> DutyShift:
    for found in lock(session, DutyShift, [shift.id]):
        return found
    raise Refused(N_("This duty was taken away in the meantime."))


def _refuse_past(shift: DutyShift, now: datetime) -> None:
    if shift.day < business_day(now):
        raise Refused(N_("A past day stays as it was."), field="day")
