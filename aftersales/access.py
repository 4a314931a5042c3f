"""The only doors from a number in an address to a case; they also prove the right to see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.complaints import Compensation, Complaint, ComplaintEntry
from aftersales.missed import Missed, missed_promise
from aftersales.models import OutcomeIdentity, Return, ReturnIdentity, ReturnLine, ReturnOutcome
from orders.models import Order
from orders.shipments import CreditNote
from policies.promises import Promise
from portal.accounts.models import User
from portal.accounts.seeing import sees, the_one_for
from portal.refusal import Unknown


def return_for(session: Session, person: User, number: str) -> Return:
    """The return with its lines and credit note, if the person may see it; else Unknown."""
    query = (
        select(Return)
        .where(Return.number == number)
        .options(
            joinedload(Return.order).options(joinedload(Order.customer), joinedload(Order.warehouse)),
            joinedload(Return.credit_note).selectinload(CreditNote.lines),
            joinedload(Return.replacement),
            joinedload(Return.requested_by),
            joinedload(Return.decided_by),
            joinedload(Return.received_by),
            joinedload(Return.decision_promise),
            joinedload(Return.refund_promise),
            selectinload(Return.lines).options(
                joinedload(ReturnLine.order_line),
                selectinload(ReturnLine.outcomes).options(
                    joinedload(ReturnOutcome.inspected_by),
                    selectinload(ReturnOutcome.identities).joinedload(OutcomeIdentity.identity),
                ),
                selectinload(ReturnLine.identities).joinedload(ReturnIdentity.identity),
            ),
        )
    )
    return the_one_for(session, person, query, lambda found: found.order.customer_id, f"return {number}")


def complaint_for(session: Session, person: User, number: str) -> Complaint:
    """The complaint with its entries and compensation, if the person may see it; else Unknown."""
    query = (
        select(Complaint)
        .where(Complaint.number == number)
        .options(
            joinedload(Complaint.customer),
            joinedload(Complaint.order),
            joinedload(Complaint.promise).joinedload(Promise.service_level),
            joinedload(Complaint.answer_promise),
            joinedload(Complaint.owner),
            joinedload(Complaint.opened_by),
            joinedload(Complaint.compensation).joinedload(Compensation.credit_note),
            selectinload(Complaint.entries).joinedload(ComplaintEntry.by),
        )
    )
    return the_one_for(session, person, query, lambda found: found.customer_id, f"complaint {number}")


def compensation_for(session: Session, person: User, number: str) -> Compensation:
    """The compensation with what it is for, if the person may see it; else Unknown."""
    query = (
        select(Compensation)
        .where(Compensation.number == number)
        .options(
            joinedload(Compensation.customer),
            joinedload(Compensation.promise),
            joinedload(Compensation.complaint),
            joinedload(Compensation.credit_note),
            joinedload(Compensation.proposed_by),
            joinedload(Compensation.decided_by),
        )
    )
    return the_one_for(session, person, query, lambda found: found.customer_id, f"compensation {number}")


def missed_for(session: Session, person: User, promise_id: int) -> Missed:
    """The missed promise, if the person may see it; else Unknown, as for one that was not missed."""
    found = missed_promise(session, promise_id)
    if found is None or not sees(person, found.promise.customer_id):
        raise Unknown(f"missed promise {promise_id}")
    return found
