"""What can be had of some products in one warehouse, now and next, and which warehouse serves a province."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, joinedload

from inventory.allotting import unfit_at
from inventory.coming import expected_day
from inventory.inbound import InboundReceipt
from inventory.ledger import Place
from inventory.models import ServiceArea, Warehouse
from inventory.stock import Stock
from portal.i18n import N_
from portal.refusal import Refused

USUAL_TRANSIT_DAYS = 3
"""How long goods travel to a province that no warehouse is named for."""


_HOME = (
    select(Warehouse, ServiceArea.transit_days)
    .outerjoin(
        ServiceArea,
        and_(ServiceArea.warehouse_id == Warehouse.id, ServiceArea.province == bindparam("province")),
    )
    .order_by(ServiceArea.province.is_(None), Warehouse.main.desc(), Warehouse.id)
    .limit(1)
)


@dataclass(frozen=True)
class Availability:
    """Units that nobody has been promised: in stock now, and on the next receipt that still has some."""

    now: int = 0
    next_on: date | None = None
    next_units: int = 0


def availability(
    session: Session, product_ids: Collection[int], warehouse_id: int, today: date
) -> dict[int, Availability]:
    """What can be had of each product in one warehouse, read in two queries, or three where lots lie, without a lock.

    Units of lots that are stopped or have expired cannot be had.
    """
    if not product_ids:
        return {}
    query = select(Stock.product_id, Stock.on_hand - Stock.reserved, Stock.by_lot).where(
        Stock.warehouse_id == warehouse_id, Stock.product_id.in_(product_ids)
    )
    stock = session.execute(query).all()
    by_lot = {Place(id_, warehouse_id) for id_, _, has_lots in stock if has_lots}
    barred = unfit_at(session, by_lot, today)
    free = {id_: max(0, units - barred[Place(id_, warehouse_id)]) for id_, units, _ in stock}
    coming = _next_receipts(session, product_ids, warehouse_id, today)
    return {id_: Availability(free.get(id_, 0), *coming.get(id_, (None, 0))) for id_ in product_ids}


def home_warehouse(session: Session, province: str | None) -> tuple[Warehouse, int]:
    """The warehouse that serves a province and the working days goods travel there.

    Provinces that none is named for are served by the main warehouse. Refused while there is no warehouse at all.
    """
    served = session.execute(_HOME, {"province": province or ""}).first()
    if served is None:
        raise Refused(N_("There is no warehouse yet to deliver from."))
    return served.Warehouse, USUAL_TRANSIT_DAYS if served.transit_days is None else served.transit_days


def _next_receipts(
    session: Session, product_ids: Collection[int], warehouse_id: int, today: date
) -> dict[int, tuple[date, int]]:
    query = (
        select(InboundReceipt)
        .where(
            InboundReceipt.product_id.in_(product_ids),
            InboundReceipt.warehouse_id == warehouse_id,
            InboundReceipt.closed_at.is_(None),
            InboundReceipt.claimed < InboundReceipt.quantity - InboundReceipt.received,
        )
        .options(joinedload(InboundReceipt.supplier))
    )
    coming: dict[int, tuple[date, int]] = {}
    for receipt in session.scalars(query):
        day, units = expected_day(receipt, today), receipt.unclaimed
        soonest, so_far = coming.get(receipt.product_id, (day, 0))
        if day < soonest:
            coming[receipt.product_id] = (day, units)
        elif day == soonest:
            coming[receipt.product_id] = (day, so_far + units)
    return coming
