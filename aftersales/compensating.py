"""What a missed promise is worth: worked out from its policy, proposed once, then credited or rejected."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import complaint_notices, concluding
from aftersales.approval_limits import why_not
from aftersales.compensation_steps import compensation_of, locked, may_reopen, offer_again, put_on_record
from aftersales.complaints import COMPENSATION_MOVES, Compensation, CompensationState, Complaint
from aftersales.missed import Missed, about, worth
from orders.crediting import issue_compensation
from orders.models import Order
from orders.shipments import CreditNote
from policies import settling
from policies.compensating import LateSettlement, WorkedOut
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from policies.promising import fulfil, withdraw
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

REASON = N_("Compensation for a missed promise")


class Verb(StrEnum):
    """Acts of compensating, for the audit trail."""

    PROPOSED = "compensation.proposed"
    TAKEN_UP = "compensation.taken_up"
    CREDITED = "compensation.credited"
    REJECTED = "compensation.rejected"


def propose(
    session: Session,
    promise: Promise,
    complaint: Complaint | None = None,
    *,
    by: User | None,
    now: datetime,
) -> Compensation:
    """What a missed promise is worth, on record and waiting for approval.

    Refused, changing nothing, unless the promise was missed; while it is not done, because the sum still grows; when
    its level promises nothing for it; and a second time.
    """
    (promise,) = lock(session, Promise, [promise.id])
    missed = about(session, promise)
    if promise.state != PromiseState.MISSED:
        raise Refused(N_("This promise was not missed."))
    if not missed.done:
        raise Refused(
            N_(
                "What was promised is not done yet, so what it is worth still grows. Propose it once it is done."
            )
        )
    earlier = compensation_of(session, promise)
    if earlier is not None:
        raise Refused(N_("There is a compensation for it already: %(number)s."), number=earlier.number)
    found = worth(session, missed, business_day(now))
    if found is None:
        raise Refused(N_("The policy it was made under promises no compensation for this."))
    return put_forward(
        session, missed, found, complaint or _complaint_about(session, promise), by=by, now=now
    )


def propose_if_due(
    session: Session, promise: Promise, complaint: Complaint, *, by: User | None, now: datetime
) -> Compensation | None:
    """Propose what a promise complained about is worth, once it is done and worth anything; else None.

    What was offered for it, or dismissed a short while ago, is taken up by complaining.
    """
    (promise,) = lock(session, Promise, [promise.id])
    missed = about(session, promise)
    earlier = compensation_of(session, promise)
    if earlier is not None:
        if earlier.complaint_id is None:
            earlier.complaint_id = complaint.id
            session.flush()  # what reads the complaint next finds it
        if earlier.state == CompensationState.OFFERED or may_reopen(earlier, now):
            _take_up(session, earlier, missed, complaint, by=by, now=now)
        return earlier
    found = worth(session, missed, business_day(now))
    if promise.state != PromiseState.MISSED or not missed.done or found is None:
        return None
    return put_forward(session, missed, found, complaint, by=by, now=now)


def approve(session: Session, found: Compensation, note: str = "", *, by: User, now: datetime) -> None:
    """Credit a proposed compensation: the credit note is issued in the same act and the customer told.

    Refused once it is decided, for a promise that is excused, above the limit of whoever approves, and above that of
    staff for whoever proposed it.
    """
    found = locked(session, found)
    _refuse_unless_proposed(found)
    if found.promise.state != PromiseState.MISSED:
        raise Refused(N_("This promise is excused, so nothing is owed for it."))
    no = why_not(session, by, found)
    if no is not None:
        raise no
    credit(session, found, note, by=by, now=now)


def credit(session: Session, found: Compensation, note: str = "", *, by: User | None, now: datetime) -> None:
    """Credit a locked, proposed compensation, which keeps the promise to do so in time."""
    order = about(session, found.promise).order
    credit_note = issue_compensation(
        session, found.customer, order, found.amount_minor, found.currency, REASON, by=by, now=now
    )
    _decide(found, CompensationState.CREDITED, note, credit_note, by=by, now=now)
    settling.pay(session, found.promise, found.amount_minor, by=by, now=now)
    settlement = settling.settlement_of(session, found.number)
    if settlement is not None:
        fulfil(session, [settlement], now, by=by, now=now)
    after = {"amount_minor": found.amount_minor, "credit_note": credit_note.number}
    audit.record(session, Verb.CREDITED, "compensation", found.number, by=by, now=now, after=after)
    complaint_notices.tell_decided(session, found, _reader(found, order), now=now)


def reject(session: Session, found: Compensation, reason: str, *, by: User | None, now: datetime) -> None:
    """Give nothing, and tell the customer why; a complaint that was settled with it is open again.

    Refused without a reason, and once it is decided.
    """
    if not reason.strip():
        raise Refused(N_("Say why nothing is given; the customer reads it."), field="reason")
    found = locked(session, found)
    _refuse_unless_proposed(found)
    _decide(found, CompensationState.REJECTED, reason, None, by=by, now=now)
    settling.owe(session, found.promise, 0, found.currency, by=by, now=now)
    settlement = settling.settlement_of(session, found.number)
    if settlement is not None:
        withdraw(session, [settlement.id], by=by, now=now)
    after = {"reason": found.note}
    audit.record(session, Verb.REJECTED, "compensation", found.number, by=by, now=now, after=after)
    order = about(session, found.promise).order
    complaint_notices.tell_decided(session, found, _reader(found, order), now=now)
    if found.complaint is not None:
        concluding.unsettle(session, found.complaint, found.note, by=by, now=now)


def put_forward(
    session: Session,
    missed: Missed,
    worked: WorkedOut | LateSettlement,
    complaint: Complaint | None,
    *,
    by: User | None,
    now: datetime,
) -> Compensation:
    """A compensation that waits for approval, promised to be credited in time; its promise is locked before."""
    state = CompensationState.PROPOSED
    found = put_on_record(session, missed, worked, state, complaint, by=by, now=now)
    _promise_settlement(session, found, missed, complaint, by=by, now=now)
    after = {"amount_minor": found.amount_minor, "promise": missed.promise.subject_no}
    audit.record(session, Verb.PROPOSED, "compensation", found.number, by=by, now=now, after=after)
    return found


def _take_up(
    session: Session,
    found: Compensation,
    missed: Missed,
    complaint: Complaint,
    *,
    by: User | None,
    now: datetime,
) -> None:
    if found.state == CompensationState.DISMISSED:
        offer_again(session, found, by=by, now=now)
    if by is not None and by.customer_id is None:
        # Who takes it up for the customer proposes it, and somebody else approves.
        found.proposed_by_id = by.id
    COMPENSATION_MOVES.make(found, CompensationState.PROPOSED)
    session.flush()  # the promise is written by its own statement
    _promise_settlement(session, found, missed, complaint, by=by, now=now)
    after = {"complaint": complaint.number}
    audit.record(session, Verb.TAKEN_UP, "compensation", found.number, by=by, now=now, after=after)


def _promise_settlement(
    session: Session,
    found: Compensation,
    missed: Missed,
    complaint: Complaint | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """It is to be credited in time, from when it was both known and asked for; what is itself a second one is not."""
    if found.promise.kind == Kind.SETTLEMENT:
        return
    asked = complaint.opened_at if complaint is not None else now
    start = max(asked, missed.ended_at or asked)
    settling.promise_settlement(session, found.promise, found.number, start=start, by=by, now=now)


def _decide(
    found: Compensation,
    state: CompensationState,
    note: str,
    credit_note: CreditNote | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    found.decided_at, found.decided_by_id = now, by.id if by else None
    COMPENSATION_MOVES.make(found, state)
    found.note, found.credit_note = note.strip(), credit_note


def _refuse_unless_proposed(found: Compensation) -> None:
    if found.state in (CompensationState.OFFERED, CompensationState.DISMISSED):
        raise Refused(N_("The customer has not taken up this compensation."))
    if found.state != CompensationState.PROPOSED:
        raise Refused(N_("Somebody has already decided on this compensation."))


def _complaint_about(session: Session, promise: Promise) -> Complaint | None:
    return session.scalars(select(Complaint).where(Complaint.promise_id == promise.id)).one_or_none()


def _reader(found: Compensation, order: Order | None) -> User | None:
    """Who of the company reads about it: whoever complained, else the buyer of the order."""
    complaint = found.complaint
    if complaint is not None and complaint.opened_by.customer_id is not None:
        return complaint.opened_by
    return order.buyer if order is not None else None
