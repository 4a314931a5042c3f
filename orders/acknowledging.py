"""The order acknowledgement: what was agreed, kept as issued with the order itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orders.models import Order
from portal import archive

KIND = "order_acknowledgement"


@dataclass(frozen=True)
class AcknowledgedPart:
    """Units of a line and the day they are promised for, with the steps that found it."""

    quantity: int
    backorder: bool
    promised_on: str
    found: list[Any]


@dataclass(frozen=True)
class AcknowledgedLine:
    """A line as agreed; the price as text with its four decimals, amounts in minor units."""

    n: int
    sku: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    quantity: int
    unit_price: str
    net_minor: int
    vat_rate_bp: int
    parts: list[AcknowledgedPart]


@dataclass(frozen=True)
class Acknowledgement:
    """Every fact on the sheet, in both languages."""

    number: str
    placed_at: str
    customer_code: str
    customer_th: str
    customer_en: str
    tax_id: str
    branch: str
    ship_to_th: str
    ship_to_en: str
    buyer: str
    po_number: str
    note: str
    currency: str
    net_minor: int
    vat_minor: int
    total_minor: int
    lines: list[AcknowledgedLine]


def issue(session: Session, order: Order, lines: Sequence[AcknowledgedLine], *, now: datetime) -> None:
    """Keep the acknowledgement of an order as it was agreed."""
    archive.store(session, KIND, order.number, order.customer_id, _facts(_sheet(order, lines)), now=now)


def acknowledgement_of(session: Session, order: Order) -> Acknowledgement:
    """The acknowledgement as issued; raises Unknown for an order that has none, such as an imported one."""
    facts = dict(archive.stored(session, KIND, order.number).sheet)
    lines = []
    for line in facts.pop("lines"):
        parts = [AcknowledgedPart(**part) for part in line.pop("parts")]
        lines.append(AcknowledgedLine(**line, parts=parts))
    return Acknowledgement(**facts, lines=lines)


def _facts(sheet: Acknowledgement) -> dict[str, Any]:
    """The sheet as it is stored; `dataclasses.asdict` would copy every text and list of a long order once more."""
    lines = [{**vars(line), "parts": [vars(part) for part in line.parts]} for line in sheet.lines]
    return {**vars(sheet), "lines": lines}


def _sheet(order: Order, lines: Sequence[AcknowledgedLine]) -> Acknowledgement:
    customer = order.customer
    return Acknowledgement(
        number=order.number,
        placed_at=order.placed_at.isoformat(),
        customer_code=customer.code,
        customer_th=customer.name_th,
        customer_en=customer.name_en,
        tax_id=customer.tax_id or "",
        branch=customer.branch or "",
        ship_to_th=order.ship_to_th,
        ship_to_en=order.ship_to_en,
        buyer=order.buyer.name if order.buyer else "",
        po_number=order.po_number or "",
        note=order.note or "",
        currency=order.currency,
        net_minor=order.net_minor,
        vat_minor=order.vat_minor,
        total_minor=order.total_minor,
        lines=list(lines),
    )
