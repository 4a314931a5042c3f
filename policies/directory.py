"""The service directory: which unit answers for what, whether it is on duty now, and how managers keep it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from policies.calendars import closed_on
from policies.units import DutyShift, Matter, ServiceMatter, ServiceUnit
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES, Role
from portal.clock import business_day, local
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.refusal import Refused

LONGEST_ESCALATION = 60
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")


class Verb(StrEnum):
    """Acts on the service directory, for the audit trail."""

    OPENED = "service_unit.opened"
    CHANGED = "service_unit.changed"
    CLOSED = "service_unit.closed"
    ASSIGNED = "service_unit.assigned"


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit: its names, how it is reached, its hours, when an unanswered case goes to whom.

    `week` has one digit a day from Monday, 1 for a day on duty; `escalate_after_days` are working days, and
    `escalate_to` is a role of the distributor's people.
    """

    code: str
    name_th: str
    name_en: str
    opens: time
    closes: time
    week: str = "1111100"
    phone: str = ""
    email: str = ""
    line_id: str = ""
    escalate_after_days: int = 2
    escalate_to: str = Role.MANAGER

    def as_facts(self) -> dict[str, Any]:
        """The facts as the audit trail keeps them."""
        return asdict(self) | {"opens": f"{self.opens:%H:%M}", "closes": f"{self.closes:%H:%M}"}


def unit_for(session: Session, matter: Matter) -> ServiceUnit | None:
    """The unit that answers for a matter, or None while nobody has been named."""
    query = select(ServiceUnit).join(ServiceUnit.matters).where(ServiceMatter.matter == matter)
    return session.scalars(query).one_or_none()


def units(session: Session) -> list[ServiceUnit]:
    """Every unit in the directory with the matters it answers for, by code."""
    query = (
        select(ServiceUnit)
        .where(~ServiceUnit.closed)
        .options(selectinload(ServiceUnit.matters))
        .order_by(ServiceUnit.code)
    )
    return list(session.scalars(query))


def has_units(session: Session) -> bool:
    """Whether any unit is in the directory."""
    return session.scalar(select(ServiceUnit.id).where(~ServiceUnit.closed).limit(1)) is not None


def find_unit(session: Session, code: str, *, closed_too: bool = False) -> ServiceUnit | None:
    """The unit of the directory with this code, or None; or one that was closed."""
    query = select(ServiceUnit).where(ServiceUnit.code == code).options(selectinload(ServiceUnit.matters))
    if not closed_too:
        query = query.where(~ServiceUnit.closed)
    return session.scalars(query).one_or_none()


def answers(session: Session) -> dict[Matter, ServiceUnit | None]:
    """Every matter with the unit that answers for it."""
    named = session.scalars(select(ServiceMatter).options(joinedload(ServiceMatter.unit)))
    found = {Matter(one.matter): one.unit for one in named}
    return {matter: found.get(matter) for matter in Matter}


def on_duty(unit: ServiceUnit, now: datetime, *, closed: bool) -> bool:
    """Whether a unit can be reached now: on a day of its week, within its hours in Bangkok, unless we are closed."""
    moment = local(now)
    works = unit.week[moment.weekday()] == "1" and not closed
    return works and unit.opens <= moment.time() < unit.closes


def unit_open(session: Session, unit: ServiceUnit | None, now: datetime) -> bool:
    """Whether a unit, if there is one, is on duty now."""
    return unit is not None and on_duty(unit, now, closed=closed_on(session, business_day(now)))


def open_unit(session: Session, facts: UnitFacts, *, by: User | None, now: datetime) -> ServiceUnit:
    """A new unit; refused without a code, name or way to reach it, and when the code is taken."""
    facts = _checked(facts)
    if session.scalar(select(ServiceUnit.id).where(ServiceUnit.code == facts.code)):
        raise Refused(N_("There is a unit with that code already."), field="code")
    unit = ServiceUnit(**asdict(facts), matters=[])
    with first_to_write(session, Refused(N_("There is a unit with that code already."), field="code")):
        session.add(unit)
    audit.record(session, Verb.OPENED, "service_unit", facts.code, by=by, now=now, after=facts.as_facts())
    return unit


def change_unit(session: Session, unit: ServiceUnit, facts: UnitFacts, *, by: User, now: datetime) -> None:
    """Have a unit known by other facts; its code stays. Refused as a new one would be, and when it is gone."""
    found = _locked(session, unit)
    facts, before = _checked(replace(facts, code=found.code)), facts_of(found)
    if before == facts:
        return
    for name, value in asdict(facts).items():
        setattr(found, name, value)
    audit.record(
        session,
        Verb.CHANGED,
        "service_unit",
        found.code,
        by=by,
        now=now,
        before=before.as_facts(),
        after=facts.as_facts(),
    )


