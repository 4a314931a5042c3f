"""What would be promised if a basket were ordered now: read without a lock, so nothing is held by looking."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.allotting import unfit_at
from inventory.availability import home_warehouse
from inventory.coming import expected_day, soonest_first
from inventory.in_baskets import Hold
from inventory.inbound import InboundReceipt
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.reserving import Part
from inventory.stock import Stock
from orders.dating import Dated, Terms, date_part
from orders.standstills import standstills_at
from policies.book import in_force
from policies.kinds import Kind
from policies.places import places
from portal.clock import business_day
from portal.customers.models import Customer


def serving(session: Session, customer: Customer) -> tuple[Warehouse, int]:
    """The warehouse that serves a company and the working days goods travel there."""
    return home_warehouse(session, customer.ship_to.province if customer.ship_to else None)


def preview(
    session: Session,
    customer: Customer,
    wanted: Sequence[tuple[Product, int]],
    *,
    requested_on: date | None = None,
    own: Mapping[int, Hold] | None = None,
    now: datetime,
) -> dict[int, list[Dated]]:
    """The dated parts that each product (by id) would be promised in now, in a fixed number of queries.

    What the buyer's `own` basket holds is free for the buyer.
    Refused, as the order would be, while there is no warehouse or no policy promises a lead time.
    """
    if not wanted:
        return {}
    today = business_day(now)
    warehouse, transit_days = serving(session, customer)
    level = in_force(session, customer, Kind.LEAD_TIME, today)
    terms = Terms.at(
        places(session),
        warehouse,
        now,
        level,
        transit_days,
        requested_on,
        standstills_at(session, warehouse.id, today),
    )
    ids = [product.id for product, _quantity in wanted]
    free = _free(session, ids, warehouse.id, today)
    for id_, hold in (own or {}).items():
        if id_ in free and hold.warehouse_id == warehouse.id:
            free[id_] += hold.units
    coming = _coming(session, ids, warehouse.id)
    dated = {}
    for product, quantity in wanted:
        place = Place(product.id, warehouse.id)
        parts = _split(place, quantity, free.get(product.id, 0), coming[product.id], today)
        dated[product.id] = [date_part(part, terms, product.replenishment_days) for part in parts]
    return dated


def _split(place: Place, quantity: int, free: int, coming: list[InboundReceipt], today: date) -> list[Part]:
    """Where units would come from, soonest first, as an order takes them."""
    parts = []
    if held := min(quantity, max(free, 0)):
        parts.append(Part(place, held, held=True))
    rest = quantity - held
    for receipt in soonest_first(coming, today):
        if taken := min(rest, receipt.unclaimed):
            parts.append(Part(place, taken, False, expected_day(receipt, today), receipt))
            rest -= taken
    if rest:
        parts.append(Part(place, rest, held=False))
    return parts


def _free(session: Session, product_ids: list[int], warehouse_id: int, today: date) -> dict[int, int]:
    query = select(Stock.product_id, Stock.on_hand - Stock.reserved, Stock.by_lot)
    query = query.where(Stock.warehouse_id == warehouse_id, Stock.product_id.in_(product_ids))
    rows = session.execute(query).all()
    by_lot = {Place(id_, warehouse_id) for id_, _, has_lots in rows if has_lots}
    barred = unfit_at(session, by_lot, today)
    return {id_: units - barred[Place(id_, warehouse_id)] for id_, units, _ in rows}


def _coming(session: Session, product_ids: list[int], warehouse_id: int) -> dict[int, list[InboundReceipt]]:
    query = (
        select(InboundReceipt)
        .where(
            InboundReceipt.product_id.in_(product_ids),
            InboundReceipt.warehouse_id == warehouse_id,
            InboundReceipt.closed_at.is_(None),
        )
        .options(joinedload(InboundReceipt.supplier))
    )
    coming: dict[int, list[InboundReceipt]] = defaultdict(list)
    for receipt in session.scalars(query):
        coming[receipt.product_id].append(receipt)
    return coming
