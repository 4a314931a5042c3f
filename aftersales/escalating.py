"""Complaints whose answer is late, or soon will be, are passed on by their unit: once for each answer asked for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import complaint_notices
from aftersales.answering import add_entry, locked_complaint
from aftersales.complaints import Complaint, ComplaintState, EntryKind
from policies.calendars import working_days
from policies.directory import unit_for
from policies.escalating import begun_before, people_to_tell
from policies.promises import Promise, PromiseState
from policies.units import Matter, ServiceUnit
from portal import audit
from portal.jobs import for_each


class Verb(StrEnum):
    """What the escalation puts on record."""

    ESCALATED = "complaint.escalated"


def escalate_late(session: Session, now: datetime) -> int:
    """Pass on every unanswered complaint that needs it, each on its own; says how many.

    Its answer is at risk or late, or its unit has had it for more working days than it may.
    """
    unit = unit_for(session, Matter.COMPLAINT)
    late = Promise.state.in_((PromiseState.AT_RISK, PromiseState.MISSED)) | (Promise.due_at < now)
    if unit is not None:
        begun = begun_before(unit, working_days(session), now)
        late |= func.coalesce(Promise.made_at, Complaint.opened_at) < begun
    query = (
        select(Complaint.id)
        .outerjoin(Promise, Promise.id == Complaint.answer_promise_id)
        .where(Complaint.state == ComplaintState.OPEN, Complaint.escalated_at.is_(None), late)
        .order_by(Complaint.id)
    )
    waiting = list(session.scalars(query))

    def pass_on(complaint_id: int) -> int:
        return _escalate(session, session.get_one(Complaint, complaint_id), unit, now=now)

    return for_each(session, waiting, pass_on)


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
