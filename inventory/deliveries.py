"""What suppliers brought is put beside what they promised, and orders to them end with their last receipt."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder, SupplierDelivery
from inventory.purchases import PurchaseState
from portal import audit
from portal.accounts.models import User
from portal.batches import append
from portal.clock import business_day
from portal.db import lock


class Verb(StrEnum):
    """How an order to a supplier ends, for the audit trail."""

    CLOSED = "purchase.closed"


def put_on_record(session: Session, arrivals: Sequence[tuple[InboundReceipt, int]], *, now: datetime) -> None:
    """Units came on suppliers' receipts: each is kept with the days promised, agreed and real.

    What was expected before the day of ordering was kept is left out: nothing can be measured by it.
    """
    today = business_day(now)
    rows = [
        {
            "supplier_id": receipt.supplier_id,
            "receipt_id": receipt.id,
            "product_id": receipt.product_id,
            "quantity": units,
            "ordered_on": receipt.ordered_on,
            "promised_on": receipt.original_expected_on,
            "agreed_on": receipt.expected_on,
            "arrived_on": today,
        }
        for receipt, units in arrivals
        if units and receipt.supplier_id and receipt.ordered_on
    ]
    append(session, SupplierDelivery, rows)


def close_purchases(session: Session, receipt_ids: Iterable[int], *, by: User | None, now: datetime) -> None:
    """Orders to suppliers that these receipts were the last of are closed, or cancelled when nothing came on them.

    The receipts are locked by the caller, and closed in the database already.
    """
    concerned = select(PurchaseLine.purchase_order_id).where(PurchaseLine.receipt_id.in_(receipt_ids))
    orders = lock(session, PurchaseOrder, session.scalars(concerned))
    if not orders:
        return
    # Whoever books in the other receipts of an order at this moment waits for it, and then sees this one closed.
    came = (
        select(
            PurchaseLine.purchase_order_id,
            func.count(InboundReceipt.id).filter(InboundReceipt.closed_at.is_(None)),
            func.sum(InboundReceipt.received),
        )
        .join(InboundReceipt, InboundReceipt.id == PurchaseLine.receipt_id)
        .where(PurchaseLine.purchase_order_id.in_([order.id for order in orders]))
        .group_by(PurchaseLine.purchase_order_id)
    )
    figures = {id_: (still_open, int(received)) for id_, still_open, received in session.execute(came)}
    for order in orders:
        still_open, received = figures[order.id]
        if order.state != PurchaseState.SENT or still_open:
            continue
        order.state = PurchaseState.CLOSED if received else PurchaseState.CANCELLED
        order.closed_at = now
        after = {"received": received}
        audit.record(session, Verb.CLOSED, "purchase", order.number, by=by, now=now, after=after)
