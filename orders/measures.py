"""The service figures, counted from recorded events and never typed in; each states what it counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, or_, select
from sqlalchemy.orm import Session

from inventory.models import Product
from orders.models import Order, OrderLine, ScheduleLine
from orders.owed import PART_AT_RISK, PART_LATE
from policies.kinds import Kind
from policies.promises import WATCHED, Promise, PromiseState
from portal.clock import at, business_day
from portal.customers.models import Customer
from portal.db import business_month
from portal.money import BASIS_POINTS

SETTLED = (PromiseState.KEPT, PromiseState.MISSED)


@dataclass(frozen=True)
class Share:
    """A count of cases and how many of them were good; the share is None where there is nothing to measure."""

    cases: int
    good: int

    @property
    def of_one(self) -> float | None:
        """The share as a fraction of one, for showing; None without cases."""
        return self.good / self.cases if self.cases else None

    def __add__(self, other: "Share") -> "Share":
        return Share(self.cases + other.cases, self.good + other.good)


@dataclass(frozen=True)
class Month:
    """The figures of one month: on-time against the agreed and against the original promise, and line fill."""

    first_day: date
    on_time: Share
    on_time_original: Share
    line_fill: Share


@dataclass(frozen=True)
class Missed:
    """A product, with how many promises about it were missed, of all that were kept or missed."""

    sku: str
    name_th: str
    name_en: str
    missed: int
    cases: int


@dataclass(frozen=True)
class Risk:
    """A promise that is at risk, as the manager sees it."""

    order_no: str
    customer_th: str
    customer_en: str
    sku: str
    name_th: str
    name_en: str
    quantity: int
    due_at: datetime
    cause: str


def monthly(session: Session, first: date, today: date, now: datetime) -> list[Month]:
    """The months from `first`'s to `today`'s, oldest first, each with its figures."""
    agreed, original = _on_time(session, first, now)
    filled = _line_fill(session, first)
    none = Share(0, 0)
    return [
        Month(month, agreed.get(key, none), original.get(key, none), filled.get(key, none))
        for month in _months(first, today)
        for key in [f"{month:%Y-%m}"]
    ]


def worst_products(session: Session, since: datetime, until: datetime, limit: int = 5) -> list[Missed]:
    """The products with the most promised days missed, of the parts of lines due from `since` until before `until`."""
    missed = func.count(case((Promise.state == PromiseState.MISSED, 1)))
    query = (
        select(Product.sku, Product.name_th, Product.name_en, missed, func.count())
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Product, Product.id == OrderLine.product_id)
        .where(
            Promise.kind == Kind.LEAD_TIME,
            Promise.due_at >= since,
            Promise.due_at < until,
            Promise.state.in_(SETTLED),
        )
        .group_by(Product.id, Product.sku, Product.name_th, Product.name_en)
        .having(missed > 0)
        .order_by(missed.desc(), func.count(), Product.sku)
        .limit(limit)
    )
    return [Missed(*row) for row in session.execute(query)]


def on_time_of(session: Session, customer: Customer, first: date, now: datetime) -> Share:
    """The lines of one company that were due from `first`'s month to now, and those delivered by their promise."""
    share = Share(0, 0)
    agreed, _ = _on_time(session, first, now, customer)
    for month, of_month in agreed.items():
        if f"{first:%Y-%m}" <= month <= f"{business_day(now):%Y-%m}":
            share += of_month
    return share


def _on_time(
    session: Session, first: date, now: datetime, customer: Customer | None = None
) -> tuple[dict[str, Share], dict[str, Share]]:
    """By month of the last due day: lines delivered or due, and those of which every part came by its own date.

    Once by the days agreed last, once by those promised first; both in one pass over the promises, which are many. A
    line counts once all of it has been delivered or is due; a part withdrawn or waived is left out of it.
    """
    start = at(first.replace(day=1))
    lately = (
        select(ScheduleLine.line_id)
        .join(Promise, Promise.id == ScheduleLine.promise_id)
        .where(Promise.kind == Kind.LEAD_TIME, or_(Promise.due_at >= start, Promise.original_due_at >= start))
    )
    query = (
        select(
            *_of_line(Promise.due_at, now, "agreed"),
            *_of_line(Promise.original_due_at, now, "original"),
        )
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .where(Promise.kind == Kind.LEAD_TIME, Promise.state.in_(WATCHED + SETTLED))
        .group_by(ScheduleLine.line_id)
    )
    if customer is None:
        query = query.where(ScheduleLine.line_id.in_(lately))
    else:
        query = query.where(Promise.customer_id == customer.id)
    lines = query.subquery().c
    counted = (
        business_month(lines.agreed),
        lines.agreed_kept,
        lines.agreed_to_come,
        business_month(lines.original),
        lines.original_kept,
        lines.original_to_come,
    )
    agreed: dict[str, Share] = {}
    original: dict[str, Share] = {}
    for row in session.execute(select(*counted, func.count()).group_by(*counted)):
        for found, (month, kept, to_come) in ((agreed, row[:3]), (original, row[3:6])):
            if not to_come:
                found[month] = found.get(month, Share(0, 0)) + Share(row[6], row[6] * kept)
    return agreed, original


