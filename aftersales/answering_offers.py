"""A customer answers what was worked out for them: takes it with one click, dismisses it, or thinks better of that."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import concluding
from aftersales.answering import add_entry, locked_complaint
from aftersales.approval_limits import limits
from aftersales.compensating import credit
from aftersales.compensation_steps import REOPENED_WITHIN, locked, may_reopen, offer_again
from aftersales.complaining import Grievance, complain
from aftersales.complaints import (
    COMPENSATION_MOVES,
    COMPLAINT_MOVES,
    Compensation,
    CompensationState,
    Complaint,
    ComplaintKind,
    ComplaintState,
    EntryKind,
)
from aftersales.missed import about
from policies import settling
from policies.compensating import sentences
from policies.promises import PromiseState
from policies.promising import fulfil
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """What customers say to offers, for the audit trail."""

    ACCEPTED = "compensation.accepted"
    DISMISSED = "compensation.dismissed"
    REOPENED = "compensation.reopened"


def accept(session: Session, found: Compensation, *, by: User, now: datetime) -> Complaint:
    """The customer takes an offer: the complaint that was filled in for them is opened and settled with it.

    It is credited in the same act within the limit of staff; above, it waits for somebody who may approve it. Refused
    once it is answered, and for a promise that is excused by now.
    """
    found = _offered(session, found)
    if found.promise.state != PromiseState.MISSED:
        raise Refused(N_("This promise is excused, so nothing is owed for it."))
    missed = about(session, found.promise)
    said = Grievance(ComplaintKind.LATE, missed.words, missed.order, found.promise)
    complaint = complain(session, found.customer, said, by=by, now=now)
    session.flush()
    _settle(session, complaint, found, by=by, now=now)
    after = {"amount_minor": found.amount_minor, "complaint": complaint.number}
    audit.record(session, Verb.ACCEPTED, "compensation", found.number, by=by, now=now, after=after)
    if limits(session).at_once(found.amount_minor, found.currency):
        credit(session, locked(session, found), by=None, now=now)
    return complaint


def dismiss(session: Session, found: Compensation, *, by: User, now: datetime) -> None:
    """The customer wants nothing for it, so nothing is owed. Refused once the offer is answered."""
    found = _offered(session, found)
    found.decided_at, found.decided_by_id = now, by.id
    COMPENSATION_MOVES.make(found, CompensationState.DISMISSED)
    settling.owe(session, found.promise, 0, found.currency, by=by, now=now)
    audit.record(session, Verb.DISMISSED, "compensation", found.number, by=by, now=now)


def reopen(session: Session, found: Compensation, *, by: User, now: datetime) -> None:
    """A dismissed offer stands again, with the same amount.

    Refused more than 30 days after it was dismissed, unless it was dismissed, and for a promise that is excused by now.
    """
    found = locked(session, found)
    if found.state != CompensationState.DISMISSED:
        raise Refused(N_("This compensation was not dismissed."))
    if not may_reopen(found, now):
        raise Refused(
            N_("It was dismissed more than %(days)s days ago, so it stays so."), days=REOPENED_WITHIN.days
        )
    if found.promise.state != PromiseState.MISSED:
        raise Refused(N_("This promise is excused, so nothing is owed for it."))
    offer_again(session, found, by=by, now=now)
    audit.record(session, Verb.REOPENED, "compensation", found.number, by=by, now=now)


def _offered(session: Session, found: Compensation) -> Compensation:
    found = locked(session, found)
    if found.state == CompensationState.WITHDRAWN:
        raise Refused(N_("This promise is excused, so nothing is owed for it."))
    if found.state != CompensationState.OFFERED:
        raise Refused(N_("This offer was answered already."))
    return found


def _settle(session: Session, complaint: Complaint, found: Compensation, *, by: User, now: datetime) -> None:
    """What was offered is the answer, and the customer is content with it: the promised answer is kept at once."""
    complaint = locked_complaint(session, complaint)
    COMPLAINT_MOVES.make(complaint, ComplaintState.ANSWERED)
    complaint.answered_at = now
    add_entry(
        session, complaint, EntryKind.ANSWERED, "\n".join(sentences(found.worked_out)), by=None, now=now
    )
    if complaint.answer_promise is not None:
        fulfil(session, [complaint.answer_promise], now, by=None, now=now)
    session.flush()
    concluding.accept(session, complaint, by=by, now=now)
