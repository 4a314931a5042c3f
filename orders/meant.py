"""Which lots are meant for which order lines: read for an order, and for a lot that may have to be called back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.identities import Allocation, Identity
from inventory.models import Warehouse
from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine

MOST_SHOWN = 50


@dataclass(frozen=True)
class MeantFor:
    """Units of a lot meant for one part of an order that has not left; no part yet while a substitute is only offered.

    `purpose` is what the stock names it by.
    """

    purpose: str
    part: ScheduleLine | None
    warehouse: Warehouse
    due_at: datetime
    units: int
    picked: int


def lots_of_parts(session: Session, parts: Iterable[ScheduleLine]) -> dict[int, list[Allocation]]:
    """The lots meant for parts (by their id), those first to expire first. One query."""
    by_reservation = {part.reservation_id: part.id for part in parts if part.reservation_id and part.held}
    query = (
        select(Allocation)
        .join(Allocation.identity)
        .where(Allocation.reservation_id.in_(by_reservation))
        .options(contains_eager(Allocation.identity))
        .order_by(Identity.expires_on.is_(None), Identity.expires_on, Identity.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[Allocation]] = {}
    for one in session.scalars(query) if by_reservation else ():
        found.setdefault(by_reservation[one.reservation_id], []).append(one)
    return found


def meant_for(session: Session, identity: Identity, most: int = MOST_SHOWN) -> list[MeantFor]:
    """The order lines that units of a lot are meant for, oldest promise first: what a recall would hit before it left.

    One query.
    """
    query = (
        select(Allocation, Reservation, Warehouse, ScheduleLine)
        .join(Reservation, Reservation.id == Allocation.reservation_id)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .outerjoin(ScheduleLine, ScheduleLine.reservation_id == Reservation.id)
        .where(Allocation.identity_id == identity.id)
        .options(
            joinedload(ScheduleLine.line).joinedload(OrderLine.order).joinedload(Order.customer),
        )
        .order_by(Reservation.due_at, Reservation.id)
        .limit(most)
    )
    return [
        MeantFor(held.purpose, part, warehouse, held.due_at, one.quantity, one.picked)
        for one, held, warehouse, part in session.execute(query.execution_options(populate_existing=True))
    ]


def count_meant(session: Session, identity_ids: Select[int]) -> tuple[int, int]:
    """How many order lines units of these lots are meant for, and how many units."""
    query = select(
        func.count(Allocation.reservation_id.distinct()), func.coalesce(func.sum(Allocation.quantity), 0)
    ).where(Allocation.identity_id.in_(identity_ids))
    lines, units = session.execute(query).one()
    return int(lines), int(units)
