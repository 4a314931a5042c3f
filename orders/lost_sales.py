"""What stock-outs cost: the lines found short while nothing was there, and what of them was lost or still waits.

There is one figure of what is **lost**: units of a line that were not in stock when it was ordered and were cancelled
since, without anything else accepted for them. By the day of ordering they are what the forecast calls demand lost
(`demand`); by the stock-out during which they were ordered they are what it cost. Who never ordered because nothing was
there is in neither: nobody knows of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.stock import Reservation
from inventory.stockouts import StockOut
from orders.models import Order, OrderLine, ScheduleLine
from policies.clocks import business_minutes
from policies.places import places
from portal.clock import business_day
from portal.db import whole_seconds
from portal.money import line_amount
from portal.refusal import Refused

UNSEEN = 120
"""Seconds before a stock-out in which a line found short is what emptied the shelf: the watch looks every minute."""
Worth = dict[str, int]
"""Minor units by currency."""


def lost_units() -> ColumnElement[int]:
    """Units of a line that were not there when it was ordered and were cancelled since, with nothing else accepted.

    Of 10 ordered 7 are short: 4 cancelled are lost; 8 cancelled, and 7 are lost, as the eighth was there and nobody
    wanted it; 7 for which a substitute was accepted, and none is.
    """
    called_off = OrderLine.cancelled - OrderLine.substituted_out
    short = OrderLine.short - OrderLine.substituted_out
    never_there = case((short > 0, short), else_=0)
    return case((called_off < never_there, called_off), else_=never_there)


@dataclass(frozen=True)
class Toll:
    """What one stock-out cost: lines found short and their short units, units lost and units that still wait.

    What is lost and what waits is worth the lines' own prices, before tax.
    """

    lines: int = 0
    short: int = 0
    lost: int = 0
    lost_worth: Worth = field(default_factory=dict)
    waiting: int = 0
    waiting_worth: Worth = field(default_factory=dict)


@dataclass(frozen=True)
class Lasted:
    """How long a stock-out lasted, or has lasted so far: by the clock, and in working minutes of its warehouse."""

    span: timedelta
    worked: int | None

    @property
    def hours(self) -> int:
        """Whole hours by the clock."""
        return self.span // timedelta(hours=1)

    @property
    def worked_hours(self) -> int | None:
        """Whole working hours; None while there is no business calendar."""
        return None if self.worked is None else self.worked // 60


def tolls(session: Session, ids: Collection[int]) -> dict[int, Toll]:
    """By stock-out what it cost, in two statements; those without a short line are absent.

    A line belongs to the stock-out in which it was ordered, and the one that emptied the shelf to the one it began.
    """
    if not ids:
        return {}
    found: dict[int, Toll] = {}
    counted = (func.count(OrderLine.id), func.sum(OrderLine.short), func.sum(lost_units()))
    for key, currency, price, discount_bp, lines, short, lost in session.execute(_short_lines(ids, *counted)):
        known = found.get(key, Toll())
        found[key] = Toll(
            known.lines + lines,
            known.short + int(short),
            known.lost + int(lost),
            _with(known.lost_worth, currency, price, discount_bp, int(lost)),
        )
    waits = cast(func.sum(Reservation.quantity - Reservation.held), Integer)
    query = (
        _short_lines(ids, waits)
        .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
        .join(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .where(Reservation.held < Reservation.quantity)
    )
    for key, currency, price, discount_bp, units in session.execute(query):
        known = found.get(key, Toll())  # a line may have been ordered since the statement above
        worth = _with(known.waiting_worth, currency, price, discount_bp, units)
        found[key] = Toll(
            known.lines, known.short, known.lost, known.lost_worth, known.waiting + units, worth
        )
    return found


def lasted(session: Session, stock_outs: Collection[StockOut], now: datetime) -> dict[int, Lasted]:
    """By stock-out how long it lasted until it ended, or until now; their warehouses are loaded. Two statements."""
    if not stock_outs:
        return {}
    try:
        since = business_day(min(one.started_at for one in stock_outs))
        calendars = places(session, since, hours=True)
    except Refused:
        calendars = None  # the calendar has not been set up yet, so no hour counts as worked
    found = {}
    for one in stock_outs:
        until = one.ended_at or now
        hours = calendars.hours(one.warehouse.code) if calendars else None
        worked = None if hours is None else business_minutes(one.started_at, until, hours)
        found[one.id] = Lasted(until - one.started_at, worked)
    return found


def _short_lines(ids: Collection[int], *counted: Any) -> Select[*tuple[Any, ...]]:
    """The lines found short by each of these stock-outs, by price, so that their worth is exact."""
    key = (StockOut.id, Order.currency, OrderLine.unit_price, OrderLine.discount_bp)
    before = aliased(StockOut)
    placed = whole_seconds(Order.placed_at)
    already_out = exists().where(
        before.product_id == StockOut.product_id,
        before.warehouse_id == StockOut.warehouse_id,
        before.started_at < StockOut.started_at,
        before.started_at <= Order.placed_at,
        before.ended_at >= Order.placed_at,
    )
    return (
        select(*key, *counted)
        .select_from(StockOut)
        .join(OrderLine, OrderLine.product_id == StockOut.product_id)
        .join(
            Order,
            and_(
                Order.id == OrderLine.order_id,
                Order.warehouse_id == StockOut.warehouse_id,
                placed >= whole_seconds(StockOut.started_at) - UNSEEN,
                or_(StockOut.ended_at.is_(None), Order.placed_at <= StockOut.ended_at),
            ),
        )
        .where(
            StockOut.id.in_(ids),
            OrderLine.short > 0,
            OrderLine.stands_for_id.is_(None),
            or_(Order.placed_at >= StockOut.started_at, ~already_out),
        )
        .group_by(*key)
    )


def _with(worth: Worth, currency: str, price: Decimal, discount_bp: int, units: int) -> Worth:
    """A worth with that of some more units of one price."""
    if not units:
        return worth
    amount = line_amount(Decimal(price), units, currency, discount_bp=discount_bp)
    return worth | {currency: worth.get(currency, 0) + amount}
