"""Reading the orders to suppliers: how far they have come, and promised days beside real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder, SupplierDelivery
from inventory.models import Product
from inventory.searching import search_words
from portal.i18n import N_
from portal.keyset import Keyset, keyset


class PurchaseState(StrEnum):
    """How far an order to a supplier has come."""

    DRAFT = "draft"
    SENT = "sent"
    CLOSED = "closed"
    CANCELLED = "cancelled"


PURCHASE_TITLES = {
    PurchaseState.DRAFT: N_("Draft"),
    PurchaseState.SENT: N_("Sent"),
    PurchaseState.CLOSED: N_("Closed"),
    PurchaseState.CANCELLED: N_("Cancelled"),
}


@dataclass(frozen=True)
class Wanted:
    """What part of the orders to suppliers is asked for; `late` are those of which something should have come."""

    query: str = ""
    state: PurchaseState | None = None
    late: bool = False
    supplier_id: int | None = None
    warehouse_id: int | None = None


@dataclass(frozen=True)
class Sum:
    """An order to a supplier with its lines counted, its units, what is still to come and when the next is expected."""

    order: PurchaseOrder
    lines: int
    units: int
    to_come: int
    next_on: date | None

    def late(self, today: date) -> bool:
        """Whether something of it should have come."""
        return self.next_on is not None and self.next_on < today


def list_purchases(
    session: Session,
    wanted: Wanted,
    today: date,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Sum]:
    """Orders to suppliers, the newest first; two queries."""
    found: Keyset[PurchaseOrder] = keyset(
        session,
        select(PurchaseOrder)
        .options(joinedload(PurchaseOrder.supplier), joinedload(PurchaseOrder.warehouse))
        .where(*_conditions(wanted, today)),
        PurchaseOrder.id,
        older_than=older_than,
        newer_than=newer_than,
    )
    figures = _figures(session, [order.id for order in found.rows])
    return found.made(lambda order: Sum(order, *figures.get(order.id, (0, 0, 0, None))))


def count_purchases(session: Session, today: date) -> dict[str, int]:
    """How many orders to suppliers are drafts, sent, and late; two queries."""
    by_state = select(PurchaseOrder.state, func.count()).group_by(PurchaseOrder.state)
    counts = dict(session.execute(by_state.where(PurchaseOrder.closed_at.is_(None))).all())
    late = select(func.count(PurchaseOrder.id)).where(*_conditions(Wanted(late=True), today))
    return {**counts, "late": session.scalar(late) or 0}


def late_purchases(session: Session, today: date, limit: int = 10) -> list[Sum]:
    """The orders to suppliers of which something should have come, the oldest first; two queries."""
    query = (
        select(PurchaseOrder)
        .options(joinedload(PurchaseOrder.supplier), joinedload(PurchaseOrder.warehouse))
        .where(*_conditions(Wanted(late=True), today))
        .order_by(PurchaseOrder.id)
        .limit(limit)
    )
    orders = session.scalars(query).all()
    figures = _figures(session, [order.id for order in orders])
    return [Sum(order, *figures[order.id]) for order in orders]


def find_purchase(session: Session, number: str) -> PurchaseOrder | None:
    """The order of this number with its lines, their products and receipts."""
    query = (
        select(PurchaseOrder)
        .where(PurchaseOrder.number == number)
        .options(
            joinedload(PurchaseOrder.supplier),
            joinedload(PurchaseOrder.warehouse),
            selectinload(PurchaseOrder.lines).options(
                joinedload(PurchaseLine.product), joinedload(PurchaseLine.receipt)
            ),
        )
    )
    return session.scalars(query).one_or_none()


def arrivals_of(session: Session, order: PurchaseOrder) -> dict[int, list[SupplierDelivery]]:
    """What came on each line of an order, by the line's receipt, oldest first."""
    query = (
        select(SupplierDelivery)
        .join(PurchaseLine, PurchaseLine.receipt_id == SupplierDelivery.receipt_id)
        .where(PurchaseLine.purchase_order_id == order.id)
        .order_by(SupplierDelivery.id)
    )
    found: dict[int, list[SupplierDelivery]] = {}
    for one in session.scalars(query):
        found.setdefault(one.receipt_id, []).append(one)
    return found


def purchase_of(session: Session, receipt: InboundReceipt) -> PurchaseOrder | None:
    """The order to a supplier that a receipt belongs to, if any."""
    query = select(PurchaseOrder).join(PurchaseOrder.lines).where(PurchaseLine.receipt_id == receipt.id)
    return session.scalars(query).one_or_none()


def _figures(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, int, date | None]]:
    if not ids:
        return {}
    still = InboundReceipt.closed_at.is_(None)
    query = (
        select(
            PurchaseLine.purchase_order_id,
            func.count(PurchaseLine.id),
            func.sum(PurchaseLine.quantity),
            func.sum(InboundReceipt.quantity - InboundReceipt.received).filter(still),
            func.min(InboundReceipt.expected_on).filter(still),
        )
        .outerjoin(InboundReceipt, InboundReceipt.id == PurchaseLine.receipt_id)
        .where(PurchaseLine.purchase_order_id.in_(ids))
        .group_by(PurchaseLine.purchase_order_id)
    )
    return {
        id_: (lines, int(units), int(to_come or 0), next_on)
        for id_, lines, units, to_come, next_on in session.execute(query)
    }


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(PurchaseOrder.state == wanted.state)
    if wanted.supplier_id is not None:
        found.append(PurchaseOrder.supplier_id == wanted.supplier_id)
    if wanted.warehouse_id is not None:
        found.append(PurchaseOrder.warehouse_id == wanted.warehouse_id)
    if wanted.late:
        overdue = exists().where(
            PurchaseLine.purchase_order_id == PurchaseOrder.id,
            InboundReceipt.id == PurchaseLine.receipt_id,
            InboundReceipt.closed_at.is_(None),
            InboundReceipt.expected_on < today,
        )
        found += [PurchaseOrder.state == PurchaseState.SENT, overdue]
    if words := search_words(wanted.query):
        names = and_(*(Product.search_text.contains(word, autoescape=True) for word in words))
        holds = exists().where(
            PurchaseLine.purchase_order_id == PurchaseOrder.id, Product.id == PurchaseLine.product_id, names
        )
        found.append(or_(PurchaseOrder.number.contains(wanted.query.strip().upper(), autoescape=True), holds))
    return found
