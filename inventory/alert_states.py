"""What staff should know of products in warehouses as things stand: by kind of alert, one query over all places."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from inventory.alerts import AlertKind
from inventory.cover import COVER_DAYS, SOON_DAYS, SOON_PART, soon_days
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.in_baskets import IN_BASKETS
from inventory.models import Lifecycle, Product
from inventory.plans import Method, StockPlan
from inventory.positions import POSITION
from inventory.reorder_points import reorder_point_at
from inventory.stock import Reservation, Stock
from inventory.stockouts import StockOut
from portal.db import days_after

Places = Select[int, int, int]
"""The places where an alert holds: product, warehouse, and the units that it is about."""

_STILL_BOUGHT = Product.lifecycle.in_((Lifecycle.NEW, Lifecycle.ACTIVE))
"""What is being phased out is meant to run low and to run out."""
_AVAILABLE = Stock.on_hand - Stock.reserved + IN_BASKETS


def places_of(session: Session, kind: AlertKind, today: date) -> Places:
    """Where an alert of a kind holds on a day, and of how many units.

    Out: units that wait. Low: the position. Expires soon: units that do. Too much: units beyond enough.
    """
    return _STATES[kind](session, today)


def _out(_session: Session, _today: date) -> Places:
    """Where a stock-out is on record; the stock watch begins and ends it."""
    waiting = (
        select(func.sum(Reservation.quantity - Reservation.held))
        .where(
            Reservation.product_id == StockOut.product_id,
            Reservation.warehouse_id == StockOut.warehouse_id,
            Reservation.held < Reservation.quantity,
        )
        .correlate(StockOut)
        .scalar_subquery()
    )
    return (
        select(StockOut.product_id, StockOut.warehouse_id, _whole(waiting).label("units"))
        .join(Product, Product.id == StockOut.product_id)
        .where(StockOut.ended_at.is_(None), _STILL_BOUGHT)
    )


def _low(_session: Session, _today: date) -> Places:
    """Where something is available, and with what is on order no more than the reorder point in use."""
    return (
        select(Stock.product_id, Stock.warehouse_id, cast(POSITION, Integer).label("units"))
        .join(Product, Product.id == Stock.product_id)
        .where(_STILL_BOUGHT, _AVAILABLE > 0, reorder_point_at(Stock.warehouse_id) >= POSITION)
    )


def _expiring(session: Session, today: date) -> Places:
    """Where lots fit for sale, and not picked for a shipment, are within the days that `soon_days` gives."""
    soon = case(
        (Product.shelf_life_days.is_(None), SOON_DAYS),
        else_=(Product.shelf_life_days + SOON_PART - 1) // SOON_PART,
    )
    longest = max(SOON_DAYS, soon_days(session.scalar(select(func.max(Product.shelf_life_days)))))
    units = func.sum(IdentityBalance.quantity - IdentityBalance.picked)
    return (
        select(Identity.product_id, IdentityBalance.warehouse_id, _whole(units).label("units"))
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .join(Product, Product.id == Identity.product_id)
        .where(
            Identity.expires_on <= today + timedelta(days=longest),  # which an index finds
            Identity.expires_on <= days_after(today, soon),
            IdentityBalance.keeping == Keeping.GOOD,
            IdentityBalance.quantity > IdentityBalance.picked,
        )
        .group_by(Identity.product_id, IdentityBalance.warehouse_id)
    )


def _overstock(_session: Session, _today: date) -> Places:
    """Where more is available than `cover.enough` says, worked out by the database in whole numbers."""
    mean = cast(func.round(StockPlan.daily_mean * _PLACES), BigInteger)
    needed = (mean * COVER_DAYS + _PLACES - 1) // _PLACES
    kept = StockPlan.reorder_point + StockPlan.order_quantity
    covered = case((needed > kept, needed), else_=kept)
    forecast = StockPlan.method != Method.NONE
    limit = case(
        (and_(forecast, or_(StockPlan.most.is_(None), StockPlan.most > covered)), covered),
        else_=StockPlan.most,
    )
    return (
        select(Stock.product_id, Stock.warehouse_id, cast(_AVAILABLE - limit, Integer).label("units"))
        .join(Product, Product.id == Stock.product_id)
        .join(
            StockPlan,
            and_(StockPlan.product_id == Stock.product_id, StockPlan.warehouse_id == Stock.warehouse_id),
        )
        .where(Product.active, limit < _AVAILABLE)
    )


_PLACES = 10_000
"""A daily mean has four decimals."""
_STATES: dict[AlertKind, Callable[[Session, date], Places]] = {
    AlertKind.OUT: _out,
    AlertKind.LOW: _low,
    AlertKind.EXPIRING: _expiring,
    AlertKind.OVERSTOCK: _overstock,
}


def _whole(units: Any) -> Any:
    return cast(func.coalesce(units, 0), Integer)
