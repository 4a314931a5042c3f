"""Staff take complaints on, note what they find and answer; the answer keeps what was promised."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales import complaint_notices
from aftersales.complaints import COMPLAINT_MOVES, Complaint, ComplaintEntry, ComplaintState, EntryKind
from policies.promising import fulfil
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """What staff do about complaints, for the audit trail."""

    TAKEN = "complaint.taken"
    NOTED = "complaint.noted"
    ANSWERED = "complaint.answered"


def take(session: Session, found: Complaint, *, by: User, now: datetime) -> None:
    """Make a complaint one's own. Refused once it is settled, or when one has it already."""
    found = locked_complaint(session, found)
    if found.state == ComplaintState.SETTLED:
        raise Refused(N_("This complaint is settled."))
    if found.owner_id == by.id:
        raise Refused(N_("You have this complaint already."))
    found.owner_id = by.id
    add_entry(session, found, EntryKind.ASSIGNED, by.name, by=by, now=now)
    audit.record(session, Verb.TAKEN, "complaint", found.number, by=by, now=now, after={"owner": by.email})


def note(session: Session, found: Complaint, text: str, *, by: User, now: datetime) -> None:
    """Note something that only staff read. Refused without words."""
    if not text.strip():
        raise Refused(N_("Write the note first."), field="note")
    found = locked_complaint(session, found)
    add_entry(session, found, EntryKind.NOTE, text, by=by, now=now)
    audit.record(session, Verb.NOTED, "complaint", found.number, by=by, now=now)


def answer(session: Session, found: Complaint, text: str, *, by: User, now: datetime) -> None:
    """Answer the customer, who is told and then says whether it is settled; the promised answer is kept.

    Whoever answers a complaint that nobody has taken on has it from then on. Refused without words, and unless it
    waits for an answer.
    """
    if not text.strip():
        raise Refused(N_("Write the answer first; the customer reads it."), field="answer")
    found = locked_complaint(session, found)
    if not COMPLAINT_MOVES.allow(found.state, ComplaintState.ANSWERED):
        raise Refused(N_("Somebody has already answered this complaint."))
    COMPLAINT_MOVES.make(found, ComplaintState.ANSWERED)
    found.answered_at = now
    found.owner_id = found.owner_id or by.id
    add_entry(session, found, EntryKind.ANSWERED, text, by=by, now=now)
    if found.answer_promise is not None:
        fulfil(session, [found.answer_promise], now, by=by, now=now)
    audit.record(session, Verb.ANSWERED, "complaint", found.number, by=by, now=now)
    complaint_notices.tell_answered(session, found, text.strip(), now=now)


def locked_complaint(session: Session, found: Complaint) -> Complaint:
    """The complaint read anew under its lock, so that two people acting at once take turns."""
    query = (
        select(Complaint)
        .where(Complaint.id == found.id)
        .options(
            joinedload(Complaint.customer),
            joinedload(Complaint.order),
            joinedload(Complaint.opened_by),
            joinedload(Complaint.answer_promise),
        )
        .with_for_update(of=Complaint)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def add_entry(
    session: Session, found: Complaint, what: EntryKind, text: str, *, by: User | None, now: datetime
) -> None:
    """Put something said or done about a complaint on its record."""
    entry = ComplaintEntry(
        complaint_id=found.id, at=now, by_id=by.id if by else None, what=what, text=text.strip()
    )
    session.add(entry)
