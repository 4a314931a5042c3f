"""The demo's dealing rule, published twice, and two products that are scarce: one dealt anew, one still to be."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.availability import home_warehouse
from inventory.dealing_rules import latest_edition, publish
from inventory.models import Lifecycle, Product, Tracking, Warehouse
from inventory.stock import Reservation, Stock
from inventory.turns import USUAL, Key
from orders.dealing_again import deal_again, simulate
from orders.placing import place
from orders.wishes import Wish
from portal.accounts.models import User
from portal.customers.models import Tier
from portal.demo.cast import Cast

FIRST_AGO = timedelta(days=300)
BY_CLASS = (Key.ALLOCATION_CLASS, *USUAL)
SCARCE = range(8, 60)
"""So many units of a product are there when one company takes them all and another comes too late."""


def load(session: Session, cast: Cast) -> None:
    """The usual order was put in writing last year; since this morning the class decides first, and it was applied."""
    manager, staff, now = cast.managers[0], cast.staff[0], cast.now
    for keys, reason, at in (
        (USUAL, "เขียนลำดับที่ใช้มาตลอดไว้เป็นกติกา", now - FIRST_AGO),
        (BY_CLASS, "ลูกค้าระดับทองได้รับสินค้าที่ขาดแคลนก่อน ตามข้อตกลงบริการปีนี้", now - timedelta(hours=2)),
    ):
        publish(session, keys, reason, seen=latest_edition(session), by=manager, now=at)
    session.flush()
    early, late = (_buyer(session, cast, tier) for tier in (Tier.STANDARD, Tier.GOLD))
    if early is None or late is None:
        return
    (warehouse, first), (_, second) = early, late
    for n, product in enumerate(_few_left(session, warehouse)):
        _order(session, cast, first, product, n * 2, all_of_it=True)
        _order(session, cast, second, product, n * 2 + 1)
        if n == 0:
            found = simulate(session, product, warehouse, now=now)
            deal_again(
                session,
                product,
                warehouse,
                found.simulation.digest,
                "ของไม่พอทุกคำสั่งซื้อ",
                by=staff,
                now=now,
            )


def _buyer(session: Session, cast: Cast, tier: Tier) -> tuple[Warehouse, User] | None:
    """The first buyer of a company of this tier that the main warehouse serves, with that warehouse."""
    for code, customer in cast.customers.items():
        province = customer.ship_to.province if customer.ship_to else None
        warehouse, _ = home_warehouse(session, province)
        if customer.tier == tier and warehouse.main:
            return warehouse, cast.buyers[code][0]
    return None


def _few_left(session: Session, warehouse: Warehouse) -> list[Product]:
    """Two products of which few units are free and nobody waits for any."""
    waited_for = select(Reservation.product_id).where(
        Reservation.warehouse_id == warehouse.id, Reservation.held < Reservation.quantity
    )
    query = (
        select(Product)
        .join(Stock, Stock.product_id == Product.id)
        .where(
            Stock.warehouse_id == warehouse.id,
            (Stock.on_hand - Stock.reserved).between(SCARCE.start, SCARCE.stop),
            Product.tracking == Tracking.NONE,
            Product.lifecycle == Lifecycle.ACTIVE,
            Product.order_least == 1,
            Product.order_multiple == 1,
            Product.order_most.is_(None),
            Product.id.not_in(waited_for),
        )
        .order_by(Product.sku)
        .limit(2)
    )
    return list(session.scalars(query))


def _order(
    session: Session, cast: Cast, buyer: User, product: Product, n: int, *, all_of_it: bool = False
) -> None:
    """A company orders all that is free of a product, or as much as it can while nothing is."""
    query = select(Stock).where(Stock.product_id == product.id).join(Stock.warehouse).where(Warehouse.main)
    row = session.scalars(query.execution_options(populate_existing=True)).one()
    units = row.available if all_of_it else SCARCE.start // 2
    wish = Wish(key=f"demo-scarce-{n}", lines=[(product.id, units)])
    at = cast.now - timedelta(minutes=50 - n)
    place(session, buyer.company, wish, vat_rate_bp=cast.vat_rate_bp, by=buyer, now=at)
    session.flush()
