"""What customers asked for is counted by product, warehouse and day, whether or not it was there."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from inventory.plans import DemandDay
from inventory.stockouts import StockOut
from orders.lost_sales import lost_units
from orders.models import Order, OrderLine, Origin
from portal.clock import at, business_day
from portal.db import transaction, upsert, whole_seconds

LOOK_BACK = timedelta(days=60)
"""For how long a day is counted anew, since what was asked on it may still be cancelled."""
WHOLE_DAY = 1440


def count_demand(session: Session, now: datetime) -> int:
    """Job: count the demand of every day that is over and new, or recent enough to have changed.

    Day by day, each in a transaction of its own, so that a run that was killed is taken up by the next. Says how many
    figures were new or different.
    """
    changed = 0
    for day in days_to_count(session, business_day(now)):
        with transaction(session):
            changed += count_day(session, day)
    return changed


def days_to_count(session: Session, today: date) -> list[date]:
    """The days to count: from the last one counted less 60 days, or from the first order while none was counted.

    Where orders came in that are older than all that is counted, as a history does, all days are counted anew, the
    oldest last: only then does the first day counted tell that it is done.
    """
    placed = session.scalar(select(func.min(Order.placed_at)))
    out = session.scalar(select(func.min(StockOut.started_at)))
    began = min((business_day(one) for one in (placed, out) if one is not None), default=today)
    first: date | None = session.scalar(select(func.min(DemandDay.day)))
    last: date = session.scalar(select(func.max(DemandDay.day))) or today
    older = first is not None and began < first
    since = began if first is None or older else last - LOOK_BACK
    days = [since + timedelta(days=n) for n in range((today - since).days)]
    return days[::-1] if older else days


def count_day(session: Session, day: date) -> int:
    """Count one day anew, in two statements; says how many figures are different from before."""
    since, until = at(day), at(day + timedelta(days=1))
    return _put(session, _asked(day, since, until), ("lines", "ordered", "lost")) + _put(
        session, _out(day, since, until), ("out_minutes",)
    )


def _asked(day: date, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """What customers asked for on a day.

    Units that were not there and were cancelled since, without anything else accepted for them, are lost: the same
    units as stock-outs count as lost (`lost_sales`), here by the day on which they were asked for. What was
    there and was cancelled all the same nobody wanted in the end, so it is no demand. A substitute is no demand for
    itself: its original is; and what is sent again for something returned was asked before.
    """
    called_off, lost = OrderLine.cancelled - OrderLine.substituted_out, lost_units()
    return (
        select(
            OrderLine.product_id,
            Order.warehouse_id,
            literal(day, Date).label("day"),
            func.count(OrderLine.id),
            func.sum(OrderLine.ordered - (called_off - lost)),
            func.sum(lost),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.placed_at >= since,
            Order.placed_at < until,
            Order.origin != Origin.REPLACEMENT,
            OrderLine.stands_for_id.is_(None),
        )
        .group_by(OrderLine.product_id, Order.warehouse_id)
    )


def _out(day: date, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """For how many minutes of a day nothing was available."""
    began = case(
        (StockOut.started_at > since, whole_seconds(StockOut.started_at)), else_=int(since.timestamp())
    )
    ended = case(
        (and_(StockOut.ended_at.is_not(None), StockOut.ended_at < until), whole_seconds(StockOut.ended_at)),
        else_=int(until.timestamp()),
    )
    minutes = cast(func.sum(ended - began), BigInteger) // 60
    return (
        select(
            StockOut.product_id,
            StockOut.warehouse_id,
            literal(day, Date).label("day"),
            _lesser(minutes, WHOLE_DAY),
        )
        .where(StockOut.started_at < until, or_(StockOut.ended_at.is_(None), StockOut.ended_at > since))
        .group_by(StockOut.product_id, StockOut.warehouse_id)
    )


def _put(session: Session, found: Select[*tuple[Any, ...]], names: tuple[str, ...]) -> int:
    """Write figures by one statement; only what is different is written."""
    zeros = [column for column in ("lines", "ordered", "lost", "out_minutes") if column not in names]
    whole = found.add_columns(*(literal(0) for _ in zeros))
    put = upsert(session, DemandDay).from_select(["product_id", "warehouse_id", "day", *names, *zeros], whole)
    differs = or_(*(getattr(DemandDay, name) != put.excluded[name] for name in names))
    written = put.on_conflict_do_update(
        index_elements=["product_id", "warehouse_id", "day"],
        set_={name: put.excluded[name] for name in names},
        where=differs,
    )
    return len(session.execute(written.returning(DemandDay.product_id)).all())


def _lesser(one: Any, other: Any) -> ColumnElement[int]:
    return case((one < other, one), else_=other)
