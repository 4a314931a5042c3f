"""Reading the stock: balances, the ledger, who waits, and the receipts to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.inbound import InboundReceipt, Transfer
from inventory.models import Product, Warehouse
from inventory.searching import search_words
from inventory.stock import OWED, Condition, Movement, Reservation, Stock
from portal.accounts.models import User
from portal.keyset import PAGE, Keyset, keyset


@dataclass(frozen=True)
class Balance:
    """What one warehouse holds of a product, in units; `waiting` are promised but not there yet.

    `quarantined` lie there too, and are neither on hand nor available.
    """

    warehouse: Warehouse
    on_hand: int
    reserved: int
    waiting: int
    quarantined: int = 0
    bin: str = ""

    @property
    def available(self) -> int:
        """Units that nobody has been promised."""
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class Supply:
    """What all warehouses together hold of a product, in units."""

    on_hand: int = 0
    reserved: int = 0
    waiting: int = 0

    @property
    def available(self) -> int:
        """Units that nobody has been promised."""
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class Posting:
    """A movement with the balance it left behind and who booked it."""

    at: datetime
    kind: str
    cause_no: str
    quantity: int
    balance: int
    by: str | None


@dataclass(frozen=True)
class Due:
    """A receipt to come, with how many order lines wait for it."""

    receipt: InboundReceipt
    lines_waiting: int

    def overdue(self, today: date) -> bool:
        """Whether its day has passed."""
        return self.receipt.expected_on < today


def balances(session: Session, product: Product) -> list[Balance]:
    """What each warehouse holds of a product, the main one first; warehouses that never had it are left out."""
    waiting = _waiting_by_place(session, [product.id])
    query = (
        select(Stock)
        .join(Stock.warehouse)
        .options(contains_eager(Stock.warehouse))
        .where(Stock.product_id == product.id)
        .order_by(Warehouse.main.desc(), Warehouse.code)
    )
    return [
        Balance(
            row.warehouse,
            row.on_hand,
            row.reserved,
            waiting.get((row.product_id, row.warehouse_id), 0),
            row.quarantined,
            row.bin,
        )
        for row in session.scalars(query)
    ]


def supplies(session: Session, product_ids: Sequence[int]) -> dict[int, Supply]:
    """What all warehouses together hold of each product of a page, in two queries."""
    if not product_ids:
        return {}
    waiting: dict[int, int] = {}
    for (product_id, _), units in _waiting_by_place(session, product_ids).items():
        waiting[product_id] = waiting.get(product_id, 0) + units
    query = (
        select(Stock.product_id, func.sum(Stock.on_hand), func.sum(Stock.reserved))
        .where(Stock.product_id.in_(product_ids))
        .group_by(Stock.product_id)
    )
    found = {
        id_: Supply(int(on_hand), int(held), waiting.get(id_, 0))
        for id_, on_hand, held in session.execute(query)
    }
    return {id_: found.get(id_, Supply()) for id_ in product_ids}


def ledger(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    *,
    condition: Condition = Condition.GOOD,
    older_than: int | None = None,
    newer_than: int | None = None,
    most: int = PAGE,
) -> Keyset[Posting]:
    """The movements of a product in a warehouse in one condition, newest first, each with the balance it left.

    Two queries.
    """
    here = and_(
        Movement.product_id == product.id,
        Movement.warehouse_id == warehouse.id,
        Movement.condition == condition,
    )
    found = keyset(
        session,
        select(Movement.at, Movement.kind, Movement.cause_no, Movement.quantity, User.name)
        .outerjoin(User, User.id == Movement.by_id)
        .where(here),
        Movement.id,
        older_than=older_than,
        newer_than=newer_than,
        most=most,
    )
    # All that was booked up to the newest row shown; each row below it left as much less as the one above booked.
    upto = select(func.sum(Movement.quantity)).where(
        here, Movement.id <= (found.rows[0].id if found.rows else 0)
    )
    balance = int(session.scalar(upto) or 0)
    postings = []
    for row in found.rows:
        postings.append(Posting(row.at, row.kind, row.cause_no, row.quantity, balance, row.name))
        balance -= row.quantity
    return Keyset(postings, found.older, found.newer)


def quarantine_ledger(
    session: Session, product: Product, warehouse: Warehouse, limit: int = 12
) -> list[Posting]:
    """The latest movements into quarantine and out of it, newest first."""
    return ledger(session, product, warehouse, condition=Condition.QUARANTINE, most=limit).rows


def open_reservations(
    session: Session, product: Product, limit: int = 50
) -> list[tuple[Reservation, Warehouse]]:
    """What was promised of a product and is still to be shipped, oldest promise first, with its warehouse."""
    query = (
        select(Reservation, Warehouse)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .options(joinedload(Reservation.receipt))
        .where(
            Reservation.product_id == product.id,
            OWED,
            Reservation.expires_at.is_(None),
        )
        .order_by(Reservation.due_at, Reservation.id)
        .limit(limit)
    )
    return [(reservation, warehouse) for reservation, warehouse in session.execute(query)]


def receipts_of(session: Session, product: Product, limit: int = 20) -> list[InboundReceipt]:
    """The receipts of a product, open ones first by day, then the closed ones, latest first."""
    query = (
        select(InboundReceipt)
        .options(*_sides()[1:])
        .where(InboundReceipt.product_id == product.id)
        .order_by(
            InboundReceipt.closed_at.is_not(None),
            InboundReceipt.closed_at.desc(),
            InboundReceipt.expected_on,
            InboundReceipt.id,
        )
        .limit(limit)
    )
    return list(session.scalars(query))


def due_receipts(
    session: Session,
    *,
    warehouse_id: int | None = None,
    query: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Due]:
    """The receipts to come, soonest and so overdue ones first, each with how many lines wait for it; two queries."""
    conditions = [InboundReceipt.closed_at.is_(None), *_matching(query)]
    if warehouse_id is not None:
        conditions.append(InboundReceipt.warehouse_id == warehouse_id)
    found: Keyset[InboundReceipt] = keyset(
        session,
        _receipts(conditions),
        InboundReceipt.id,
        by=InboundReceipt.expected_on,
        rising=True,
        older_than=older_than,
        newer_than=newer_than,
    )
    waiting = _lines_waiting(session, [receipt.id for receipt in found.rows])
    return found.made(lambda receipt: Due(receipt, waiting.get(receipt.id, 0)))


def closed_receipts(
    session: Session, *, query: str = "", older_than: int | None = None, newer_than: int | None = None
) -> Keyset[InboundReceipt]:
    """The receipts that have come in, latest first; one query."""
    return keyset(
        session,
        _receipts([InboundReceipt.closed_at.is_not(None), *_matching(query)]),
        InboundReceipt.id,
        by=InboundReceipt.closed_at,
        older_than=older_than,
        newer_than=newer_than,
    )


def find_receipt(session: Session, number: str) -> InboundReceipt | None:
    """The receipt of this number, with its product, warehouse and supplier."""
    query = select(InboundReceipt).where(InboundReceipt.number == number)
    return session.scalars(query.options(*_sides())).one_or_none()


def lines_waiting(session: Session, receipt: InboundReceipt) -> int:
    """How many order lines wait for a receipt."""
    return _lines_waiting(session, [receipt.id]).get(receipt.id, 0)


def _receipts(conditions: Sequence[ColumnElement[bool]]) -> Select[InboundReceipt]:
    return (
        select(InboundReceipt)
        .join(InboundReceipt.product)
        .options(contains_eager(InboundReceipt.product), *_sides()[1:])
        .where(*conditions)
    )


def _sides() -> list[Any]:
    return [
        joinedload(InboundReceipt.product),
        joinedload(InboundReceipt.warehouse),
        joinedload(InboundReceipt.supplier),
        joinedload(InboundReceipt.transfer).joinedload(Transfer.from_warehouse),
    ]


def _matching(query: str) -> list[ColumnElement[bool]]:
    words = search_words(query)
    if not words:
        return []
    number = InboundReceipt.number.contains(query.strip().upper(), autoescape=True)
    return [or_(number, and_(*(Product.search_text.contains(word, autoescape=True) for word in words)))]


def _waiting_by_place(session: Session, product_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    waits = func.sum(Reservation.quantity - Reservation.held)
    query = (
        select(Reservation.product_id, Reservation.warehouse_id, waits)
        .where(Reservation.product_id.in_(product_ids), Reservation.held < Reservation.quantity)
        .group_by(Reservation.product_id, Reservation.warehouse_id)
    )
    return {
        (product_id, warehouse_id): int(units) for product_id, warehouse_id, units in session.execute(query)
    }


def _lines_waiting(session: Session, receipt_ids: Sequence[int]) -> dict[int, int]:
    if not receipt_ids:
        return {}
    query = (
        select(Reservation.receipt_id, func.count(Reservation.id))
        .where(Reservation.receipt_id.in_(receipt_ids))
        .group_by(Reservation.receipt_id)
    )
    return {receipt_id: count for receipt_id, count in session.execute(query) if receipt_id is not None}
