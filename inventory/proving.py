"""The proof that every balance is what its records add up to."""

from sqlalchemy import case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from inventory.figures import Difference, Figure
from inventory.identities import Identity, IdentityBalance, IdentityMove, Keeping
from inventory.inbound import InboundReceipt
from inventory.models import Product, Tracking, Warehouse
from inventory.proving_lots import carried, over_allotted, stopped_lots
from inventory.stock import Condition, Movement, Reservation, Stock
from portal.customers.models import Customer


def differences(session: Session, most: int | None = None) -> list[Difference]:
    """Every balance and claim that is not the sum of its records; none when all is well. Eight queries, no locks.

    With `most`, the first so many of them.
    """
    found: list[Difference] = []
    for prove in (_balances, _claims, _identities, _named, _picked, carried, over_allotted, stopped_lots):
        found += prove(session, most)
    return found if most is None else found[:most]


def named_differences(session: Session) -> list[str]:
    """The same, each in words."""
    return [str(one) for one in differences(session)]


def _balances(session: Session, most: int | None) -> list[Difference]:
    """On hand and quarantined against the movements, reserved against what reservations hold, at all places at once."""
    nothing = literal(0)
    good = case((Movement.condition == Condition.GOOD, Movement.quantity), else_=0)
    rows = union_all(
        select(
            Stock.product_id,
            Stock.warehouse_id,
            Stock.on_hand.label("on_hand"),
            Stock.quarantined.label("quarantined"),
            Stock.reserved.label("reserved"),
            nothing.label("moved"),
            nothing.label("moved_apart"),
            nothing.label("held"),
        ),
        select(
            Movement.product_id,
            Movement.warehouse_id,
            *(nothing, nothing, nothing),
            func.sum(good),
            func.sum(Movement.quantity - good),
            nothing,
        ).group_by(Movement.product_id, Movement.warehouse_id),
        select(
            Reservation.product_id,
            Reservation.warehouse_id,
            *(nothing, nothing, nothing, nothing, nothing),
            func.sum(Reservation.held),
        )
        .where(Reservation.held > 0)
        .group_by(Reservation.product_id, Reservation.warehouse_id),
    ).subquery()
    pairs = {
        Figure.ON_HAND: (func.sum(rows.c.on_hand), func.sum(rows.c.moved)),
        Figure.QUARANTINED: (func.sum(rows.c.quarantined), func.sum(rows.c.moved_apart)),
        Figure.RESERVED: (func.sum(rows.c.reserved), func.sum(rows.c.held)),
    }
    # Only what differs is looked up by its code, so that no sum is sorted by it.
    sums = (
        select(
            rows.c.product_id,
            rows.c.warehouse_id,
            *(one.label(f"sum_{n}") for n, one in enumerate(one for pair in pairs.values() for one in pair)),
        )
        .group_by(rows.c.product_id, rows.c.warehouse_id)
        .having(or_(*(recorded != proven for recorded, proven in pairs.values())))
        .subquery()
    )
    query = (
        select(Product.sku, Warehouse.code, *(sums.c[f"sum_{n}"] for n in range(2 * len(pairs))))
        .select_from(sums)
        .join(Product, Product.id == sums.c.product_id)
        .join(Warehouse, Warehouse.id == sums.c.warehouse_id)
        .order_by(Product.sku, Warehouse.code)
        .limit(most)
    )
    found = []
    for sku, warehouse, *told in session.execute(query):
        for n, figure in enumerate(pairs):
            recorded, proven = int(told[2 * n]), int(told[2 * n + 1])
            if recorded != proven:
                found.append(Difference(figure, sku, warehouse, recorded, proven))
    return found


def _claims(session: Session, most: int | None) -> list[Difference]:
    """What is claimed of each receipt against what waits for it."""
    waiting = (
        select(Reservation.receipt_id, func.sum(Reservation.quantity - Reservation.held).label("units"))
        .where(Reservation.receipt_id.is_not(None))
        .group_by(Reservation.receipt_id)
        .subquery()
    )
    proven = func.coalesce(waiting.c.units, 0)
    query = (
        select(Product.sku, Warehouse.code, InboundReceipt.claimed, proven, InboundReceipt.number)
        .join(Product, Product.id == InboundReceipt.product_id)
        .join(Warehouse, Warehouse.id == InboundReceipt.warehouse_id)
        .outerjoin(waiting, waiting.c.receipt_id == InboundReceipt.id)
        .where(InboundReceipt.claimed != proven)
        .order_by(InboundReceipt.number)
        .limit(most)
    )
    return [
        Difference(Figure.CLAIMED, sku, warehouse, recorded, int(units), number)
        for sku, warehouse, recorded, units, number in session.execute(query)
    ]


