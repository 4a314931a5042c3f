"""The order acknowledgement: what was agreed, kept as issued with the order itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.charges import charges_of
from orders.models import Order, OrderLine
from orders.substitutions import SubstituteOffer
from portal import archive
from portal.clock import business_day
from portal.refusal import Unknown

KIND = "order_acknowledgement"


@dataclass(frozen=True)
class AcknowledgedPart:
    """Units of a line and the day they are promised for, with the steps that found it, or the first one if it moved."""

    quantity: int
    backorder: bool
    promised_on: str
    found: list[Any]
    first_promised_on: str = ""


@dataclass(frozen=True)
class AcknowledgedLine:
    """A line as agreed; the price as text with its four decimals, amounts in minor units.

    Beside its `quantity`, `cancelled` units of it were called off and `substituted` were replaced; the line that
    replaces them `stands_for` the number of this one, and for `stood_for` units of it.
    """

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
    substituted: int = 0
    stands_for: int | None = None
    stood_for: int = 0
    cancelled: int = 0

    @property
    def ordered(self) -> int:
        """Units of the line before any were cancelled or replaced."""
        return self.quantity + self.substituted + self.cancelled


@dataclass(frozen=True)
class AcknowledgedCharge:
    """What is paid for a faster delivery, by the number of its request; in minor units before VAT."""

    request_no: str
    name_th: str
    name_en: str
    net_minor: int
    vat_rate_bp: int


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
    edition: int = 1
    issued_at: str = ""
    charges: list[AcknowledgedCharge] = field(default_factory=list)


def issue(session: Session, order: Order, lines: Sequence[AcknowledgedLine], *, now: datetime) -> None:
    """Keep the acknowledgement of an order as it was agreed."""
    archive.store(session, KIND, order.number, order.customer_id, _facts(_sheet(order, lines)), now=now)


def issue_again(session: Session, order: Order, *, now: datetime) -> None:
    """Keep another edition of an order's acknowledgement, as its lines stand now; the earlier ones stay as issued.

    An order that never had one, such as an imported one, gets none.
    """
    try:
        before = archive.stored(session, KIND, order.number)
    except Unknown:
        return
    stood_for = dict(
        session.execute(
            select(SubstituteOffer.new_line_id, SubstituteOffer.quantity).where(
                SubstituteOffer.new_line_id.in_([line.id for line in order.lines])
            )
        ).all()
    )
    sheet = replace(
        _sheet(order, [_line_now(line, order, stood_for.get(line.id, 0)) for line in order.lines]),
        edition=before.edition + 1,
        issued_at=now.isoformat(),
        charges=[AcknowledgedCharge(**vars(charge)) for charge in charges_of(session, order)],
    )
    archive.store(
        session, KIND, order.number, order.customer_id, _facts(sheet), now=now, edition=sheet.edition
    )


def acknowledgement_of(session: Session, order: Order) -> Acknowledgement:
    """The acknowledgement as issued; raises Unknown for an order that has none, such as an imported one."""
    facts = dict(archive.stored(session, KIND, order.number).sheet)
    lines = []
    for line in facts.pop("lines"):
        parts = [AcknowledgedPart(**part) for part in line.pop("parts")]
        lines.append(AcknowledgedLine(**line, parts=parts))
    charges = [AcknowledgedCharge(**charge) for charge in facts.pop("charges", [])]
    return Acknowledgement(**facts, lines=lines, charges=charges)


def _facts(sheet: Acknowledgement) -> dict[str, Any]:
    """The sheet as it is stored; `dataclasses.asdict` would copy every text and list of a long order once more."""
    lines = [{**vars(line), "parts": [vars(part) for part in line.parts]} for line in sheet.lines]
    return {**vars(sheet), "lines": lines, "charges": [vars(charge) for charge in sheet.charges]}


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


def _line_now(line: OrderLine, order: Order, stood_for: int) -> AcknowledgedLine:
    """A line as it stands: cancelled units are left out, and those replaced stand in the line that replaces them."""
    original = next((one for one in order.lines if one.id == line.stands_for_id), None)
    return AcknowledgedLine(
        n=line.n,
        sku=line.sku,
        name_th=line.name_th,
        name_en=line.name_en,
        unit_th=line.unit_th,
        unit_en=line.unit_en,
        quantity=line.wanted,
        unit_price=str(line.unit_price),
        net_minor=line.net_minor,
        vat_rate_bp=line.vat_rate_bp,
        parts=[
            AcknowledgedPart(
                part.quantity - part.cancelled,
                part.backorder,
                business_day(part.promise.due_at).isoformat() if part.promise else "",
                list(part.found),
                business_day(part.promise.original_due_at).isoformat() if part.promise else "",
            )
            for part in line.parts
            if part.quantity > part.cancelled
        ],
        substituted=line.substituted_out,
        stands_for=original.n if original else None,
        stood_for=stood_for,
        cancelled=line.called_off,
    )
