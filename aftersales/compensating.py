"""What a missed promise is worth: worked out from its policy, proposed once, then credited or rejected."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales import complaint_notices
from aftersales.complaints import Compensation, CompensationState, Complaint
from aftersales.missed import Missed, about, worth
from orders.crediting import issue_compensation
from orders.models import Order
from orders.shipments import CreditNote
from policies.compensating import WorkedOut
from policies.promises import Promise, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Role
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_, money_text
from portal.numbering import next_number
from portal.refusal import Refused

STAFF_LIMIT_MINOR = 50_000
STAFF_CURRENCY = "THB"
"""What staff may credit by themselves: 500.00 baht; above it, and in any other currency, a manager approves."""
REASON = N_("Compensation for a missed promise")


class Verb(StrEnum):
    """Acts of compensating, for the audit trail."""

    PROPOSED = "compensation.proposed"
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
    return _propose(session, missed, found, complaint or _complaint_about(session, promise), by=by, now=now)


def propose_if_due(
    session: Session, promise: Promise, complaint: Complaint, *, by: User | None, now: datetime
) -> Compensation | None:
    """Propose what a promise complained about is worth, once it is done and worth anything; else None."""
    (promise,) = lock(session, Promise, [promise.id])
    earlier = compensation_of(session, promise)
    if earlier is not None:
        if earlier.complaint_id is None:
            earlier.complaint_id = complaint.id
        return earlier
    missed = about(session, promise)
    found = worth(session, missed, business_day(now))
    if promise.state != PromiseState.MISSED or not missed.done or found is None:
        return None
    return _propose(session, missed, found, complaint, by=by, now=now)


def approve(session: Session, found: Compensation, note: str = "", *, by: User, now: datetime) -> None:
    """Credit a proposed compensation: the credit note is issued in the same act and the customer told.

    Refused once it is decided, and for staff above their limit or in another currency than that of the limit.
    """
    found = _locked(session, found)
    if not may_approve(by, found.amount_minor, found.currency):
        limit = money_text(STAFF_LIMIT_MINOR, STAFF_CURRENCY)
        if found.currency != STAFF_CURRENCY:
            raise Refused(
                N_("Staff credit up to %(limit)s by themselves; any other currency needs a manager."),
                limit=limit,
            )
        raise Refused(N_("Above %(limit)s a manager approves."), limit=limit)
    order = about(session, found.promise).order
    credit = issue_compensation(
        session, found.customer, order, found.amount_minor, found.currency, REASON, by=by, now=now
    )
    _decide(found, CompensationState.CREDITED, note, credit, by=by, now=now)
    after = {"amount_minor": found.amount_minor, "credit_note": credit.number}
    audit.record(session, Verb.CREDITED, "compensation", found.number, by=by, now=now, after=after)
    complaint_notices.tell_decided(session, found, _reader(found, order), now=now)


def reject(session: Session, found: Compensation, reason: str, *, by: User, now: datetime) -> None:
    """Give nothing, and tell the customer why. Refused without a reason, and once it is decided."""
    if not reason.strip():
        raise Refused(N_("Say why nothing is given; the customer reads it."), field="reason")
    found = _locked(session, found)
    _decide(found, CompensationState.REJECTED, reason, None, by=by, now=now)
    after = {"reason": found.note}
    audit.record(session, Verb.REJECTED, "compensation", found.number, by=by, now=now, after=after)
    order = about(session, found.promise).order
    complaint_notices.tell_decided(session, found, _reader(found, order), now=now)


def may_approve(person: User, amount_minor: int, currency: str) -> bool:
    """Whether somebody may credit an amount: managers any, staff up to their limit in baht."""
    within = currency == STAFF_CURRENCY and amount_minor <= STAFF_LIMIT_MINOR
    return within or Role(person.role) in MANAGING_ROLES


def compensation_of(session: Session, promise: Promise) -> Compensation | None:
    """The compensation of a promise, if any was proposed."""
    return session.scalars(select(Compensation).where(Compensation.promise_id == promise.id)).one_or_none()


def _propose(
    session: Session,
    missed: Missed,
    worked: WorkedOut,
    complaint: Complaint | None,
    *,
    by: User | None,
    now: datetime,
) -> Compensation:
    found = Compensation(
        number=next_number(session, "CC", business_day(now)),
        customer=session.get_one(Customer, missed.promise.customer_id),
        promise=missed.promise,
        complaint_id=complaint.id if complaint else None,
        currency=worked.currency,
        amount_minor=worked.amount_minor,
        worked_out=worked.as_facts(),
        state=CompensationState.PROPOSED,
        proposed_at=now,
    )
    session.add(found)
    session.flush()  # what follows finds it by its promise
    after = {"amount_minor": found.amount_minor, "promise": missed.promise.subject_no}
    audit.record(session, Verb.PROPOSED, "compensation", found.number, by=by, now=now, after=after)
    return found


def _decide(
    found: Compensation,
    state: CompensationState,
    note: str,
    credit_note: CreditNote | None,
    *,
    by: User,
    now: datetime,
) -> None:
    found.decided_at, found.decided_by_id = now, by.id
    found.state, found.note, found.credit_note = state, note.strip(), credit_note


def _locked(session: Session, found: Compensation) -> Compensation:
    query = (
        select(Compensation)
        .where(Compensation.id == found.id)
        .options(
            joinedload(Compensation.customer),
            joinedload(Compensation.promise),
            joinedload(Compensation.complaint).joinedload(Complaint.opened_by),
        )
        .with_for_update(of=Compensation)
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one()
    if fresh.state != CompensationState.PROPOSED:
        raise Refused(N_("Somebody has already decided on this compensation."))
    return fresh


def _complaint_about(session: Session, promise: Promise) -> Complaint | None:
    return session.scalars(select(Complaint).where(Complaint.promise_id == promise.id)).one_or_none()


def _reader(found: Compensation, order: Order | None) -> User | None:
    """Who of the company reads about it: whoever complained, else the buyer of the order."""
    complaint = found.complaint
    if complaint is not None and complaint.opened_by.customer_id is not None:
        return complaint.opened_by
    return order.buyer if order is not None else None
