"""How far a product notice has come, to the last unit: in all, and company by company."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import QueryableAttribute, Session

from aftersales.affected import holdings
from aftersales.models import OPEN_RETURNS, Return, ReturnIdentity, ReturnLine
from aftersales.recalls import NoticeIdentity, NoticeRecipient, ProductNotice
from orders.models import Order
from portal.customers.models import Customer


@dataclass(frozen=True)
class Count:
    """Units of a notice that were out with customers, those of them that are `coming` by open returns, and still out.

    Units that reached a company after the notice was issued count as out too.
    """

    units: int
    coming: int
    still_out: int

    @property
    def returned(self) -> int:
        """Units that were with customers and are not any more."""
        return self.units - self.still_out


@dataclass(frozen=True)
class Progress(Count):
    """How far a notice has come: companies affected, told and acknowledging, and units."""

    companies: int
    told: int
    acknowledged: int


@dataclass(frozen=True)
class Account(Count):
    """How far one company has come with a notice."""

    customer: Customer
    told_at: datetime | None
    acknowledged_at: datetime | None


def progress_of(session: Session, notice: ProductNotice) -> Progress:
    """How far a notice has come over all companies. One query."""
    rows = _accounts(notice.id).subquery()
    query = select(
        func.coalesce(func.sum(rows.c.units), 0),
        func.coalesce(func.sum(rows.c.coming), 0),
        func.coalesce(func.sum(rows.c.still_out), 0),
        func.count(),
        func.count(rows.c.told_at),
        func.count(rows.c.acknowledged_at),
    ).select_from(rows)
    return Progress(*(int(number) for number in session.execute(query).one()))


def accounts_of(session: Session, notice: ProductNotice, *, most: int = 200) -> list[Account]:
    """How far each company has come, those with the most units still out first. One query."""
    rows = _accounts(notice.id).subquery()
    query = (
        select(
            Customer, rows.c.told_at, rows.c.acknowledged_at, rows.c.units, rows.c.coming, rows.c.still_out
        )
        .join(rows, rows.c.customer_id == Customer.id)
        .order_by(rows.c.still_out.desc(), rows.c.units.desc(), Customer.code)
        .limit(most)
    )
    return [
        Account(int(units), int(coming), int(out), customer, told_at, acknowledged_at)
        for customer, told_at, acknowledged_at, units, coming, out in session.execute(query)
    ]


def _accounts(notice_id: int) -> Select[*tuple[Any, ...]]:
    """A row for each company that was told or holds units now."""
    out, asked = holdings(notice_id).subquery("out"), coming(notice_id, Order.customer_id).subquery()
    still = func.coalesce(out.c.units, 0)
    before = func.coalesce(NoticeRecipient.units, 0)
    return (
        select(
            Customer.id.label("customer_id"),
            NoticeRecipient.told_at,
            NoticeRecipient.acknowledged_at,
            case((still < before, before), else_=still).label("units"),
            func.coalesce(asked.c.units, 0).label("coming"),
            still.label("still_out"),
        )
        .select_from(Customer)
        .outerjoin(
            NoticeRecipient,
            and_(NoticeRecipient.customer_id == Customer.id, NoticeRecipient.notice_id == notice_id),
        )
        .outerjoin(out, out.c.customer_id == Customer.id)
        .outerjoin(asked, asked.c.customer_id == Customer.id)
        .where(or_(NoticeRecipient.id.is_not(None), out.c.customer_id.is_not(None)))
    )


def coming(notice_id: int, by: QueryableAttribute[int]) -> Select[*tuple[Any, ...]]:
    """Units of a notice that open returns ask for, by company or by identity as `by` says."""
    return (
        select(by, func.sum(ReturnIdentity.quantity).label("units"))
        .select_from(NoticeIdentity)
        .join(ReturnIdentity, ReturnIdentity.identity_id == NoticeIdentity.identity_id)
        .join(ReturnLine, ReturnLine.id == ReturnIdentity.line_id)
        .join(ReturnLine.goods_return)
        .join(Return.order)
        .where(NoticeIdentity.notice_id == notice_id, Return.state.in_(OPEN_RETURNS))
        .group_by(by)
    )
