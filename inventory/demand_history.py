"""What was asked of each place day by day, from the day on which the product could be asked for there."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.forecasting import Day
from inventory.plans import DemandDay
from inventory.stock import Movement
from portal.clock import business_day

WINDOW = timedelta(days=182)
"""How far back demand counts: half a year, so that what has changed shows."""


def demand_days(rows: Iterable[tuple[date, int, int]], since: date, until: date) -> list[Day]:
    """Demand day by day from `since` until before `until`; days without a row are zero days. None without any row.

    `rows` are day, units and minutes without stock.
    """
    known = {day: Day(units, minutes) for day, units, minutes in rows if since <= day < until}
    if not known:
        return []
    every = (since + timedelta(days=n) for n in range((until - since).days))
    return [known.get(day, Day(0)) for day in every]


def demand_of(session: Session, product_ids: Sequence[int], today: date) -> dict[tuple[int, int], list[Day]]:
    """The demand of these products by product and warehouse, as far back as it counts; two queries.

    A day before the product was first kept or asked for at a place says nothing of it; any later one does.
    """
    begins = today - WINDOW
    counts = DemandDay.product_id.in_(product_ids), DemandDay.day >= begins, DemandDay.day < today
    query = select(
        DemandDay.product_id, DemandDay.warehouse_id, DemandDay.day, DemandDay.ordered, DemandDay.out_minutes
    ).where(*counts)
    rows: dict[tuple[int, int], list[tuple[date, int, int]]] = {}
    for product_id, warehouse_id, day, units, minutes in session.execute(query.order_by(DemandDay.day)):
        rows.setdefault((product_id, warehouse_id), []).append((day, units, minutes))
    place = select(DemandDay.product_id, DemandDay.warehouse_id).where(*counts).distinct().subquery()
    kept = (
        select(Movement.at)
        .where(Movement.product_id == place.c.product_id, Movement.warehouse_id == place.c.warehouse_id)
        .order_by(Movement.id)
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(func.min(DemandDay.day))
        .where(DemandDay.product_id == place.c.product_id, DemandDay.warehouse_id == place.c.warehouse_id)
        .scalar_subquery()
    )
    firsts = {
        (product_id, warehouse_id): _first(first_kept, first_asked)
        for product_id, warehouse_id, first_kept, first_asked in session.execute(
            select(place.c.product_id, place.c.warehouse_id, kept, asked)
        )
    }
    return {key: demand_days(those, max(begins, firsts[key]), today) for key, those in rows.items()}


def _first(kept: datetime | None, asked: date) -> date:
    return min(asked, business_day(kept)) if kept else asked
