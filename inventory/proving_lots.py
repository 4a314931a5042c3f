"""The proof that what is meant for order lines by lot is there, is held by them, and may be sold."""

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from inventory.figures import Difference, Figure
from inventory.identities import Allocation, Identity, IdentityBalance, Keeping
from inventory.models import Product, Warehouse
from inventory.stock import Reservation


def carried(session: Session, most: int | None) -> list[Difference]:
    """The units of each lot in each warehouse that are said to be meant for order lines, against their allocations."""
    nothing = literal(0)
    rows = union_all(
        select(
            IdentityBalance.identity_id,
            IdentityBalance.warehouse_id,
            IdentityBalance.allocated.label("said"),
            nothing.label("allotted"),
        ).where(IdentityBalance.keeping == Keeping.GOOD, IdentityBalance.allocated > 0),
        select(Allocation.identity_id, Reservation.warehouse_id, nothing, func.sum(Allocation.quantity))
        .join(Reservation, Reservation.id == Allocation.reservation_id)
        .group_by(Allocation.identity_id, Reservation.warehouse_id),
    ).subquery()
    said, allotted = func.sum(rows.c.said), func.sum(rows.c.allotted)
    query = (
        select(Product.sku, Warehouse.code, said, allotted, Identity.number)
        .select_from(rows)
        .join(Identity, Identity.id == rows.c.identity_id)
        .join(Product, Product.id == Identity.product_id)
        .join(Warehouse, Warehouse.id == rows.c.warehouse_id)
        .group_by(Product.sku, Warehouse.code, Identity.number)
        .having(said != allotted)
        .order_by(Product.sku, Warehouse.code, Identity.number)
        .limit(most)
    )
    return [
        Difference(Figure.ALLOCATED, sku, warehouse, int(units), int(proven), identity_no=number)
        for sku, warehouse, units, proven, number in session.execute(query)
    ]


def over_allotted(session: Session, most: int | None) -> list[Difference]:
    """Where a reservation is allotted more units than it holds; they may be fewer, never more."""
    units = func.sum(Allocation.quantity)
    query = (
        select(Product.sku, Warehouse.code, units, Reservation.held, Reservation.purpose)
        .join(Reservation, Reservation.id == Allocation.reservation_id)
        .join(Product, Product.id == Reservation.product_id)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .group_by(Product.sku, Warehouse.code, Reservation.id, Reservation.held, Reservation.purpose)
        .having(units > Reservation.held)
        .order_by(Product.sku, Warehouse.code, Reservation.id)
        .limit(most)
    )
    return [
        Difference(Figure.ALLOTTED, sku, warehouse, int(allotted), held, purpose=purpose)
        for sku, warehouse, allotted, held, purpose in session.execute(query)
    ]


def stopped_lots(session: Session, most: int | None) -> list[Difference]:
    """Where units of a lot that is stopped, or of another product than is wanted, are meant for order lines."""
    units = func.sum(Allocation.quantity)
    query = (
        select(Product.sku, Warehouse.code, units, Identity.number)
        .select_from(Allocation)
        .join(Identity, Identity.id == Allocation.identity_id)
        .join(Reservation, Reservation.id == Allocation.reservation_id)
        .join(Product, Product.id == Identity.product_id)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .where(Identity.stopped | (Identity.product_id != Reservation.product_id))
        .group_by(Product.sku, Warehouse.code, Identity.number)
        .order_by(Product.sku, Warehouse.code, Identity.number)
        .limit(most)
    )
    return [
        Difference(Figure.BARRED, sku, warehouse, int(allotted), 0, identity_no=number)
        for sku, warehouse, allotted, number in session.execute(query)
    ]
