"""What of the stock is held for baskets: a hold is a reservation that expires, and no commitment to anybody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from inventory.models import Product, Warehouse
from inventory.stock import Reservation, Stock


@dataclass(frozen=True)
class Hold:
    """Units of a product in a warehouse that are held for one basket, and until when."""

    units: int
    until: datetime
    warehouse_id: int


@dataclass(frozen=True)
class InBaskets:
    """Units of a product that baskets hold in a warehouse (its code), and when the last hold of them runs out."""

    warehouse: str
    units: int
    until: datetime


IN_BASKETS = func.coalesce(
    select(func.sum(Reservation.held))
    .where(
        Reservation.product_id == Stock.product_id,
        Reservation.warehouse_id == Stock.warehouse_id,
        Reservation.expires_at.is_not(None),
    )
    .correlate(Stock)
    .scalar_subquery(),
    0,
)
"""Units that baskets hold of a stock row: reserved, but promised to nobody."""
EMPTIED_BY_BASKETS = exists().where(
    Reservation.product_id == Stock.product_id,
    Reservation.warehouse_id == Stock.warehouse_id,
    Reservation.expires_at.is_not(None),
)
"""That a basket holds units of a stock row; what is available of it may be nothing only because of that."""


def purpose_of(user_id: int, product_id: int) -> str:
    """The purpose under which a person's basket holds a product."""
    return f"basket/{user_id}/{product_id}"


def holds_of(
    session: Session, user_id: int, product_ids: Collection[int], *, now: datetime
) -> dict[int, Hold]:
    """What a person's basket holds of these products now, by product; one query."""
    if not product_ids:
        return {}
    query = select(
        Reservation.product_id, Reservation.held, Reservation.expires_at, Reservation.warehouse_id
    ).where(
        Reservation.purpose.in_([purpose_of(user_id, product_id) for product_id in product_ids]),
        Reservation.expires_at > now,
    )
    return {
        product_id: Hold(units, until, house)
        for product_id, units, until, house in session.execute(query)
        if until is not None
    }


def in_baskets(session: Session, product: Product) -> list[InBaskets]:
    """What baskets hold of a product in each warehouse that has any so held; one query."""
    query = (
        select(Warehouse.code, func.sum(Reservation.held), func.max(Reservation.expires_at))
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .where(Reservation.product_id == product.id, Reservation.expires_at.is_not(None))
        .group_by(Warehouse.code)
        .order_by(Warehouse.code)
    )
    rows = session.execute(query)
    return [InBaskets(code, int(units), until) for code, units, until in rows if until is not None]
