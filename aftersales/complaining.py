"""A customer complains, or staff do it for them: about a missed promise, an order, or how they were served."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import compensating
from aftersales.complaints import Complaint, ComplaintEntry, ComplaintKind, ComplaintState, EntryKind
from aftersales.missed import about
from orders.models import Order
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from policies.promising import promise_case
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

LONGEST = 4000


class Verb(StrEnum):
    """Acts of complaining, for the audit trail."""

    OPENED = "complaint.opened"


@dataclass(frozen=True)
class Grievance:
    """What a complaint says: its kind, what happened, and the order or the missed promise it is about."""

    kind: ComplaintKind
    what: str
    order: Order | None = None
    promise: Promise | None = None


def complain(session: Session, customer: Customer, said: Grievance, *, by: User, now: datetime) -> Complaint:
    """An open complaint, with an answer promised by the policy; what a missed promise is worth is proposed with it.

    Refused, changing nothing, without words, about another company's order or promise, about a promise that was not
    missed, and a second time about the same promise.
    """
    what = said.what.strip()
    if not what:
        raise Refused(N_("Say what happened."), field="what")
    if len(what) > LONGEST:
        raise Refused(N_("Say it in at most %(most)s characters."), field="what", most=LONGEST)
    order = said.order
    if order is not None and order.customer_id != customer.id:
        raise Refused(N_("This order belongs to another company."))
    if said.promise is not None:
        promise = _missed(session, customer, said.promise)
        order = order or about(session, promise).order
    found = Complaint(
        number=next_number(session, "CM", business_day(now)),
        customer_id=customer.id,
        customer=customer,
        order_id=order.id if order else None,
        promise_id=said.promise.id if said.promise else None,
        kind=said.kind,
        what=what,
        state=ComplaintState.OPEN,
        opened_at=now,
        opened_by_id=by.id,
        entries=[ComplaintEntry(at=now, by_id=by.id, what=EntryKind.OPENED, text=what)],
    )
    session.add(found)
    session.flush()  # the promise is written by its own statement
    found.answer_promise = promise_case(
        session, customer, Kind.COMPLAINT_ANSWER, found.number, start=now, by=by, now=now
    )
    after = {"kind": str(said.kind), "order": order.number if order else None}
    audit.record(session, Verb.OPENED, "complaint", found.number, by=by, now=now, after=after)
    if said.promise is not None:
        compensating.propose_if_due(session, said.promise, found, by=by, now=now)
    return found


def complaint_about(session: Session, promise: Promise) -> Complaint | None:
    """The complaint about a promise, if there is one."""
    return session.scalars(select(Complaint).where(Complaint.promise_id == promise.id)).one_or_none()


def _missed(session: Session, customer: Customer, promise: Promise) -> Promise:
    (fresh,) = lock(session, Promise, [promise.id])
    if fresh.customer_id != customer.id:
        raise Refused(N_("This promise was made to another company."))
    if fresh.state != PromiseState.MISSED:
        raise Refused(N_("This promise was not missed."))
    earlier = complaint_about(session, fresh)
    if earlier is not None:
        raise Refused(N_("There is a complaint about it already: %(number)s."), number=earlier.number)
    return fresh
