"""The documents that customers got about their orders: acknowledgements, delivery notes and credit notes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, String, literal, select, union_all
from sqlalchemy.orm import Session

from aftersales.document_errors import PAPER_TITLES, DocumentError, PaperKind
from orders.access import credit_note_for, order_for, shipment_for
from orders.models import Order, Origin
from orders.shipments import CreditNote, Shipment
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.i18n import gettext
from portal.refusal import Unknown

_PLACE = {kind: place for place, kind in enumerate(PaperKind)}


@dataclass(frozen=True)
class Paper:
    """A document as issued: its kind and number, when, to whom, and about which order."""

    kind: PaperKind
    number: str
    issued_at: datetime
    customer: Customer
    order: Order | None


@dataclass(frozen=True)
class Listed:
    """A document of an order, with the mistakes reported on it, the first first."""

    kind: PaperKind
    number: str
    issued_at: datetime
    errors: tuple[DocumentError, ...]


def paper_for(session: Session, person: User, kind: str, number: str) -> Paper:
    """The document of a kind and number, if we issued it and the person may see it; else Unknown."""
    order: Order | None
    if kind == PaperKind.ACKNOWLEDGEMENT:
        order = order_for(session, person, number)
        issued_at: datetime | None = order.placed_at
        customer = order.customer
    elif kind == PaperKind.DELIVERY_NOTE:
        shipment = shipment_for(session, person, number)
        order, customer, issued_at = shipment.order, shipment.order.customer, shipment.shipped_at
    elif kind == PaperKind.CREDIT_NOTE:
        note = credit_note_for(session, person, number)
        order, customer = note.order, note.customer
        issued_at = note.issued_at if note.issued_by_id or order else None
    else:
        raise Unknown(f"{kind} {number}")
    brought_in = kind != PaperKind.CREDIT_NOTE and order is not None and order.origin == Origin.IMPORT
    if issued_at is None or brought_in:
        raise Unknown(f"{kind} {number}")
    return Paper(PaperKind(kind), number, issued_at, customer, order)


def papers_of_order(session: Session, order: Order) -> list[Listed]:
    """The documents of an order as they were issued, each with its mistakes; in two queries."""
    query = issued(Order.id == order.id, Shipment.order_id == order.id, CreditNote.order_id == order.id)
    found = sorted(
        session.execute(query),
        key=lambda row: (row.issued_at, _PLACE[PaperKind(row.paper)], row.paper_no),
    )
    by_paper: dict[tuple[str, str], list[DocumentError]] = {}
    if found:
        theirs = select(DocumentError).where(DocumentError.order_id == order.id).order_by(DocumentError.id)
        for error in session.scalars(theirs):
            by_paper.setdefault((error.paper, error.paper_no), []).append(error)
    return [
        Listed(
            PaperKind(row.paper),
            row.paper_no,
            row.issued_at,
            tuple(by_paper.get((row.paper, row.paper_no), ())),
        )
        for row in found
    ]


def issued(placed: Any, shipped: Any, credited: Any) -> CompoundSelect[Any]:
    """Documents as (paper, paper_no, customer_id, issued_at), of each kind those that fit its condition.

    What was brought in with past orders was not issued by us.
    """
    ours = Order.origin != Origin.IMPORT
    credited_here = CreditNote.issued_by_id.is_not(None) | CreditNote.order_id.is_not(None)
    acknowledgements: Select[Any] = select(
        _named(PaperKind.ACKNOWLEDGEMENT),
        Order.number.label("paper_no"),
        Order.customer_id,
        Order.placed_at.label("issued_at"),
    ).where(ours, placed)
    delivery_notes: Select[Any] = (
        select(_named(PaperKind.DELIVERY_NOTE), Shipment.number, Order.customer_id, Shipment.shipped_at)
        .join(Order, Order.id == Shipment.order_id)
        .where(ours, Shipment.shipped_at.is_not(None), shipped)
    )
    credit_notes: Select[Any] = select(
        _named(PaperKind.CREDIT_NOTE), CreditNote.number, CreditNote.customer_id, CreditNote.issued_at
    ).where(credited_here, credited)
    return union_all(acknowledgements, delivery_notes, credit_notes)


def paper_text(kind: str, number: str) -> str:
    """A document by its name and number."""
    return f"{gettext(PAPER_TITLES[PaperKind(kind)])} {number}"


def _named(kind: PaperKind) -> Any:
    return literal(str(kind), String()).label("paper")
