"""Complaints whose answer is late, or soon will be, go to the managers: each once for each answer asked for."""

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
from policies.promises import PromiseState
from policies.units import Matter
from portal import audit
from portal.clock import business_day
from portal.jobs import for_each


class Verb(StrEnum):
    """What the escalation puts on record."""

    ESCALATED = "complaint.escalated"


def escalate_late(session: Session, now: datetime) -> int:
    """Pass on every unanswered complaint that needs it, each on its own; says how many."""
    unit = unit_for(session, Matter.COMPLAINT)
    patience = unit.escalate_after_days if unit is not None else None
    days = working_days(session)
    query = (
        select(Complaint)
        .where(Complaint.state == ComplaintState.OPEN, Complaint.escalated_at.is_(None))
        .options(joinedload(Complaint.answer_promise))
        .order_by(Complaint.id)
    )
    waiting = [one.id for one in session.scalars(query).all() if needs_manager(one, patience, days, now)]

    def pass_on(complaint_id: int) -> int:
        return _escalate(session, session.get_one(Complaint, complaint_id), now=now)

    return for_each(session, waiting, pass_on)


def needs_manager(found: Complaint, patience: int | None, days: WorkingDays, now: datetime) -> bool:
    """Whether a complaint's answer is at risk or late, or its unit has had it for more working days than it may."""
    promise = found.answer_promise
    if promise is not None and (
        promise.state in (PromiseState.AT_RISK, PromiseState.MISSED) or promise.due_at < now
    ):
        return True
    asked = promise.made_at if promise is not None else found.opened_at
    return patience is not None and days.after(business_day(asked), patience) < business_day(now)


def _escalate(session: Session, found: Complaint, *, now: datetime) -> bool:
    found = locked_complaint(session, found)
    if found.state != ComplaintState.OPEN or found.escalated_at is not None:
        return False
    found.escalated_at = now
    add_entry(session, found, EntryKind.ESCALATED, "", by=None, now=now)
    audit.record(session, Verb.ESCALATED, "complaint", found.number, by=None, now=now)
    complaint_notices.tell_managers(session, found, now=now)
    return True
