"""Warranties are registered by serial from the day of delivery, without anybody asking for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from aftersales.covering import ends_on
from aftersales.repairs import Warranty
from inventory.identities import Identity, IdentityKind
from inventory.models import Product
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.batches import insert_all
from portal.clock import business_day
from portal.db import lock, transaction
from portal.i18n import N_

AT_ONCE = 1000
SOLD_AGAIN = N_("The unit came back and was sold again.")
KEPT = N_("The unit came back and stays with us.")


@dataclass(frozen=True)
class _Delivered:
    """A serial that was delivered on a line and whose warranty is not registered yet."""

    identity_id: int
    product_id: int
    customer_id: int
    order_line_id: int
    months: int
    delivered_at: datetime


def register_warranties(session: Session, now: datetime) -> int:
    """Register every serial that was delivered with a warranty and has none for that delivery yet; says how many.

    Run twice it changes nothing the second time. A serial that is sold again gets a new warranty, and its earlier one
    is ended.
    """
    registered = 0
    while True:
        with transaction(session):
            count = register_some(session, now)
        registered += count
        if not count:
            return registered


def register_some(session: Session, now: datetime, *, most: int = AT_ONCE) -> int:
    """Register the warranties of some serials; says how many, 0 when none is left."""
    ids = {row.identity_id for row in session.execute(_unregistered().limit(most))}
    if not ids:
        return 0
    lock(session, Identity, ids)  # the same job may be under way elsewhere
    wanted = _unregistered().where(Identity.id.in_(ids))
    rows = [_Delivered(*row) for row in session.execute(wanted)]
    if rows:
        _register(session, rows, now)
    return len(rows)


def end_warranties(
    session: Session, customer_id: int, identity_ids: Collection[int], *, now: datetime
) -> None:
    """End what a customer's warranties still cover of serials that came back and stay with us."""
    if not identity_ids:
        return
    running = (Warranty.customer_id == customer_id, Warranty.voided_at.is_(None))
    _end(session, now, KEPT, Warranty.identity_id.in_(identity_ids), *running)


def _end(session: Session, now: datetime, reason: str, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Warranty)
        .where(*which)
        .values(voided_at=now, void_reason=reason)
        .execution_options(synchronize_session=False)
    )
    for warranty in list(session.identity_map.values()):
        if isinstance(warranty, Warranty):
            session.expire(warranty)


def _register(session: Session, rows: Sequence[_Delivered], now: datetime) -> None:
    sold = Warranty.identity_id.in_({row.identity_id for row in rows})
    _end(session, now, SOLD_AGAIN, sold, Warranty.voided_at.is_(None))
    latest = {row.identity_id: row for row in rows}  # the rows come in the order of their delivery
    insert_all(
        session,
        Warranty,
        [
            {
                "identity_id": row.identity_id,
                "customer_id": row.customer_id,
                "product_id": row.product_id,
                "order_line_id": row.order_line_id,
                "starts_on": (starts_on := business_day(row.delivered_at)),
                "ends_on": ends_on(starts_on, row.months),
                "registered_at": now,
                "voided_at": None if latest[row.identity_id] is row else now,
                "void_reason": "" if latest[row.identity_id] is row else SOLD_AGAIN,
            }
            for row in rows
        ],
    )


def _unregistered() -> Select[*tuple[Any, ...]]:
    known = (
        select(Warranty.id)
        .where(Warranty.identity_id == Identity.id, Warranty.order_line_id == ScheduleLine.line_id)
        .exists()
    )
    return (
        select(
            Identity.id.label("identity_id"),
            Identity.product_id.label("product_id"),
            Order.customer_id.label("customer_id"),
            ScheduleLine.line_id.label("order_line_id"),
            Product.warranty_months.label("months"),
            Shipment.delivered_at.label("delivered_at"),
        )
        .select_from(ShipmentIdentity)
        .join(Identity, Identity.id == ShipmentIdentity.identity_id)
        .join(Product, Product.id == Identity.product_id)
        .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Identity.kind == IdentityKind.SERIAL,
            Product.warranty_months > 0,
            Shipment.state == ShipmentState.DELIVERED,
            ~known,
        )
        .order_by(Shipment.delivered_at, ShipmentLine.id, Identity.id)
    )
