"""Reading returns for lists and panels."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.models import Return, ReturnLine
from orders.models import Order
from portal.customers.models import Customer

PAGE = 25


@dataclass(frozen=True)
class ReturnPage:
    """A page of returns, newest first; `older` and `newer` are the places to page on from, None at either end."""

    rows: list[Return]
    older: int | None
    newer: int | None


@dataclass(frozen=True)
class Returned:
    """How often and how much a company has sent back."""

    returns: int
    units: int


def return_page(
    session: Session,
    *,
    customer_id: int | None = None,
    text: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> ReturnPage:
    """A page of returns by keyset, of one company or of all; found by number of return or order, or by company."""
    query = select(Return).join(Return.order)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if text.strip():
        wanted = text.strip()
        query = query.join(Customer, Customer.id == Order.customer_id).where(
            or_(
                *(
                    column.icontains(wanted, autoescape=True)
                    for column in (
                        Return.number,
                        Order.number,
                        Customer.code,
                        Customer.name_th,
                        Customer.name_en,
                    )
                )
            )
        )
    backwards = newer_than is not None
    if backwards:
        query = query.where(Return.id > newer_than).order_by(Return.id)
    else:
        if older_than is not None:
            query = query.where(Return.id < older_than)
        query = query.order_by(Return.id.desc())
    query = query.options(
        joinedload(Return.order).joinedload(Order.customer),
        joinedload(Return.credit_note),
        selectinload(Return.lines),
    )
    found = list(session.scalars(query.limit(PAGE + 1)))
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (older_than is not None, more)
    return ReturnPage(
        found,
        older=found[-1].id if found and has_older else None,
        newer=found[0].id if found and has_newer else None,
    )


def returns_of_order(session: Session, order: Order) -> list[Return]:
    """The returns of an order, first to last."""
    query = select(Return).where(Return.order_id == order.id).options(selectinload(Return.lines))
    return list(session.scalars(query.order_by(Return.id)))


def returned_by(session: Session, customer: Customer) -> Returned:
    """How many returns a company made, and of how many units."""
    query = (
        select(func.count(Return.id.distinct()), func.coalesce(func.sum(ReturnLine.quantity), 0))
        .join(Return.order)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .where(Order.customer_id == customer.id)
    )
    returns, units = session.execute(query).one()
    return Returned(returns, int(units))
