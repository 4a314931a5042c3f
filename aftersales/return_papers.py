"""The authorisation of a return on paper, in Thai or English, from the facts kept when it was given."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from aftersales.models import REASON_TITLES, REMEDY_TITLES, Remedy, Return, ReturnReason
from config import Seller
from portal import archive
from portal.documents import (
    Block,
    Bullets,
    Column,
    Heading,
    LetterHead,
    LineTable,
    Note,
    Parties,
    Party,
    Row,
    build_pdf,
)
from portal.i18n import _, day_text, moment_text, name_of, quantity_text, speaking

KIND = "return_authorisation"


@dataclass(frozen=True)
class AuthorisedLine:
    """Units of a product that may be sent back, with the serials and lots they are known by."""

    sku: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    quantity: int
    reason: str
    numbers: list[str]


@dataclass(frozen=True)
class Authorisation:
    """Every fact on the sheet, in both languages."""

    number: str
    order_no: str
    authorised_at: str
    return_by: str
    customer_code: str
    customer_th: str
    customer_en: str
    warehouse_code: str
    warehouse_th: str
    warehouse_en: str
    remedy: str
    note: str
    lines: list[AuthorisedLine]


def issue(session: Session, found: Return, *, now: datetime) -> None:
    """Keep the authorisation of a return as it is given, with the digest of its facts."""
    archive.store(
        session, KIND, found.number, found.order.customer_id, asdict(_sheet(found, now=now)), now=now
    )


def authorisation_of(session: Session, found: Return) -> Authorisation:
    """The authorisation as issued; raises Unknown for a return that has none."""
    facts: dict[str, Any] = dict(archive.stored(session, KIND, found.number).sheet)
    return Authorisation(**facts | {"lines": [AuthorisedLine(**line) for line in facts["lines"]]})


def authorisation_pdf(sheet: Authorisation, language: str, seller: Seller) -> bytes:
    """The authorisation as PDF in a language (`th` or `en`)."""
    with speaking(language):
        return build_pdf(
            _blocks(sheet, seller, language),
            title=_("Return authorisation"),
            issuer=_letterhead(seller, language),
            language=language,
            number=sheet.number,
            facts=[
                (_("Authorised"), moment_text(datetime.fromisoformat(sheet.authorised_at))),
                (_("Order"), sheet.order_no),
            ],
            footer=[_("Put this sheet into the parcel, so that we know what it is about.")],
            subject=_customer(sheet),
        )


def _blocks(sheet: Authorisation, seller: Seller, language: str) -> list[Block]:
    warehouse = name_of({"name_th": sheet.warehouse_th, "name_en": sheet.warehouse_en})
    seller_name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    code = _("Customer code %(code)s", code=sheet.customer_code)
    to = [_("Return %(number)s", number=sheet.number), seller_name, address]
    blocks: list[Block] = [
        Parties([Party(_("Sent back by"), _customer(sheet), [code]), Party(_("Send to"), warehouse, to)]),
        Note(
            _("Please send the goods so that they arrive by %(day)s.", day=_day(sheet.return_by)),
            _("Return by"),
        ),
        _lines(sheet),
        Heading(_("What happens then"), 2),
        Bullets(
            [
                _("We look at the goods when they arrive and tell you what we found."),
                _("You asked for: %(remedy)s.", remedy=_(REMEDY_TITLES[Remedy(sheet.remedy)])),
            ]
        ),
    ]
    if sheet.note:
        blocks += [Heading(_("Our note"), 2), Bullets([sheet.note])]
    return blocks


def _lines(sheet: Authorisation) -> LineTable:
    columns = [
        Column("#", align="right", muted=True),
        Column(_("Product"), fill=True),
        Column(_("Quantity"), align="right"),
        Column(_("Reason"), width=150),
    ]
    return LineTable(columns, [_row(n, line) for n, line in enumerate(sheet.lines, 1)])


def _row(n: int, line: AuthorisedLine) -> Row:
    unit = name_of({"name_th": line.unit_th, "name_en": line.unit_en})
    named = _("Serials and lots: %(numbers)s", numbers=", ".join(line.numbers)) if line.numbers else ""
    cells = [
        str(n),
        f"{name_of(line)}\n{line.sku} · {unit}",
        quantity_text(line.quantity),
        _(REASON_TITLES[ReturnReason(line.reason)]),
    ]
    return Row(cells, note=named)


def _sheet(found: Return, *, now: datetime) -> Authorisation:
    order = found.order
    return Authorisation(
        number=found.number,
        order_no=order.number,
        authorised_at=now.isoformat(),
        return_by=found.return_by.isoformat() if found.return_by else "",
        customer_code=order.customer.code,
        customer_th=order.customer.name_th,
        customer_en=order.customer.name_en,
        warehouse_code=order.warehouse.code,
        warehouse_th=order.warehouse.name_th,
        warehouse_en=order.warehouse.name_en,
        remedy=found.remedy,
        note=found.decision_note,
        lines=[
            AuthorisedLine(
                sku=line.order_line.sku,
                name_th=line.order_line.name_th,
                name_en=line.order_line.name_en,
                unit_th=line.order_line.unit_th,
                unit_en=line.order_line.unit_en,
                quantity=line.quantity,
                reason=line.reason,
                numbers=[
                    one.identity.number if one.quantity == 1 else f"{one.identity.number} × {one.quantity}"
                    for one in line.identities
                ],
            )
            for line in found.lines
        ],
    )


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text)) if text else ""


def _customer(sheet: Authorisation) -> str:
    return name_of({"name_th": sheet.customer_th, "name_en": sheet.customer_en})


def _letterhead(seller: Seller, language: str) -> LetterHead:
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
