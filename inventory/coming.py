"""The receipts still to come, and the day on which each can be counted on."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at
from portal.i18n import N_
from portal.refusal import Refused

FARTHEST = timedelta(days=730)
TRANSFER_DELAY_DAYS = 1
"""How late an overdue transfer between our own warehouses usually turns out."""


def refuse_day(expected_on: date, today: date) -> None:
    """Refuse a day on which nothing can be expected: it has passed, or lies so far ahead that it is mistyped."""
    if expected_on < today:
        raise Refused(N_("The expected day has already passed."), field="expected_on")
    if expected_on > today + FARTHEST:
        raise Refused(
            N_("The expected day is more than two years away. Please check the year."), field="expected_on"
        )


def receipts_at(session: Session, places: Sequence[Place], today: date) -> dict[Place, list[InboundReceipt]]:
    """The receipts still to come at these places, locked, the one that can be counted on soonest first.

    Places without any are absent.
    """
    query = (
        select(InboundReceipt)
        .where(at(InboundReceipt, places), InboundReceipt.closed_at.is_(None))
        .options(joinedload(InboundReceipt.supplier))
        .order_by(InboundReceipt.id)
        .with_for_update(of=InboundReceipt)
        .execution_options(populate_existing=True)
    )
    coming: dict[Place, list[InboundReceipt]] = {}
    for receipt in soonest_first(session.scalars(query).all(), today):
        coming.setdefault(Place(receipt.product_id, receipt.warehouse_id), []).append(receipt)
    return coming


def soonest_first(receipts: Sequence[InboundReceipt], today: date) -> list[InboundReceipt]:
    """Receipts in the order in which they can be counted on; their suppliers should be loaded."""
    return sorted(receipts, key=lambda receipt: (expected_day(receipt, today), receipt.id))


def expected_day(receipt: InboundReceipt, today: date) -> date:
    """When a receipt can be counted on: its day, or for an overdue one today plus its source's usual delay."""
    if receipt.expected_on >= today:
        return receipt.expected_on
    delay = receipt.supplier.usual_delay_days if receipt.supplier else TRANSFER_DELAY_DAYS
    return today + timedelta(days=delay)
