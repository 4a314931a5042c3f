"""What was filled from stock and what was not: line and unit fill rate beside the stock-outs, by whatever one asks.

Line fill rate = lines shipped complete from stock at first shipment / lines ordered that shipped or fell short.
Unit fill rate = their units that were in stock when ordered and came with the first shipment / their units.
Stock-out level = 1 − line fill rate. All three count the same lines (`measures.filled_lines`), in the time in which
they were ordered; a line cancelled whole is in none of them, and what it lost stands beside them (`lost_sales`).
Stock-outs are those that began in the time, with their hours until they ended, or until now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.models import Product, Warehouse
from inventory.stockouts import StockOut
from orders import stock_outs
from orders.lost_sales import lost_units
from orders.measures import Share, filled_lines
from orders.models import Order, OrderLine
from orders.stock_outs import WasOut
from portal.customers.models import Customer
from portal.db import business_month, whole_seconds
from portal.i18n import N_
from portal.keyset import Keyset, keyset

NONE = Share(0, 0)


class By(StrEnum):
    """What figures are told apart by."""

    PRODUCT = "product"
    WAREHOUSE = "warehouse"
    CUSTOMER = "customer"
    MONTH = "month"


class Outcome(StrEnum):
    """Which of the lines behind a figure are shown."""

    ALL = "all"
    COMPLETE = "complete"
    SHORT = "short"
    LOST = "lost"


BY_TITLES = {
    By.PRODUCT: N_("By product"),
    By.WAREHOUSE: N_("By warehouse"),
    By.CUSTOMER: N_("By customer"),
    By.MONTH: N_("By month"),
}
OUTCOME_TITLES = {
    Outcome.ALL: N_("Lines that shipped or fell short"),
    Outcome.COMPLETE: N_("Lines complete from stock"),
    Outcome.SHORT: N_("Lines not complete from stock"),
    Outcome.LOST: N_("Lines that lost units"),
}


@dataclass(frozen=True)
class Asked:
    """What is counted: lines ordered, and stock-outs that began, from `since` until before `until`.

    Of one warehouse, category, customer or product, or of all. Stock-outs are nobody's: no customer narrows them.
    """

    since: datetime
    until: datetime
    now: datetime
    warehouse: Warehouse | None = None
    category_id: int | None = None
    customer: Customer | None = None
    product: Product | None = None

    def narrowed(self, product_id: Any, warehouse_id: Any) -> list[ColumnElement[bool]]:
        """The goods and the place that are asked for, as conditions on these columns."""
        found: list[ColumnElement[bool]] = []
        if self.warehouse is not None:
            found.append(warehouse_id == self.warehouse.id)
        if self.product is not None:
            found.append(product_id == self.product.id)
        if self.category_id is not None:
            found.append(product_id.in_(select(Product.id).where(Product.category_id == self.category_id)))
        return found

    @property
    def lines(self) -> list[ColumnElement[bool]]:
        """What is asked for, as conditions on lines and their orders."""
        found = self.narrowed(OrderLine.product_id, Order.warehouse_id)
        if self.customer is not None:
            found.append(Order.customer_id == self.customer.id)
        return [Order.placed_at < self.until, *found]


@dataclass(frozen=True)
class Filled:
    """The figures of some lines, and of the stock-outs beside them; `seconds` is how long these lasted together."""

    lines: Share = NONE
    units: Share = NONE
    lost: int = 0
    stock_outs: int = 0
    seconds: int = 0

    @property
    def level(self) -> float | None:
        """The stock-out level: 1 − line fill rate; None without lines."""
        return None if self.lines.of_one is None else 1 - self.lines.of_one

    @property
    def hours(self) -> int:
        """Whole hours of all stock-outs together."""
        return self.seconds // 3600

    def __add__(self, other: "Filled") -> "Filled":
        return Filled(
            self.lines + other.lines,
            self.units + other.units,
            self.lost + other.lost,
            self.stock_outs + other.stock_outs,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Group:
    """The figures of one product, warehouse or customer."""

    about: Product | Warehouse | Customer
    filled: Filled


@dataclass(frozen=True)
class Behind:
    """A line behind a figure: whether it was complete from stock, its units, those filled, and those lost."""

    line: OrderLine
    complete: bool
    units: int
    filled: int
    lost: int


def by_month(session: Session, asked: Asked) -> dict[str, Filled]:
    """By month as YYYY-MM, its figures; months without any are absent. Three statements."""
    return _figures(session, asked, By.MONTH, None)


def grouped(session: Session, asked: Asked, by: By, most: int) -> tuple[list[Group], int]:
    """At most so many products, warehouses or customers, the most incomplete lines first, and how many there are.

    Listed are those of which lines were ordered, also when all of a line was lost. Five statements, for customers four.
    """
    key = _KEYS[by]
    lines = _lines(asked).add_columns(key.label("key")).subquery()
    gone = select(key, literal(1)).select_from(OrderLine).join(Order, Order.id == OrderLine.order_id)
    gone = gone.where(OrderLine.ordered == OrderLine.cancelled - OrderLine.substituted_out, *_lost(asked))
    found = union_all(select(lines.c.key, (1 - lines.c.full).label("bad")), gone).subquery()
    bad = func.sum(found.c.bad)
    worst = select(found.c.key, func.count().over()).group_by(found.c.key)
    worst = worst.order_by(bad.desc(), func.count().desc(), found.c.key).limit(most)
    rows = session.execute(worst).all()
    ids = [id_ for id_, _ in rows]
    figures = _figures(session, asked, by, ids)
    model = _MODELS[by]
    about = {one.id: one for one in session.scalars(select(model).where(model.id.in_(ids)))}
    return [Group(about[id_], figures.get(id_, Filled())) for id_ in ids], rows[0][1] if rows else 0


def lines_behind(
    session: Session,
    asked: Asked,
    outcome: Outcome,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Behind]:
    """A page of the lines that a figure counts, the latest first; one statement."""
    if outcome is Outcome.LOST:
        none = literal(0)
        query: Any = select(Order.placed_at, none, OrderLine.ordered - OrderLine.cancelled, none)
        query = query.join(OrderLine, OrderLine.order_id == Order.id).where(*_lost(asked))
    else:
        query = _lines(asked)
        full = query.selected_columns.full
        if outcome is not Outcome.ALL:
            query = query.where(full == (1 if outcome is Outcome.COMPLETE else 0))
    sides = contains_eager(OrderLine.order).options(joinedload(Order.customer), joinedload(Order.warehouse))
    query = query.add_columns(lost_units(), OrderLine).options(sides)
    page = keyset(session, query, OrderLine.id, older_than=older_than, newer_than=newer_than)
    return page.made(lambda row: Behind(row[5], bool(row[1]), row[2], row[3], row[4]))


def stock_outs_behind(
    session: Session, asked: Asked, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[WasOut]:
    """A page of the stock-outs that a figure counts, the latest first; five statements."""
    narrowed = asked.narrowed(StockOut.product_id, StockOut.warehouse_id)
    turned = {"older_than": older_than, "newer_than": newer_than}
    return stock_outs.begun_within(session, asked.since, asked.until, *narrowed, now=asked.now, **turned)


def _figures(session: Session, asked: Asked, by: By, ids: Sequence[int] | None) -> dict[Any, Filled]:
    """The figures by month or by id, of these ids if they are given; three statements, two for customers."""
    found: dict[Any, Filled] = {}
    key = _KEYS[by]
    here = [] if ids is None else [key.in_(ids)]
    lines = _lines(asked).where(*here).add_columns(key.label("key")).subquery()
    totals = (func.sum(lines.c.full), func.sum(lines.c.units), func.sum(lines.c.filled))
    for one, count, full, units, filled in session.execute(
        select(lines.c.key, func.count(), *totals).group_by(lines.c.key)
    ):
        found[one] = Filled(Share(count, int(full)), Share(int(units), int(filled)))
    lost = select(key, cast(func.sum(lost_units()), Integer)).select_from(OrderLine)
    lost = lost.join(Order, Order.id == OrderLine.order_id).where(*_lost(asked), *here)
    for one, units in session.execute(lost.group_by(key)):
        found[one] = replace(found.get(one, Filled()), lost=units)
    if by is By.CUSTOMER:
        return found
    for one, count, seconds in session.execute(_out(asked, by, ids)):
        found[one] = replace(found.get(one, Filled()), stock_outs=count, seconds=int(seconds))
    return found


def _lines(asked: Asked) -> Select[Any]:
    return filled_lines(asked.since).where(*asked.lines)


def _lost(asked: Asked) -> list[ColumnElement[bool]]:
    """The lines that lost units; those that stand for another were not ordered."""
    return [
        Order.placed_at >= asked.since,
        OrderLine.stands_for_id.is_(None),
        OrderLine.short > 0,
        lost_units() > 0,
        *asked.lines,
    ]


def _out(asked: Asked, by: By, ids: Sequence[int] | None) -> Select[*tuple[Any, ...]]:
    """The stock-outs that began in the time, and for how many seconds nothing was there."""
    key = _OUT_KEYS[by]
    now = int(asked.now.timestamp())
    ended = case((StockOut.ended_at.is_not(None), whole_seconds(StockOut.ended_at)), else_=now)
    seconds = cast(func.sum(ended - whole_seconds(StockOut.started_at)), BigInteger)
    query = select(key, func.count(), seconds).where(
        StockOut.started_at >= asked.since,
        StockOut.started_at < asked.until,
        *asked.narrowed(StockOut.product_id, StockOut.warehouse_id),
    )
    return (query if ids is None else query.where(key.in_(ids))).group_by(key)


_KEYS: dict[By, Any] = {
    By.PRODUCT: OrderLine.product_id,
    By.WAREHOUSE: Order.warehouse_id,
    By.CUSTOMER: Order.customer_id,
    By.MONTH: business_month(Order.placed_at),
}
_OUT_KEYS: dict[By, Any] = {
    By.PRODUCT: StockOut.product_id,
    By.WAREHOUSE: StockOut.warehouse_id,
    By.MONTH: business_month(StockOut.started_at),
}
_MODELS: dict[By, Any] = {By.PRODUCT: Product, By.WAREHOUSE: Warehouse, By.CUSTOMER: Customer}
