"""Reading returns for lists and panels."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.models import Return, ReturnLine, ReturnState
from orders.models import Order
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset

WAITING = (ReturnState.REQUESTED, ReturnState.AUTHORISED, ReturnState.RECEIVED)
"""The states in which a return waits for somebody."""


_TOLD = (
    joinedload(Return.decision_promise),
    joinedload(Return.refund_promise),
    joinedload(Return.credit_note),
    joinedload(Return.replacement),
)
"""What the headline of a return tells of."""


@dataclass(frozen=True)
class Returned:
    """How often and how much a company has sent back."""

    returns: int
    units: int


def return_page(
    session: Session,
    *,
    customer_id: int | None = None,
    state: str = "",
    text: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Return]:
    """A page of returns by keyset, of one company or of all; found by number of return or order, or by company."""
    query = select(Return).join(Return.order)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if state:
        query = query.where(Return.state == state)
    if wanted := text.strip():
        columns = (Return.number, Order.number, Customer.code, Customer.name_th, Customer.name_en)
        query = query.join(Customer, Customer.id == Order.customer_id).where(
            or_(*(column.icontains(wanted, autoescape=True) for column in columns))
        )
    query = query.options(
        *_TOLD,
        joinedload(Return.order).joinedload(Order.customer),
        selectinload(Return.lines).selectinload(ReturnLine.outcomes),
    )
    return keyset(session, query, Return.id, older_than=older_than, newer_than=newer_than)


def count_by_state(session: Session, *, customer_id: int | None = None) -> dict[str, int]:
    """How many returns wait, by state."""
    query = select(Return.state, func.count()).where(Return.state.in_(WAITING)).group_by(Return.state)
    if customer_id is not None:
        query = query.join(Return.order).where(Order.customer_id == customer_id)
    return dict(session.execute(query).all())


def returns_of_order(session: Session, order: Order) -> list[Return]:
    """The returns of an order, first to last."""
    query = select(Return).where(Return.order_id == order.id).options(*_TOLD, selectinload(Return.lines))
    return list(session.scalars(query.order_by(Return.id)))


def returned_by(session: Session, customer: Customer) -> Returned:
    """How many returns of a company came, and of how many units."""
    query = (
        select(func.count(Return.id.distinct()), func.coalesce(func.sum(ReturnLine.received), 0))
        .join(Return.order)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .where(Order.customer_id == customer.id, Return.received_at.is_not(None))
    )
    returns, units = session.execute(query).one()
    return Returned(returns, int(units))
