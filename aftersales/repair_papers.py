"""The quote of a repair on paper, in Thai or English."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.repairs import Repair
from config import Seller
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
    Totals,
    amount_in_words_en,
    amount_in_words_th,
    build_pdf,
)
from portal.i18n import _, day_text, moment_text, money_text, name_of, speaking


@dataclass(frozen=True)
class QuoteSheet:
    """What a quote says: frozen facts, nothing of the database. Amounts are minor units before tax."""

    number: str
    quoted_at: datetime
    customer_code: str
    customer_th: str
    customer_en: str
    sku: str
    product_th: str
    product_en: str
    serial: str
    fault: str
    diagnosis: str
    currency: str
    parts_minor: int
    labour_minor: int
    charge_minor: int
    covered: bool
    due_at: datetime | None


def quote_of(repair: Repair) -> QuoteSheet:
    """The sheet of a repair that was quoted; a bug when it was not."""
    if repair.quoted_at is None:
        raise LookupError(f"repair {repair.number} was not quoted")
    product, customer, promise = repair.identity.product, repair.customer, repair.repair_promise
    return QuoteSheet(
        number=repair.number,
        quoted_at=repair.quoted_at,
        customer_code=customer.code,
        customer_th=customer.name_th,
        customer_en=customer.name_en,
        sku=product.sku,
        product_th=product.name_th,
        product_en=product.name_en,
        serial=repair.identity.number,
        fault=repair.fault,
        diagnosis=repair.diagnosis,
        currency=repair.currency,
        parts_minor=repair.parts_minor,
        labour_minor=repair.labour_minor,
        charge_minor=repair.charge_minor,
        covered=repair.covered,
        due_at=promise.due_at if promise else None,
    )


def quote_pdf(sheet: QuoteSheet, language: str, seller: Seller) -> bytes:
    """The quote as PDF in a language (`th` or `en`)."""
    with speaking(language):
        customer = name_of({"name_th": sheet.customer_th, "name_en": sheet.customer_en})
        return build_pdf(
            _blocks(sheet, customer, language),
            title=_("Repair quote"),
            issuer=_letterhead(seller, language),
            language=language,
            number=sheet.number,
            facts=[(_("Quoted"), moment_text(sheet.quoted_at))],
            footer=[_("Amounts are before VAT."), _("Issued electronically, valid without signature.")],
            subject=customer,
        )


def _blocks(sheet: QuoteSheet, customer: str, language: str) -> list[Block]:
    product = name_of({"name_th": sheet.product_th, "name_en": sheet.product_en})
    unit = [f"{sheet.sku}", _("Serial number %(serial)s", serial=sheet.serial)]
    return [
        Parties(
            [
                Party(_("Customer"), customer, [_("Customer code %(code)s", code=sheet.customer_code)]),
                Party(_("Unit in repair"), product, unit),
            ]
        ),
        Note(_answer(sheet), _("What we ask of you")),
        Heading(_("What you told us"), 2),
        Bullets([sheet.fault]),
        Heading(_("What we found"), 2),
        Bullets([sheet.diagnosis]),
        _costs(sheet),
        _totals(sheet, language),
    ]


def _answer(sheet: QuoteSheet) -> str:
    if not sheet.charge_minor:
        return _("Nothing: the repair is free of charge and has begun.")
    ask = _(
        "Please approve or decline this quote in the portal, on the page of repair %(number)s.",
        number=sheet.number,
    )
    if sheet.due_at is None:
        return ask
    due = _(
        "When you answer today the unit is sent back by %(day)s; every working day we wait for the answer is added.",
        day=day_text(sheet.due_at),
    )
    return f"{ask} {due}"


def _costs(sheet: QuoteSheet) -> LineTable:
    columns = [Column(_("What"), fill=True), Column(_("Amount"), align="right")]
    rows = [
        Row([_("Parts"), money_text(sheet.parts_minor, sheet.currency)]),
        Row([_("Labour"), money_text(sheet.labour_minor, sheet.currency)]),
    ]
    return LineTable(columns, rows)


def _totals(sheet: QuoteSheet, language: str) -> Totals:
    whole = sheet.parts_minor + sheet.labour_minor
    lines = [(_("Cost of the repair"), money_text(whole, sheet.currency))]
    if sheet.covered:
        lines.append((_("Paid by the warranty"), money_text(-whole, sheet.currency)))
    lines.append((_("To pay, before VAT"), money_text(sheet.charge_minor, sheet.currency)))
    in_words = amount_in_words_th if language == "th" else amount_in_words_en
    words = in_words(sheet.charge_minor) if sheet.currency == "THB" and sheet.charge_minor else ""
    return Totals(lines, words=words)


def _letterhead(seller: Seller, language: str) -> LetterHead:
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