def _identities(session: Session, most: int | None) -> list[Difference]:
    """The units of each lot and serial in each place, against the moves that brought them there."""
    spot = ("identity_id", "warehouse_id", "customer_id", "keeping")
    nothing = literal(0)
    rows = union_all(
        select(
            *(getattr(IdentityBalance, name) for name in spot),
            IdentityBalance.quantity.label("there"),
            nothing.label("moved"),
        ),
        select(
            *(getattr(IdentityMove, name) for name in spot), nothing, func.sum(IdentityMove.quantity)
        ).group_by(*(getattr(IdentityMove, name) for name in spot)),
    ).subquery()
    there, moved = func.sum(rows.c.there), func.sum(rows.c.moved)
    sums = (
        select(*(rows.c[name] for name in spot), there.label("there"), moved.label("moved"))
        .group_by(*(rows.c[name] for name in spot))
        .having(there != moved)
        .subquery()
    )
    query = (
        select(Product.sku, Warehouse.code, Customer.code, Identity.number, sums.c.there, sums.c.moved)
        .select_from(sums)
        .join(Identity, Identity.id == sums.c.identity_id)
        .join(Product, Product.id == Identity.product_id)
        .outerjoin(Warehouse, Warehouse.id == sums.c.warehouse_id)
        .outerjoin(Customer, Customer.id == sums.c.customer_id)
        .order_by(Product.sku, Identity.number, sums.c.keeping)
        .limit(most)
    )
    return [
        Difference(
            Figure.IDENTITY, sku, warehouse or customer or "", int(units), int(proven), identity_no=number
        )
        for sku, warehouse, customer, number, units, proven in session.execute(query)
    ]


def _named(session: Session, most: int | None) -> list[Difference]:
    """Where more units are known by lot or serial than lie there in that condition; fewer may be, never more."""
    known = (
        select(
            Identity.product_id,
            IdentityBalance.warehouse_id,
            IdentityBalance.keeping,
            func.sum(IdentityBalance.quantity).label("units"),
        )
        .join(Identity, Identity.id == IdentityBalance.identity_id)
        .where(IdentityBalance.keeping.in_((Keeping.GOOD, Keeping.QUARANTINE)), IdentityBalance.quantity > 0)
        .group_by(Identity.product_id, IdentityBalance.warehouse_id, IdentityBalance.keeping)
        .subquery()
    )
    there = case((known.c.keeping == Keeping.GOOD, Stock.on_hand), else_=Stock.quarantined)
    query = (
        select(Product.sku, Warehouse.code, known.c.units, func.coalesce(there, 0))
        .select_from(known)
        .join(Product, Product.id == known.c.product_id)
        .join(Warehouse, Warehouse.id == known.c.warehouse_id)
        .outerjoin(Stock, (Stock.product_id == Product.id) & (Stock.warehouse_id == Warehouse.id))
        .where(Product.tracking != Tracking.NONE, known.c.units > func.coalesce(there, 0))
        .order_by(Product.sku, Warehouse.code, known.c.keeping)
        .limit(most)
    )
    return [
        Difference(Figure.NAMED, sku, warehouse, int(units), int(lying))
        for sku, warehouse, units, lying in session.execute(query)
    ]


def _picked(session: Session, most: int | None) -> list[Difference]:
    """Where more units of lots and serials lie picked than are picked of what is held there; fewer may, never more."""
    named = (
        select(
            Identity.product_id,
            IdentityBalance.warehouse_id,
            func.sum(IdentityBalance.picked).label("units"),
        )
        .join(Identity, Identity.id == IdentityBalance.identity_id)
        .where(IdentityBalance.picked > 0)
        .group_by(Identity.product_id, IdentityBalance.warehouse_id)
        .subquery()
    )
    held = (
        select(Reservation.product_id, Reservation.warehouse_id, func.sum(Reservation.picked).label("units"))
        .where(Reservation.picked > 0)
        .group_by(Reservation.product_id, Reservation.warehouse_id)
        .subquery()
    )
    proven = func.coalesce(held.c.units, 0)
    query = (
        select(Product.sku, Warehouse.code, named.c.units, proven)
        .select_from(named)
        .join(Product, Product.id == named.c.product_id)
        .join(Warehouse, Warehouse.id == named.c.warehouse_id)
        .outerjoin(held, (held.c.product_id == Product.id) & (held.c.warehouse_id == Warehouse.id))
        .where(named.c.units > proven)
        .order_by(Product.sku, Warehouse.code)
        .limit(most)
    )
    return [
        Difference(Figure.PICKED, sku, warehouse, int(units), int(lying))
        for sku, warehouse, units, lying in session.execute(query)
    ]