def _of_line(due: Any, now: datetime, name: str) -> tuple[Any, Any, Any]:
    """The last of these due times of a line, whether every part came by its own, and whether one is yet to come."""
    kept = case((Promise.fulfilled_at <= due, 1), else_=0)
    to_come = case((Promise.state.in_(WATCHED) & (due >= now), 1), else_=0)
    return (
        func.max(due).label(name),
        func.min(kept).label(f"{name}_kept"),
        func.max(to_come).label(f"{name}_to_come"),
    )


def line_fill_since(session: Session, since: datetime) -> Share:
    """The lines ordered since an instant that have shipped or fell short, and those shipped complete from stock."""
    lines = filled_lines(since).subquery()
    cases, full = session.execute(select(func.count(), func.coalesce(func.sum(lines.c.full), 0))).one()
    return Share(cases, int(full))


def _line_fill(session: Session, first: date) -> dict[str, Share]:
    """By month of ordering: lines that have shipped or fell short, and those whose first shipment was complete."""
    lines = filled_lines(at(first.replace(day=1))).subquery()
    return _shares(session, lines.c.placed_at, lines.c.full, lines)


def filled_lines(since: datetime, *, tolerated: ColumnElement[Any] | None = None) -> Select[Any]:
    """Lines ordered since an instant, each with whether its first shipment was complete and came from stock.

    Each says also how many `units` of it were ordered and not cancelled, and how many of these were `filled`: were in
    stock when it was ordered and came with its first shipment. Units that a substitute stands for were ordered and not
    filled. A line that stands for another, be it a substitute or goods sent again, was not ordered. Where a policy
    tolerates a part of the units to be missing, in basis points, a line that lacks no more is complete, and may have
    waited for them.
    """
    wanted = OrderLine.ordered - OrderLine.cancelled + OrderLine.substituted_out
    complete = (OrderLine.short == 0) & (OrderLine.first_shipped >= wanted)
    if tolerated is not None:
        lacking = (wanted - func.coalesce(OrderLine.first_shipped, 0)) * BASIS_POINTS
        complete = complete | ((tolerated > 0) & (lacking <= wanted * tolerated))
    full = case((complete, 1), else_=0)
    return (
        select(
            Order.placed_at.label("placed_at"),
            full.label("full"),
            wanted.label("units"),
            _filled(wanted).label("filled"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.placed_at >= since,
            wanted > 0,
            OrderLine.stands_for_id.is_(None),
            or_(OrderLine.first_shipped.is_not(None), OrderLine.short > 0),
        )
    )


def _filled(wanted: ColumnElement[int]) -> ColumnElement[int]:
    """Units of a line that were in stock when it was ordered and came with its first shipment; at most those wanted.

    Until there is a first shipment, what was in stock is taken to come with it.
    """
    there = OrderLine.ordered - OrderLine.short
    shipped = func.coalesce(OrderLine.first_shipped, there)
    brought = case((shipped < there, shipped), else_=there)
    return case((brought < wanted, brought), else_=wanted)


def _shares(
    session: Session, moment: ColumnElement[Any], good: ColumnElement[Any], rows: Any
) -> dict[str, Share]:
    month = business_month(moment)
    query = select(month, func.count(), cast(func.sum(good), Integer)).select_from(rows).group_by(month)
    return {key: Share(cases, kept) for key, cases, kept in session.execute(query)}


def open_risks(session: Session, limit: int = 50) -> list[Risk]:
    """The promises at risk now, the most urgent first."""
    query = (
        select(
            Order.number,
            Customer.name_th,
            Customer.name_en,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered,
            Promise.due_at,
            Promise.cause,
        )
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(PART_AT_RISK)
        .order_by(Promise.due_at, Promise.id)
        .limit(limit)
    )
    return [Risk(*row) for row in session.execute(query)]  # type: ignore[arg-type]


def risks_by_cause(session: Session) -> dict[str, int]:
    """How many promised parts of lines are at risk now, by cause, the commonest first."""
    query = (
        select(Promise.cause, func.count())
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .where(PART_AT_RISK)
        .group_by(Promise.cause)
        .order_by(func.count().desc())
    )
    return {cause: count for cause, count in session.execute(query) if cause}


def overdue(session: Session) -> int:
    """How many promised parts were missed with something of them still to come."""
    query = (
        select(func.count())
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .where(PART_LATE)
    )
    return session.scalar(query) or 0


def _months(first: date, last: date) -> list[date]:
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return months


def first_month(now: datetime, months: int) -> date:
    """The first day of the month `months` - 1 before this one."""
    today = business_day(now)
    count = today.year * 12 + today.month - 1 - (months - 1)
    return date(count // 12, count % 12 + 1, 1)
