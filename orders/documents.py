"""The order acknowledgement on paper, in Thai or English, from the facts kept when the order was confirmed."""

from datetime import date, datetime
from decimal import Decimal

from config import Seller
from orders.acknowledging import AcknowledgedCharge, AcknowledgedLine, AcknowledgedPart, Acknowledgement
from orders.dating import sentences
from orders.telling import vat_title
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
from portal.i18n import _, day_text, moment_text, money_text, name_of, price_text, quantity_text, speaking


def acknowledgement_pdf(sheet: Acknowledgement, language: str, seller: Seller) -> bytes:
    """The acknowledgement as PDF in a language (`th` or `en`)."""
    with speaking(language):
        placed = datetime.fromisoformat(sheet.placed_at)
        facts = [(_("Ordered"), moment_text(placed))]
        if sheet.edition > 1:
            changed = moment_text(datetime.fromisoformat(sheet.issued_at))
            facts.append(
                (_("Edition"), _("%(edition)s, of %(moment)s", edition=sheet.edition, moment=changed))
            )
        if sheet.po_number:
            facts.append((_("Your purchase order"), sheet.po_number))
        return build_pdf(
            _blocks(sheet, language),
            title=_("Order acknowledgement"),
            issuer=letterhead(seller, language),
            language=language,
            number=sheet.number,
            facts=facts,
            footer=[_("Confirmed electronically, valid without signature.")],
            subject=_customer(sheet),
        )


def _blocks(sheet: Acknowledgement, language: str) -> list[Block]:
    blocks: list[Block] = [Parties(_parties(sheet, language)), Note(_promise(sheet), _("Our promise to you"))]
    blocks += [_lines(sheet), _totals(sheet, language)]
    if sheet.note:
        blocks += [Heading(_("Your note"), 2), Bullets([sheet.note])]
    columns, found = _found(sheet)
    if found:
        blocks += [Heading(_("How each day was found"), 2), LineTable(columns, found, zebra=False)]
    return blocks


def _parties(sheet: Acknowledgement, language: str) -> list[Party]:
    known = [_("Customer code %(code)s", code=sheet.customer_code)]
    if sheet.tax_id:
        branch = f" · {sheet.branch}" if sheet.branch else ""
        known.append(_("Tax ID %(tax_id)s", tax_id=sheet.tax_id) + branch)
    if sheet.buyer:
        known.append(_("Ordered by %(name)s", name=sheet.buyer))
    first, second = (
        (sheet.ship_to_th, sheet.ship_to_en) if language == "th" else (sheet.ship_to_en, sheet.ship_to_th)
    )
    address = first or second
    return [
        Party(_("Customer"), _customer(sheet), known),
        Party(_("Deliver to"), _customer(sheet), [address] if address else []),
    ]


def _promise(sheet: Acknowledgement) -> str:
    days = sorted({part.promised_on for line in sheet.lines for part in line.parts if part.promised_on})
    if not any(line.quantity for line in sheet.lines):
        return _("All of this order was cancelled; nothing of it will be delivered.")
    if not days:
        return _("This order carries no promised day.")
    if len(days) == 1:
        return _("Everything on this order arrives by %(day)s.", day=_day(days[0]))
    return _(
        "The first goods arrive by %(first)s, the last by %(last)s. Each line names its own days.",
        first=_day(days[0]),
        last=_day(days[-1]),
    )


def _lines(sheet: Acknowledgement) -> LineTable:
    columns = [
        Column("#", align="right", muted=True),
        Column(_("Product"), fill=True),
        Column(_("Quantity"), align="right"),
        Column(_("Unit price"), align="right"),
        Column(_("Amount"), align="right"),
    ]
    by_n = {line.n: line for line in sheet.lines}
    rows = [_row(line, by_n, sheet.currency) for line in sheet.lines]
    return LineTable(columns, rows + [_charged(charge, sheet.currency) for charge in sheet.charges])


def _charged(charge: AcknowledgedCharge, currency: str) -> Row:
    """A charge is a line of its own beside the goods."""
    name = _("Faster delivery: %(service)s", service=name_of(charge))
    note = _("The share of the extra cost that you agreed to pay, before VAT")
    return Row(
        ["", f"{name}\n{charge.request_no}", "", "", money_text(charge.net_minor, currency)], note=note
    )