def close_unit(session: Session, unit: ServiceUnit, *, by: User, now: datetime) -> None:
    """Take a unit out of the directory, and nobody is on duty for it from today on; what was before stays on record.

    Refused while it answers for anything.
    """
    found = _locked(session, unit)
    if _matters_of(session, found):
        raise Refused(N_("The unit still answers for something: name another unit for it first."))
    to_come = DutyShift.unit_id == found.id, DutyShift.day >= business_day(now)
    session.execute(delete(DutyShift).where(*to_come))
    found.closed = True
    session.flush()
    audit.record(
        session,
        Verb.CLOSED,
        "service_unit",
        found.code,
        by=by,
        now=now,
        before=facts_of(found).as_facts(),
    )


def assign(
    session: Session, unit: ServiceUnit, matters: Collection[Matter], *, by: User | None, now: datetime
) -> None:
    """Have a unit answer for exactly these matters; others that it answered for are left without a unit."""
    every = lock(
        session, ServiceUnit, session.scalars(select(ServiceUnit.id))
    )  # a matter may leave any of them
    found = _still(unit, every)
    wanted, before = sorted(set(matters)), _matters_of(session, found)
    if wanted == before:
        return
    touched = ServiceMatter.matter.in_(wanted) | (ServiceMatter.unit_id == found.id)
    named = {row.matter: row for row in session.scalars(select(ServiceMatter).where(touched))}
    for matter, row in named.items():
        if matter not in wanted:
            session.delete(row)
    for matter in wanted:
        if matter in named:
            named[matter].unit_id = found.id
        else:
            session.add(ServiceMatter(matter=matter, unit_id=found.id))
    session.flush()
    for one in every:
        session.expire(one, ["matters"])
    for row in named.values():
        if row in session:
            session.expire(row, ["unit"])
    audit.record(
        session,
        Verb.ASSIGNED,
        "service_unit",
        found.code,
        by=by,
        now=now,
        before={"matters": [str(matter) for matter in before]},
        after={"matters": [str(matter) for matter in wanted]},
    )


def facts_of(unit: ServiceUnit) -> UnitFacts:
    """What is known of a unit, as plain values."""
    return UnitFacts(**{name: getattr(unit, name) for name in UnitFacts.__dataclass_fields__})


def _checked(facts: UnitFacts) -> UnitFacts:
    """The facts without needless blanks; refused where they would not help a customer."""
    words = ("code", "name_th", "name_en", "phone", "email", "line_id")
    facts = replace(facts, **{word: getattr(facts, word).strip() for word in words})
    facts = replace(facts, code=facts.code.upper())
    if not CODE.fullmatch(facts.code):
        raise Refused(N_("A code has up to 20 letters and digits, such as CLAIMS."), field="code")
    if not facts.name_th and not facts.name_en:
        raise Refused(N_("Give the unit a name in at least one language."), field="name_th")
    if not (facts.phone or facts.email or facts.line_id):
        raise Refused(N_("Say how the unit is reached: telephone, e-mail or LINE."), field="phone")
    if facts.opens >= facts.closes:
        raise Refused(N_("A unit opens before it closes."), field="closes")
    if "1" not in facts.week:
        raise Refused(N_("A unit is on duty on at least one day of the week."), field="week")
    if not 0 <= facts.escalate_after_days <= LONGEST_ESCALATION:
        raise Refused(
            N_("A case is passed on after at most %(most)s working days."),
            field="escalate_after_days",
            most=LONGEST_ESCALATION,
        )
    if facts.escalate_to not in STAFF_ROLES:
        raise Refused(N_("A case is passed on to people of ours."), field="escalate_to")
    return replace(facts, name_th=facts.name_th or facts.name_en, name_en=facts.name_en or facts.name_th)


def _matters_of(session: Session, unit: ServiceUnit) -> list[Matter]:
    query = select(ServiceMatter.matter).where(ServiceMatter.unit_id == unit.id)
    return sorted(Matter(matter) for matter in session.scalars(query))


def _locked(session: Session, unit: ServiceUnit) -> ServiceUnit:
    return _still(unit, lock(session, ServiceUnit, [unit.id]))


def _still(unit: ServiceUnit, found: Sequence[ServiceUnit]) -> ServiceUnit:
    for one in found:
        if one.id == unit.id and not one.closed:
            return one
    raise Refused(N_("This unit was taken out of the directory in the meantime."))
