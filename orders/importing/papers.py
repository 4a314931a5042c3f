"""The documents that rows belong to: those that are there already, with what they hold, and those that are new."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Product
from orders.importing.judging import Content
from orders.models import Order, OrderLine, Origin, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment

Travel = tuple[datetime | None, bool]
"""When a line was shipped, and whether it was delivered."""


@dataclass(slots=True)
class Paper:
    """An order or a credit note while rows are added to it; `id` is unknown until it is written."""

    number: str
    credit: bool
    customer_id: int
    currency: str
    ours: bool = False
    id: int | None = None
    last_n: int = 0
    contents: dict[Content, list[Travel]] = field(default_factory=lambda: defaultdict(list))
    shipments: int = 0

    @property
    def new(self) -> bool:
        """Whether it is not in the database yet."""
        return self.id is None


def find_papers(
    session: Session, orders: Collection[str], credits_: Collection[str]
) -> dict[tuple[bool, str], Paper]:
    """The orders and credit notes of these numbers, with each content in them and how it travelled, turn by turn."""
    papers = {(False, paper.number): paper for paper in _orders(session, orders)}
    papers |= {(True, paper.number): paper for paper in _credits(session, credits_)}
    return papers


def _orders(session: Session, numbers: Collection[str]) -> Iterator[Paper]:
    if not numbers:
        return
    query = select(Order.id, Order.number, Order.customer_id, Order.currency, Order.origin).where(
        Order.number.in_(numbers)
    )
    papers = {
        row.id: Paper(row.number, credit=False, customer_id=row.customer_id, currency=row.currency,
                      ours=row.origin != Origin.IMPORT, id=row.id)
        for row in session.execute(query)
    }  # fmt: skip
    lines = (
        select(
            OrderLine.order_id,
            OrderLine.n,
            OrderLine.sku,
            OrderLine.ordered,
            OrderLine.unit_price,
            OrderLine.discount_bp,
            OrderLine.first_shipped_at,
            ScheduleLine.delivered,
        )
        .join(ScheduleLine, (ScheduleLine.line_id == OrderLine.id) & (ScheduleLine.n == 1))
        .where(OrderLine.order_id.in_(papers))
        .order_by(OrderLine.order_id, OrderLine.n)
    )
    for row in session.execute(lines):
        paper = papers[row.order_id]
        content = (row.sku, row.ordered, row.unit_price, row.discount_bp)
        paper.contents[content].append((row.first_shipped_at, row.delivered > 0))
        paper.last_n = max(paper.last_n, row.n)
    sent = (
        select(Shipment.order_id, func.count())
        .where(Shipment.order_id.in_(papers))
        .group_by(Shipment.order_id)
    )
    for order_id, count in session.execute(sent):
        papers[order_id].shipments = count
    yield from papers.values()


def _credits(session: Session, numbers: Collection[str]) -> Iterator[Paper]:
    if not numbers:
        return
    note = CreditNote
    query = select(
        note.id, note.number, note.customer_id, note.currency, note.issued_by_id, note.order_id
    ).where(note.number.in_(numbers))
    papers = {
        row.id: Paper(row.number, credit=True, customer_id=row.customer_id, currency=row.currency,
                      ours=row.issued_by_id is not None or row.order_id is not None, id=row.id)
        for row in session.execute(query)
    }  # fmt: skip
    lines = (
        select(
            CreditLine.note_id,
            CreditLine.n,
            Product.sku,
            CreditLine.quantity,
            CreditLine.unit_price,
            CreditLine.net_minor,
        )
        .join(Product, Product.id == CreditLine.product_id)
        .where(CreditLine.note_id.in_(papers))
    )
    for row in session.execute(lines):
        paper = papers[row.note_id]
        paper.contents[(row.sku, row.quantity, row.unit_price, row.net_minor)].append((None, True))
        paper.last_n = max(paper.last_n, row.n)
    yield from papers.values()