def _row(line: AcknowledgedLine, by_n: dict[int, AcknowledgedLine], currency: str) -> Row:
    unit = name_of({"name_th": line.unit_th, "name_en": line.unit_en})
    cells = [
        str(line.n),
        f"{name_of(line)}\n{line.sku} · {unit}",
        quantity_text(line.quantity),
        price_text(Decimal(line.unit_price), currency),
        money_text(line.net_minor, currency),
    ]
    notes = [_cancelled(line), *_replaced(line, by_n), _arrivals(line)]
    return Row(cells, note="\n".join(note for note in notes if note))


def _cancelled(line: AcknowledgedLine) -> str:
    if not line.cancelled:
        return ""
    return _(
        "%(ordered)s ordered, %(cancelled)s of them cancelled",
        ordered=quantity_text(line.ordered),
        cancelled=quantity_text(line.cancelled),
    )


def _replaced(line: AcknowledgedLine, by_n: dict[int, AcknowledgedLine]) -> list[str]:
    """What stands for what, said at both lines."""
    said = [
        _(
            "%(count)s of these are replaced by line %(n)s, %(sku)s",
            count=quantity_text(other.stood_for),
            n=other.n,
            sku=other.sku,
        )
        for other in by_n.values()
        if other.stands_for == line.n
    ]
    original = by_n.get(line.stands_for) if line.stands_for else None
    if original is not None:
        said.append(
            _(
                "Stands for %(count)s × %(sku)s of line %(n)s and costs no more than they would have",
                count=quantity_text(line.stood_for),
                sku=original.sku,
                n=original.n,
            )
        )
    return said


def _arrivals(line: AcknowledgedLine) -> str:
    """When a line arrives: in one sentence when it comes at once, else part by part."""
    if len(line.parts) == 1:
        return _arrival(line.parts[0], alone=True)
    return "\n".join(_arrival(part, alone=False) for part in line.parts)


def _arrival(part: AcknowledgedPart, *, alone: bool) -> str:
    if not part.promised_on:
        return ""
    day = _day(part.promised_on)
    if alone:
        return (
            _("Arrives by %(day)s (backorder)", day=day)
            if part.backorder
            else _("Arrives by %(day)s", day=day)
        )
    count = quantity_text(part.quantity)
    if part.backorder:
        return _("%(count)s arrive by %(day)s (backorder)", count=count, day=day)
    return _("%(count)s arrive by %(day)s", count=count, day=day)


def _totals(sheet: Acknowledgement, language: str) -> Totals:
    in_words = amount_in_words_th if language == "th" else amount_in_words_en
    return Totals(
        [
            (_("Subtotal"), money_text(sheet.net_minor, sheet.currency)),
            (
                vat_title(_rates(sheet)),
                money_text(sheet.vat_minor, sheet.currency),
            ),
            (_("Total"), money_text(sheet.total_minor, sheet.currency)),
        ],
        words=in_words(sheet.total_minor) if sheet.currency == "THB" else "",
    )


def _rates(sheet: Acknowledgement) -> set[int]:
    return {line.vat_rate_bp for line in sheet.lines} | {charge.vat_rate_bp for charge in sheet.charges}


def _found(sheet: Acknowledgement) -> tuple[list[Column], list[Row]]:
    columns = [
        Column(_("Line"), align="right", muted=True),
        Column(_("Units"), align="right"),
        Column(_("Day"), width=92),
        Column(_("How it was found"), fill=True),
    ]
    rows = [
        Row(
            [
                str(line.n),
                quantity_text(part.quantity),
                _day(part.promised_on),
                _how(part),
            ]
        )
        for line in sheet.lines
        for part in line.parts
        if part.promised_on
    ]
    return columns, rows


def _how(part: AcknowledgedPart) -> str:
    steps = sentences(part.found)
    if steps and part.first_promised_on not in ("", part.promised_on):
        first = _day(part.first_promised_on)
        steps.insert(0, _("The first promised day, %(day)s, was found like this:", day=first))
    return " ".join(steps)


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text))


def _customer(sheet: Acknowledgement) -> str:
    return name_of({"name_th": sheet.customer_th, "name_en": sheet.customer_en})


def letterhead(seller: Seller, language: str) -> LetterHead:
    """Who we are, on top of every paper."""
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
