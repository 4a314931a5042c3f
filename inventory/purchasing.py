"""Goods are ordered from suppliers: drafted, sent, confirmed for other days, cancelled as far as they have not come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory import receiving
from inventory.coming import refuse_day
from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder, Supplier
from inventory.models import Product, Warehouse
from inventory.purchases import PurchaseState
from inventory.receiving import Arrival, Expected
from portal import audit, outbox
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.money import unit_price
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "PU"
PAPER = "purchase"
MOST_LINES = 60
MOST_UNITS = 1_000_000_000
MOST_COST = Decimal(10) ** 10


class Verb(StrEnum):
    """Acts on orders to suppliers, for the audit trail."""

    DRAFTED = "purchase.drafted"
    CHANGED = "purchase.changed"
    DISCARDED = "purchase.discarded"
    SENT = "purchase.sent"
    CONFIRMED = "purchase.confirmed"
    CANCELLED = "purchase.cancelled"


@dataclass(frozen=True)
class Line:
    """Units of a product to order, and what one of them costs us (THB) where it was said."""

    product: Product
    quantity: int
    unit_cost: Decimal | None = None


def draft(
    session: Session,
    supplier: Supplier,
    warehouse: Warehouse,
    lines: Sequence[Line],
    *,
    note: str = "",
    by: User | None,
    now: datetime,
) -> PurchaseOrder:
    """An order to a supplier that nobody has sent yet.

    Refused without lines, with a product twice or no longer sold, and for quantities and costs that cannot be; the
    fields are those of the line, counted from 1: `sku_2`, `quantity_2`, `cost_2`.
    """
    _refuse_bad_lines(lines)
    order = PurchaseOrder(
        number=next_number(session, SERIES, business_day(now)),
        supplier=supplier,
        warehouse=warehouse,
        state=PurchaseState.DRAFT,
        note=note.strip(),
        made_at=now,
        by_id=by.id if by else None,
        lines=[_line(one) for one in lines],
    )
    session.add(order)
    session.flush()
    after = {"supplier": supplier.code, "warehouse": warehouse.code, "lines": _told(order.lines)}
    audit.record(session, Verb.DRAFTED, "purchase", order.number, by=by, now=now, after=after)
    return order


def change(
    session: Session,
    order: PurchaseOrder,
    lines: Sequence[Line],
    *,
    note: str = "",
    by: User | None,
    now: datetime,
) -> None:
    """A draft asks for these lines from now on. Refused as a new draft would be, and once it is sent."""
    _refuse_bad_lines(lines)
    order = _locked(session, order, PurchaseState.DRAFT)
    before = {"lines": _told(order.lines), "note": order.note}
    session.execute(delete(PurchaseLine).where(PurchaseLine.purchase_order_id == order.id))
    session.expire(order, ["lines"])
    order.lines = [_line(one) for one in lines]
    order.note = note.strip()
    session.flush()
    after = {"lines": _told(order.lines), "note": order.note}
    audit.record(session, Verb.CHANGED, "purchase", order.number, by=by, now=now, before=before, after=after)


def discard(session: Session, order: PurchaseOrder, *, by: User | None, now: datetime) -> None:
    """A draft that will not be sent. Refused once it is."""
    order = _locked(session, order, PurchaseState.DRAFT)
    order.state, order.closed_at = PurchaseState.CANCELLED, now
    audit.record(session, Verb.DISCARDED, "purchase", order.number, by=by, now=now)


def send(
    session: Session, order: PurchaseOrder, promised_on: date, *, by: User | None, now: datetime
) -> None:
    """A draft goes to its supplier, by e-mail with its paper where one is known, and its lines are expected that day.

    Refused once it was sent, and for a day that has passed or lies too far ahead.
    """
    try:
        refuse_day(promised_on, business_day(now))
    except Refused as no:
        raise Refused(no.message, field="promised_on", **no.params) from None
    order = _locked(session, order, PurchaseState.DRAFT)
    for n, line in enumerate(order.lines, start=1):
        _refuse_unsold(line.product, n)
    expected = [
        Expected(order.supplier, line.product, order.warehouse, line.quantity, promised_on)
        for line in order.lines
    ]
    receipts = receiving.expect_all(session, expected, by=by, now=now)
    for line, receipt in zip(order.lines, receipts, strict=True):
        line.receipt_id = receipt.id
    order.state, order.sent_at, order.promised_on = PurchaseState.SENT, now, promised_on
    if order.supplier.email:
        facts = {
            "number": order.number,
            "supplier": {"name_th": order.supplier.name_th, "name_en": order.supplier.name_en},
            "warehouse": {"name_th": order.warehouse.name_th, "name_en": order.warehouse.name_en},
            "promised_on": promised_on.isoformat(),
        }
        key = f"purchase:{order.number}"
        letter = outbox.Letter(order.supplier.email, facts, key, f"{PAPER}:{order.number}")
        outbox.post_letters(session, [letter], "inventory/notices/purchase_sent.txt", now=now)
    after = {"promised_on": str(promised_on), "to": order.supplier.email}
    audit.record(session, Verb.SENT, "purchase", order.number, by=by, now=now, after=after)


def confirm(
    session: Session, order: PurchaseOrder, days: Mapping[int, date], *, by: User | None, now: datetime
) -> int:
    """The supplier names other days for lines (by id); says how many moved. The day first promised is kept.

    Refused for days that cannot be (field `day_` and the line's id), and for lines that have come or are cancelled.
    """
    receipts = _open_receipts(session, order, days)
    moved = sorted(
        (receipt.id, line_id) for line_id, receipt in receipts.items() if receipt.expected_on != days[line_id]
    )
    for _, line_id in moved:
        try:
            receiving.move(session, receipts[line_id], days[line_id], by=by, now=now)
        except Refused as no:
            raise Refused(no.message, field=f"day_{line_id}", **no.params) from None
    if moved:
        after = {"lines": {receipts[id_].number: str(days[id_]) for _, id_ in moved}}
        audit.record(session, Verb.CONFIRMED, "purchase", order.number, by=by, now=now, after=after)
    return len(moved)


def cancel_rest(
    session: Session,
    order: PurchaseOrder,
    line_ids: Collection[int],
    reason: str,
    *,
    by: User | None,
    now: datetime,
) -> int:
    """What has not come of these lines will not come any more; says how many units. Who counted on it waits anew.

    Refused without a reason, without lines, and when one of them has come whole or is cancelled already.
    """
    if not reason.strip():
        raise Refused(N_("Say why it is cancelled."), field="reason")
    if not line_ids:
        raise Refused(N_("Choose the lines of which nothing more shall come."), field="lines")
    receipts = list(_open_receipts(session, order, line_ids).values())
    units = sum(receipt.quantity - receipt.received for receipt in receipts)
    after = {"reason": reason.strip(), "units": units}
    audit.record(session, Verb.CANCELLED, "purchase", order.number, by=by, now=now, after=after)
    ended = [Arrival(receipt, 0, last=True) for receipt in receipts]
    receiving.book_in_all(session, ended, by=by, now=now)
    return units


def _open_receipts(
    session: Session, order: PurchaseOrder, line_ids: Collection[int]
) -> dict[int, InboundReceipt]:
    """The receipts of these lines, by the line's id, as they stand."""
    query = (
        select(PurchaseLine.id, InboundReceipt)
        .join(InboundReceipt, InboundReceipt.id == PurchaseLine.receipt_id)
        .where(PurchaseLine.purchase_order_id == order.id, PurchaseLine.id.in_(set(line_ids)))
        .execution_options(populate_existing=True)
    )
    receipts = {id_: receipt for id_, receipt in session.execute(query) if receipt.closed_at is None}
    if len(receipts) != len(set(line_ids)):
        raise Refused(N_("Nothing more is expected on one of these lines."))
    return receipts


def _locked(session: Session, order: PurchaseOrder, state: PurchaseState) -> PurchaseOrder:
    """The order, locked and read anew with its lines, if it is in this state."""
    lock(session, PurchaseOrder, [order.id])
    query = (
        select(PurchaseOrder)
        .where(PurchaseOrder.id == order.id)
        .options(
            joinedload(PurchaseOrder.supplier),
            joinedload(PurchaseOrder.warehouse),
            selectinload(PurchaseOrder.lines).joinedload(PurchaseLine.product),
        )
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).one()
    if found.state != state:
        raise Refused(N_("%(number)s is not a draft any more."), number=found.number)
    return found


def _line(one: Line) -> PurchaseLine:
    cost = one.product.unit_cost if one.unit_cost is None else unit_price(one.unit_cost)
    return PurchaseLine(product=one.product, quantity=one.quantity, unit_cost=cost)


def _told(lines: Iterable[PurchaseLine]) -> list[str]:
    """Lines as the trail keeps them: code, units, and what one of them costs where that is known."""
    return [
        f"{one.product.sku}: {one.quantity}" + (f" × {one.unit_cost}" if one.unit_cost is not None else "")
        for one in lines
    ]


def _refuse_bad_lines(lines: Sequence[Line]) -> None:
    if not lines:
        raise Refused(N_("Name at least one product to order."), field="sku_1")
    if len(lines) > MOST_LINES:
        raise Refused(N_("An order to a supplier has at most %(most)s lines."), most=MOST_LINES)
    seen: set[int] = set()
    for n, one in enumerate(lines, start=1):
        if one.product.id in seen:
            raise Refused(N_("%(sku)s is on this order twice."), field=f"sku_{n}", sku=one.product.sku)
        seen.add(one.product.id)
        _refuse_unsold(one.product, n)
        if not 0 < one.quantity <= MOST_UNITS:
            raise Refused(N_("The quantity must be at least 1."), field=f"quantity_{n}")
        if one.unit_cost is not None and not 0 <= one.unit_cost <= MOST_COST:
            raise Refused(N_("A cost cannot be less than zero."), field=f"cost_{n}")


def _refuse_unsold(product: Product, n: int) -> None:
    if not product.active:
        raise Refused(N_("%(sku)s is not sold any more."), field=f"sku_{n}", sku=product.sku)
