"""What buyers see first: what needs them, what is coming, what they ordered last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders.baskets import find_basket
from orders.models import Basket, BasketLine, Order, OrderLine, ScheduleLine
from orders.queries import Filter, order_page
from orders.states import STATE_TITLES
from orders.telling import cause_told
from policies.promises import Promise, PromiseState
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.feature import Panel
from portal.i18n import N_, name_of

MOST_ROWS = 8
LATEST = 5


@dataclass(frozen=True)
class Awaited:
    """Units of a line that a buyer waits for, with the day they were promised for and what threatens it."""

    order_no: str
    sku: str
    name: str
    quantity: int
    day: date
    state: str
    cause: str


def basket_lines(session: Session, user: User) -> int:
    """How many products lie in a person's basket."""
    query = select(func.count(BasketLine.id)).join(Basket, Basket.id == BasketLine.basket_id)
    return session.scalar(query.where(Basket.user_id == user.id)) or 0


def quantities_in_basket(session: Session, user: User) -> dict[int, int]:
    """The units of each product (by id) in a person's basket."""
    query = select(BasketLine.product_id, BasketLine.quantity).join(Basket, Basket.id == BasketLine.basket_id)
    return dict(session.execute(query.where(Basket.user_id == user.id)).all())


def attention(session: Session, user: User, now: datetime) -> Panel | None:
    """What has not come on its day or may not; nothing to show when all is well. One query."""
    if user.audience is not Audience.CUSTOMER:
        return None
    rows = _awaited(session, user, (PromiseState.MISSED, PromiseState.AT_RISK))
    if not rows:
        return None
    facts = {"rows": rows[:MOST_ROWS], "more": len(rows) > MOST_ROWS}
    return Panel(N_("Needs your attention"), "orders/customer/_attention.html", facts)


def coming(session: Session, user: User, now: datetime) -> Panel | None:
    """What is promised next, day by day. One query."""
    if user.audience is not Audience.CUSTOMER:
        return None
    rows = _awaited(session, user, (PromiseState.OPEN, PromiseState.AT_RISK))
    if not rows:
        return None
    days: dict[date, list[Awaited]] = {}
    for row in rows[:MOST_ROWS]:
        days.setdefault(row.day, []).append(row)
    facts = {"days": days, "more": len(rows) > MOST_ROWS, "today": business_day(now)}
    return Panel(N_("What is coming"), "orders/customer/_coming.html", facts)


def latest(session: Session, user: User, now: datetime) -> Panel | None:
    """The last orders of a buyer's company, or the way to the first one."""
    if user.audience is not Audience.CUSTOMER:
        return None
    basket = find_basket(session, user)
    rows = order_page(session, Filter(customer_id=user.customer_id)).rows[:LATEST]
    facts = {"rows": rows, "titles": STATE_TITLES, "in_basket": len(basket.lines) if basket else 0}
    return Panel(N_("Latest orders"), "orders/customer/_latest.html", facts)


def _awaited(session: Session, user: User, states: Sequence[PromiseState]) -> list[Awaited]:
    query = (
        select(
            Order.number,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered).label("quantity"),
            Promise.due_at,
            Promise.state,
            Promise.cause,
        )
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Promise.customer_id == user.customer_id,
            Promise.state.in_(states),
            Promise.fulfilled_at.is_(None),
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.delivered,
        )
        .order_by(Promise.due_at, Order.id, OrderLine.n, ScheduleLine.n)
        .limit(MOST_ROWS + 1)
    )
    return [_told(row) for row in session.execute(query)]


def _told(row: Any) -> Awaited:
    return Awaited(
        order_no=row.number,
        sku=row.sku,
        name=name_of({"name_th": row.name_th, "name_en": row.name_en}),
        quantity=row.quantity,
        day=business_day(row.due_at),
        state=row.state,
        cause=cause_told(row.cause),
    )
