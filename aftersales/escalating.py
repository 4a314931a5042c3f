"""Complaints whose answer is late, or soon will be, are passed on by their unit: once for each answer asked for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales import complaint_notices
from aftersales.answering import add_entry, locked_complaint
from aftersales.complaints import Complaint, ComplaintState, EntryKind
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.directory import unit_for
from policies.escalating import is_too_late, people_to_tell
from policies.promises import PromiseState
from policies.units import Matter, ServiceUnit
from portal import audit
from portal.jobs import for_each


class Verb(StrEnum):
    """What the escalation puts on record."""

    ESCALATED = "complaint.escalated"


def escalate_late(session: Session, now: datetime) -> int:
    """Pass on every unanswered complaint that needs it, each on its own; says how many."""
    unit = unit_for(session, Matter.COMPLAINT)
    days = working_days(session)
    query = (
        select(Complaint)
        .where(Complaint.state == ComplaintState.OPEN, Complaint.escalated_at.is_(None))
        .options(joinedload(Complaint.answer_promise))
        .order_by(Complaint.id)
    )
    waiting = [one.id for one in session.scalars(query).all() if needs_manager(one, unit, days, now)]

    def pass_on(complaint_id: int) -> int:
        return _escalate(session, session.get_one(Complaint, complaint_id), unit, now=now)

    return for_each(session, waiting, pass_on)


def needs_manager(found: Complaint, unit: ServiceUnit | None, days: WorkingDays, now: datetime) -> bool:
    """Whether a complaint's answer is at risk or late, or its unit has had it for more working days than it may."""
    promise = found.answer_promise
    if promise is not None and (
        promise.state in (PromiseState.AT_RISK, PromiseState.MISSED) or promise.due_at < now
    ):
        return True
    asked = promise.made_at if promise is not None else found.opened_at
    return is_too_late(asked, unit, days, now)


def _escalate(session: Session, found: Complaint, unit: ServiceUnit | None, *, now: datetime) -> bool:
    found = locked_complaint(session, found)
    if found.state != ComplaintState.OPEN or found.escalated_at is not None:
        return False
    found.escalated_at = now
    add_entry(session, found, EntryKind.ESCALATED, "", by=None, now=now)
    role, people = people_to_tell(session, unit)
    audit.record(session, Verb.ESCALATED, "complaint", found.number, by=None, now=now, after={"role": role})
    complaint_notices.tell_passed_on(session, found, people, now=now)
    return True
