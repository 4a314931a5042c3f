"""Cases that their unit leaves unanswered for too long go to the people of the role that the unit names, once."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from policies.calendars import find_calendar, working_days
from policies.clocks import ONE_DAY, WorkingDays
from policies.directory import answers
from policies.escalations import Escalation
from policies.units import Matter, ServiceUnit
from portal import audit, outbox, recording
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Role
from portal.batches import insert_new
from portal.clock import at, business_day
from portal.customers.models import Customer
from portal.db import Base, lock
from portal.jobs import for_each

TEMPLATE = "policies/notices/case_passed_on.txt"
_log = logging.getLogger(__name__)


class Verb(StrEnum):
    """What the escalation puts on record."""

    PASSED_ON = "case.passed_on"


@dataclass(frozen=True)
class Unanswered:
    """Cases of one kind that wait for an answer of their unit.

    `waiting` selects their id, number, customer_id and since when they wait, all of them rows of `model`; `title` names
    one case, `page` is its address at the desk with %s for the number, `subject` its kind in the audit trail.
    """

    matter: Matter
    title: str
    subject: str
    page: str
    model: type[Base]
    waiting: Callable[[], Select[Any, Any, Any, Any]]


@dataclass(frozen=True)
class PassedOn:
    """When a case was passed on, and to whom (a msgid)."""

    at: datetime
    role_title: str


def escalate(session: Session, now: datetime) -> int:
    """Job: pass on what has waited too long, each case in a transaction of its own; says how many.

    Rooms that have rules of their own for it offer the act itself.
    """
    if find_calendar(session) is None:
        return 0
    passed_on, faults = 0, list[Exception]()
    for source in recording.unanswered():
        try:
            passed_on += (
                _pass_on_all(session, source, now) if isinstance(source, Unanswered) else source(session, now)
            )
        except Exception as fault:  # the others are passed on all the same
            session.rollback()
            _log.exception("unanswered cases could not be passed on")
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} kinds of cases failed, {passed_on} passed on", faults)
    return passed_on


def begun_before(unit: ServiceUnit, days: WorkingDays, now: datetime) -> datetime:
    """What has waited since before this moment waits for more working days than its unit may take."""
    today = business_day(now)
    if not unit.escalate_after_days:
        return at(days.before(today, 1) + ONE_DAY)
    return at(days.before(today, unit.escalate_after_days))


def people_to_tell(session: Session, unit: ServiceUnit | None) -> tuple[str, list[int]]:
    """The role to which a unit's cases go, and the ids of its active people.

    All who manage are told where there is no unit, or nobody holds its role.
    """
    people = select(User.id).where(User.active).order_by(User.id)
    role = unit.escalate_to if unit is not None else Role.MANAGER
    found = session.scalars(people.where(User.role == role)).all() if unit is not None else []
    return str(role), list(found or session.scalars(people.where(User.role.in_(MANAGING_ROLES))))


def passed_on(
    session: Session, matters: Collection[Matter], numbers: Collection[str]
) -> Mapping[str, PassedOn]:
    """Which of these cases were passed on in any of these matters, by number. One query, and none for no cases."""
    if not numbers:
        return {}
    query = select(Escalation).where(Escalation.matter.in_(matters), Escalation.number.in_(numbers))
    return {
        one.number: PassedOn(one.at, one.role_title) for one in session.scalars(query.order_by(Escalation.id))
    }


def _pass_on_all(session: Session, source: Unanswered, now: datetime) -> int:
    unit = answers(session)[source.matter]
    if unit is None:
        return 0
    waited, cases = begun_before(unit, working_days(session), now), source.waiting().subquery()
    known = select(Escalation.number).where(
        Escalation.matter == source.matter, Escalation.number == cases.c.number
    )
    late = select(cases.c.id).where(cases.c.since < waited, ~known.exists()).order_by(cases.c.id)
    ids = session.scalars(late).all()
    return for_each(session, ids, lambda id_: _pass_on(session, source, unit, id_, waited, now))


def _pass_on(
    session: Session, source: Unanswered, unit: ServiceUnit, id_: int, waited: datetime, now: datetime
) -> int:
    lock(session, source.model, [id_])
    cases = source.waiting().subquery()
    query = select(cases.c.number, cases.c.customer_id, cases.c.since)
    row = session.execute(query.where(cases.c.id == id_, cases.c.since < waited)).one_or_none()
    if row is None:  # answered in the meantime, or it waits anew
        return 0
    number, customer_id, since = row
    role, people = people_to_tell(session, unit)
    key = f"passed_on:{source.matter}:{number}"
    fact = {
        "key": key,
        "matter": source.matter,
        "number": number,
        "unit_code": unit.code,
        "role": role,
        "since": since,
        "at": now,
    }
    if not insert_new(session, Escalation, [fact], "key"):
        return 0
    after = {"unit": unit.code, "role": role}
    audit.record(session, Verb.PASSED_ON, source.subject, number, by=None, now=now, after=after)
    customer = session.get_one(Customer, customer_id)
    facts = {
        "kind": source.title,
        "number": number,
        "customer_th": customer.name_th,
        "customer_en": customer.name_en,
        "unit_th": unit.name_th,
        "unit_en": unit.name_en,
        "since": since.isoformat(),
    }
    notices = [(person, facts, f"{key}:{person}", source.page % number) for person in people]
    outbox.post_all(session, notices, TEMPLATE, now=now)
    return 1
