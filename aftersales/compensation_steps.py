"""Steps that every act on a compensation takes: put on record what is owed, find it, lock it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.complaints import COMPENSATION_MOVES, Compensation, CompensationState, Complaint
from aftersales.missed import Missed
from policies import settling
from policies.compensating import LateSettlement, WorkedOut
from policies.promises import Promise
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.numbering import next_number

REOPENED_WITHIN = timedelta(days=30)
"""How long after dismissing an offer a customer may think better of it."""


def put_on_record(
    session: Session,
    missed: Missed,
    worked: WorkedOut | LateSettlement,
    state: CompensationState,
    complaint: Complaint | None = None,
    *,
    by: User | None,
    now: datetime,
) -> Compensation:
    """A compensation as it was worked out, in its first state and owed from now on; its promise is locked before."""
    found = Compensation(
        number=next_number(session, "CC", business_day(now)),
        customer=session.get_one(Customer, missed.promise.customer_id),
        promise=missed.promise,
        complaint_id=complaint.id if complaint else None,
        currency=worked.currency,
        amount_minor=worked.amount_minor,
        worked_out=worked.as_facts(),
        state=state,
        proposed_at=now,
        proposed_by_id=by.id if by else None,
    )
    session.add(found)
    session.flush()  # what follows finds it by its promise
    settling.owe(session, missed.promise, found.amount_minor, found.currency, by=by, now=now)
    return found


def may_reopen(found: Compensation, now: datetime) -> bool:
    """Whether an offer was dismissed, and so short a while ago that the customer may still take it up."""
    dismissed = found.state == CompensationState.DISMISSED and found.decided_at is not None
    return dismissed and found.decided_at is not None and now - found.decided_at <= REOPENED_WITHIN


def compensation_of(session: Session, promise: Promise) -> Compensation | None:
    """The compensation of a promise, if any was worked out."""
    query = select(Compensation).where(Compensation.promise_id == promise.id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def locked(session: Session, found: Compensation) -> Compensation:
    """The compensation read anew under its lock, after that of its promise: people acting at once take turns."""
    lock(session, Promise, [found.promise_id])
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
    return session.scalars(query).one()


def offer_again(session: Session, found: Compensation, *, by: User | None, now: datetime) -> None:
    """A dismissed compensation is on offer again, and owed."""
    COMPENSATION_MOVES.make(found, CompensationState.OFFERED)
    found.decided_at, found.decided_by_id = None, None
    settling.owe(session, found.promise, found.amount_minor, found.currency, by=by, now=now)
