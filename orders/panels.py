"""What buyers see of their orders: what is coming and when, and what they ordered last."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from inventory.stock import Reservation
from orders.baskets import find_basket
from orders.models import Basket, BasketLine, Order, OrderLine, ScheduleLine
from orders.owed import PART_OWED, holds_up_now
from orders.queries import Filter, order_page
from orders.states import STATE_TITLES
from orders.telling import cause_told
from policies.kinds import Kind
from policies.promises import Happening, Promise, PromiseEvent
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.feature import Panel
from portal.i18n import N_, _, day_text, name_of

MOST_ROWS = 10
LATEST = 5


_IN_BASKET = (BasketLine.basket_id == Basket.id, Basket.user_id == bindparam("person"))
BASKET_LINES = select(func.count(BasketLine.id)).where(*_IN_BASKET)
"""How many products lie in the basket of who is asking."""
_QUANTITIES = select(BasketLine.product_id, BasketLine.quantity).where(*_IN_BASKET)


@dataclass(frozen=True)
class Awaited:
    """Units of a line that a buyer waits for, with the day they were promised for and what threatens or moved it.

    `expected_on` is the day on which what has left is to arrive.
    """

    order_no: str
    sku: str
    name: str
    quantity: int
    day: date
    state: str
    cause: str
    expected_on: date | None


def quantities_in_basket(session: Session, user: User) -> dict[int, int]:
    """The units of each product (by id) in a person's basket."""
    return dict(session.execute(_QUANTITIES, {"person": user.id}).all())


def coming(session: Session, user: User, now: datetime) -> Panel | None:
    """What is to come by the day it was promised for, so that what is late leads, with its cause. One query."""
    if user.audience is not Audience.CUSTOMER:
        return None
    rows = _awaited(session, user)
    facts = {"rows": rows[:MOST_ROWS], "more": len(rows) > MOST_ROWS, "today": business_day(now)}
    return Panel(N_("What is coming, and when"), "orders/customer/_coming.html", facts, wide=True, order=20)


def latest(session: Session, user: User, now: datetime) -> Panel | None:
    """The last orders of a buyer's company, or the way to the first one."""
    if user.audience is not Audience.CUSTOMER:
        return None
    basket = find_basket(session, user)
    rows = order_page(session, Filter(customer_id=user.customer_id)).rows[:LATEST]
    facts = {"rows": rows, "titles": STATE_TITLES, "in_basket": len(basket.lines) if basket else 0}
    return Panel(N_("Latest orders"), "orders/customer/_latest.html", facts, wide=True, order=40)


def _awaited(session: Session, user: User) -> list[Awaited]:
    query = (
        select(
            Order.number,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered).label("quantity"),
            Promise.due_at,
            Promise.state,
            Promise.original_due_at,
            holds_up_now().label("cause"),
            _moved_by().label("moved_by"),
            ScheduleLine.arrives_on,
        )
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .where(
            Promise.customer_id == user.customer_id,
            Promise.kind == Kind.LEAD_TIME,
            PART_OWED,
        )
        .order_by(Promise.due_at, Order.id, OrderLine.n, ScheduleLine.n)
        .limit(MOST_ROWS + 1)
    )
    return [_told(row) for row in session.execute(query)]


def _moved_by() -> Any:
    """The cause of the last move of a promised day."""
    return (
        select(PromiseEvent.cause)
        .where(PromiseEvent.promise_id == Promise.id, PromiseEvent.what == Happening.REPROMISED)
        .order_by(PromiseEvent.id.desc())
        .limit(1)
        .correlate(Promise)
        .scalar_subquery()
    )


def _why(row: Any) -> str:
    """What threatens a day, or else why it is not the first one."""
    if row.cause or row.due_at == row.original_due_at:
        return cause_told(row.cause)
    first = day_text(row.original_due_at)
    if not row.moved_by:
        return _("first promised for %(day)s", day=first)
    return _("first promised for %(day)s; %(cause)s", day=first, cause=cause_told(row.moved_by))


def _told(row: Any) -> Awaited:
    return Awaited(
        order_no=row.number,
        sku=row.sku,
        name=name_of({"name_th": row.name_th, "name_en": row.name_en}),
        quantity=row.quantity,
        day=business_day(row.due_at),
        state=row.state,
        cause=_why(row),
        expected_on=row.arrives_on,
    )
