"""Reading complaints and compensation for lists and panels."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from aftersales.complaints import Compensation, CompensationState, Complaint, ComplaintState
from orders.models import Order
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset
from portal.numbered import Page, numbered


class View(StrEnum):
    """How the desk looks at complaints."""

    DUE = "due"
    MINE = "mine"
    UNOWNED = "unowned"
    ANSWERED = "answered"
    ALL = "all"


@dataclass(frozen=True)
class Total:
    """Compensations in one state and currency: how many, and their sum in minor units."""

    state: str
    currency: str
    count: int
    amount_minor: int


_WITH = (
    joinedload(Complaint.customer),
    joinedload(Complaint.order),
    joinedload(Complaint.owner),
    joinedload(Complaint.answer_promise),
    joinedload(Complaint.compensation),
)


def complaint_page(
    session: Session,
    *,
    customer_id: int | None = None,
    state: ComplaintState | None = None,
    text: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Complaint]:
    """A page of complaints, newest first, of one company or of all; found by number, order or company."""
    query: Select[Any] = select(Complaint)
    if customer_id is not None:
        query = query.where(Complaint.customer_id == customer_id)
    if state is not None:
        query = query.where(Complaint.state == state)
    query = _found_by(query, text).options(*_WITH)
    return keyset(session, query, Complaint.id, older_than=older_than, newer_than=newer_than)


def waiting_page(
    session: Session,
    *,
    owner: User | None = None,
    unowned: bool = False,
    text: str = "",
    customer_id: int | None = None,
    page: int = 1,
) -> Page[Complaint]:
    """A page of the complaints that wait for an answer, of one owner, of nobody, or of all; due soonest first."""
    query: Select[Any] = (
        select(Complaint)
        .outerjoin(Promise, Promise.id == Complaint.answer_promise_id)
        .where(Complaint.state == ComplaintState.OPEN)
    )
    if owner is not None:
        query = query.where(Complaint.owner_id == owner.id)
    if unowned:
        query = query.where(Complaint.owner_id.is_(None))
    if customer_id is not None:
        query = query.where(Complaint.customer_id == customer_id)
    query = _found_by(query, text)
    counted = query.with_only_columns(func.count(Complaint.id))
    soonest = query.options(*_WITH).order_by(func.coalesce(Promise.due_at, Complaint.opened_at), Complaint.id)
    return numbered(session, soonest, counted, page=page)


def counts(session: Session, person: User) -> dict[View, int]:
    """How many complaints wait for an answer: in all, of a person, of nobody; and how many for the customer."""
    mine = func.count().filter(Complaint.owner_id == person.id, Complaint.state == ComplaintState.OPEN)
    unowned = func.count().filter(Complaint.owner_id.is_(None), Complaint.state == ComplaintState.OPEN)
    answered = func.count().filter(Complaint.state == ComplaintState.ANSWERED)
    waiting = func.count().filter(Complaint.state == ComplaintState.OPEN)
    query = select(waiting, mine, unowned, answered).where(Complaint.state != ComplaintState.SETTLED)
    row = session.execute(query).one()
    return dict(zip((View.DUE, View.MINE, View.UNOWNED, View.ANSWERED), row, strict=True))


def complaints_of_order(session: Session, order: Order) -> list[Complaint]:
    """The complaints about an order, first to last."""
    query = select(Complaint).where(Complaint.order_id == order.id).options(*_WITH)
    return list(session.scalars(query.order_by(Complaint.id)))


def compensation_page(
    session: Session,
    *,
    customer_id: int | None = None,
    state: CompensationState | None = None,
    text: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Compensation]:
    """A page of compensations, newest first, of one company or of all, in one state or in any.

    They are found by number, by what was promised, or by company.
    """
    query: Select[Any] = select(Compensation)
    if wanted := text.strip():
        columns = (
            Compensation.number,
            Promise.subject_no,
            Customer.code,
            Customer.name_th,
            Customer.name_en,
        )
        query = (
            query.join(Promise, Promise.id == Compensation.promise_id)
            .join(Customer, Customer.id == Compensation.customer_id)
            .where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
        )
    if customer_id is not None:
        query = query.where(Compensation.customer_id == customer_id)
    if state is not None:
        query = query.where(Compensation.state == state)
    query = query.options(
        joinedload(Compensation.customer),
        joinedload(Compensation.promise),
        joinedload(Compensation.complaint),
        joinedload(Compensation.credit_note),
    )
    return keyset(session, query, Compensation.id, older_than=older_than, newer_than=newer_than)


def compensation_totals(session: Session, *, customer_id: int | None = None) -> list[Total]:
    """How many compensations there are in each state and currency, and what they add up to."""
    amount = func.sum(Compensation.amount_minor)
    query = select(Compensation.state, Compensation.currency, func.count(), amount)
    if customer_id is not None:
        query = query.where(Compensation.customer_id == customer_id)
    rows = session.execute(query.group_by(Compensation.state, Compensation.currency))
    totals = [Total(state, currency, count, int(total)) for state, currency, count, total in rows]
    places = {state: place for place, state in enumerate(CompensationState)}
    return sorted(totals, key=lambda total: (total.currency, places[CompensationState(total.state)]))


def compensation_since(session: Session, since: datetime) -> list[Total]:
    """What is proposed and not decided, and what was credited since an instant, by currency."""
    credited = and_(Compensation.state == CompensationState.CREDITED, Compensation.decided_at >= since)
    query = (
        select(Compensation.state, Compensation.currency, func.count(), func.sum(Compensation.amount_minor))
        .where(or_(Compensation.state == CompensationState.PROPOSED, credited))
        .group_by(Compensation.state, Compensation.currency)
        .order_by(Compensation.currency, Compensation.state.desc())
    )
    rows = session.execute(query)
    return [Total(state, currency, count, int(total)) for state, currency, count, total in rows]


def _found_by(query: Any, text: str) -> Any:
    wanted = text.strip()
    if not wanted:
        return query
    columns = (Complaint.number, Order.number, Customer.code, Customer.name_th, Customer.name_en)
    return (
        query.outerjoin(Order, Order.id == Complaint.order_id)
        .join(Customer, Customer.id == Complaint.customer_id)
        .where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    )
