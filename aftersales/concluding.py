"""The customer says whether an answer settles their complaint, or asks for a better one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import complaint_notices
from aftersales.answering import add_entry, locked_complaint
from aftersales.complaints import COMPLAINT_MOVES, Complaint, ComplaintEntry, ComplaintState, EntryKind
from policies.kinds import Kind
from policies.promising import promise_case
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """What customers say to answers, for the audit trail."""

    SETTLED = "complaint.settled"
    REOPENED = "complaint.reopened"


def accept(session: Session, found: Complaint, *, by: User, now: datetime) -> None:
    """The answer settles it. Refused before there is an answer, and once it is settled."""
    found = _answered(session, found)
    COMPLAINT_MOVES.make(found, ComplaintState.SETTLED)
    found.settled_at = now
    add_entry(session, found, EntryKind.SETTLED, "", by=by, now=now)
    audit.record(session, Verb.SETTLED, "complaint", found.number, by=by, now=now)


def reopen(session: Session, found: Complaint, text: str, *, by: User, now: datetime) -> None:
    """The answer does not settle it: another one is promised, and whoever has the complaint is told.

    The first answer's promise stays on record as it ended. Refused without words, and unless there is an answer.
    """
    if not text.strip():
        raise Refused(N_("Say what is still open."), field="text")
    found = _answered(session, found)
    times = _open_again(session, found, text, by=by, now=now)
    complaint_notices.tell_reopened(session, found, times, now=now)


def unsettle(session: Session, found: Complaint, why: str, *, by: User | None, now: datetime) -> None:
    """What a complaint was settled with is not given after all, so it is open again and another answer promised.

    Nothing changes unless it is settled.
    """
    found = locked_complaint(session, found)
    if found.state == ComplaintState.SETTLED:
        found.settled_at = None
        times = _open_again(session, found, why, by=by, now=now)
        complaint_notices.tell_reopened(session, found, times, now=now)


def _open_again(session: Session, found: Complaint, text: str, *, by: User | None, now: datetime) -> int:
    """Open a locked complaint again and promise another answer; says how often it was opened again."""
    COMPLAINT_MOVES.make(found, ComplaintState.OPEN)
    found.escalated_at = None
    add_entry(session, found, EntryKind.REOPENED, text, by=by, now=now)
    session.flush()  # the promise is written by its own statement
    count = (
        select(func.count())
        .select_from(ComplaintEntry)
        .where(ComplaintEntry.complaint_id == found.id, ComplaintEntry.what == EntryKind.REOPENED)
    )
    times = session.scalar(count) or 1
    found.answer_promise = promise_case(
        session,
        found.customer,
        Kind.COMPLAINT_ANSWER,
        f"{found.number}/{times + 1}",
        start=now,
        by=by,
        now=now,
    )
    audit.record(session, Verb.REOPENED, "complaint", found.number, by=by, now=now)
    return times


def _answered(session: Session, found: Complaint) -> Complaint:
    found = locked_complaint(session, found)
    if found.state == ComplaintState.OPEN:
        raise Refused(N_("This complaint has not been answered yet."))
    if found.state == ComplaintState.SETTLED:
        raise Refused(N_("This complaint is settled."))
    return found
