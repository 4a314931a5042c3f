"""The order to a supplier on paper, in Thai or English."""

from decimal import Decimal

from sqlalchemy.orm import Session

from config import Seller
from inventory.inbound import PurchaseLine, PurchaseOrder
from inventory.purchases import PurchaseState, find_purchase
from policies.documents import letterhead
from portal.documents import (
    Block,
    Column,
    LineTable,
    Note,
    Parties,
    Party,
    Row,
    Signature,
    Signatures,
    Totals,
    build_pdf,
)
from portal.i18n import _, day_text, money_text, name_of, price_text, quantity_text, speaking
from portal.money import line_amount
from portal.refusal import Unknown

CURRENCY = "THB"


def paper_of(session: Session, number: str, language: str, seller: Seller) -> tuple[str, bytes]:
    """The order of a number as a file name and a PDF in a language, for the mail to its supplier."""
    order = find_purchase(session, number)
    if order is None:
        raise Unknown(number)
    return f"{order.number}-{language}.pdf", purchase_pdf(order, language, seller)


def purchase_pdf(order: PurchaseOrder, language: str, seller: Seller) -> bytes:
    """The order as PDF in a language (`th` or `en`)."""
    with speaking(language):
        return build_pdf(
            _blocks(order, language),
            title=_("Purchase order to a supplier"),
            issuer=letterhead(seller, "th" if language == "th" else "en"),
            language=language,
            number=order.number,
            facts=[
                (_("Date"), day_text(order.sent_at or order.made_at)),
                (_("Expected by"), day_text(order.promised_on) if order.promised_on else "–"),
            ],
            mark=_("Draft") if order.state == PurchaseState.DRAFT else "",
            subject=name_of(order.supplier),
        )


def amount_of(line: PurchaseLine) -> int | None:
    """What a line costs, in minor units; None where the unit cost is not known."""
    return None if line.unit_cost is None else line_amount(line.unit_cost, line.quantity, CURRENCY)


def _blocks(order: PurchaseOrder, language: str) -> list[Block]:
    place = order.warehouse
    first, second = place.address_th, place.address_en
    address = (first or second) if language == "th" else (second or first)
    parties = Parties(
        [
            Party(_("Supplier"), name_of(order.supplier), [order.supplier.code]),
            Party(_("Deliver to"), name_of(place), [address] if address else []),
        ]
    )
    columns = [
        Column("#", align="right", muted=True),
        Column(_("Product"), fill=True),
        Column(_("Quantity"), align="right"),
        Column(_("Unit cost"), align="right"),
        Column(_("Amount"), align="right"),
    ]
    blocks: list[Block] = [
        parties,
        LineTable(columns, [_row(n, line) for n, line in enumerate(order.lines, start=1)]),
    ]
    amounts = [amount_of(line) for line in order.lines]
    known = [one for one in amounts if one is not None]
    if len(known) == len(amounts):
        blocks.append(Totals([(_("Total before tax"), money_text(sum(known), CURRENCY))]))
    if order.note:
        blocks.append(Note(order.note, _("Note")))
    blocks.append(Signatures([Signature(_("Ordered by")), Signature(_("Confirmed by the supplier"))]))
    return blocks


def _row(n: int, line: PurchaseLine) -> Row:
    product = line.product
    unit = name_of({"name_th": product.unit_th, "name_en": product.unit_en})
    known = " · ".join(filter(None, (product.sku, product.gtin, unit)))
    cost: Decimal | None = line.unit_cost
    return Row(
        [
            str(n),
            f"{name_of(product)}\n{known}",
            quantity_text(line.quantity),
            "–" if cost is None else price_text(cost, CURRENCY),
            "–" if cost is None else money_text(amount_of(line), CURRENCY),
        ]
    )
