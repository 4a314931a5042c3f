"""Goods are expected from a supplier, moved to another day, and booked in when they arrive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.coming import refuse_day
from inventory.dealing import deal, resource, waiting_at
from inventory.deliveries import close_purchases, put_on_record
from inventory.identifying import Incoming, LotFacts, refuse_unnamed, take_in
from inventory.inbound import InboundReceipt, Supplier
from inventory.ledger import Move, Place, stock_rows, write_movements
from inventory.models import Product, Tracking, Warehouse
from inventory.stock import MovementKind, Reservation
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, NN_
from portal.numbering import next_numbers
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on receipts, for the audit trail."""

    EXPECTED = "receipt.expected"
    MOVED = "receipt.moved"
    BOOKED = "receipt.booked"
    CLOSED = "receipt.closed"


@dataclass(frozen=True)
class Expected:
    """Units of a product that a supplier will bring to a warehouse, and on which day."""

    supplier: Supplier
    product: Product
    warehouse: Warehouse
    quantity: int
    expected_on: date


@dataclass(frozen=True)
class Arrival:
    """Units that came on a receipt, of a tracked product with their serials or their lot; `last` when no more will.

    A lot past its last day of use comes in only to lie `aside`, in quarantine.
    """

    receipt: InboundReceipt
    quantity: int
    last: bool
    serials: Sequence[str] = ()
    lot: LotFacts | None = None
    aside: bool = False


def expect(
    session: Session,
    supplier: Supplier,
    product: Product,
    warehouse: Warehouse,
    quantity: int,
    expected_on: date,
    *,
    by: User | None,
    now: datetime,
) -> InboundReceipt:
    """Goods a supplier will deliver; orders can be promised against them. Lines that wait for stock get first claim."""
    (receipt,) = expect_all(
        session, [Expected(supplier, product, warehouse, quantity, expected_on)], by=by, now=now
    )
    return receipt


def expect_all(
    session: Session, deliveries: Sequence[Expected], *, by: User | None, now: datetime
) -> list[InboundReceipt]:
    """Expect several deliveries at once, each as `expect` does. Refused as a whole when one of them is."""
    today = business_day(now)
    if any(one.quantity <= 0 for one in deliveries):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    for one in deliveries:
        refuse_day(one.expected_on, today)
    places = [Place(one.product.id, one.warehouse.id) for one in deliveries]
    stock_rows(session, places)  # the stock rows are locked first, as in every other act on a place
    receipts = [
        InboundReceipt(
            number=number,
            supplier=one.supplier,
            product_id=one.product.id,
            warehouse_id=one.warehouse.id,
            quantity=one.quantity,
            received=0,
            claimed=0,
            expected_on=one.expected_on,
            original_expected_on=one.expected_on,
            ordered_on=today,
        )
        for one, number in zip(deliveries, next_numbers(session, "PO", today, len(deliveries)), strict=True)
    ]
    session.add_all(receipts)
    session.flush()  # claims on them need their ids
    coming: dict[Place, list[InboundReceipt]] = {}
    for place, receipt in zip(places, receipts, strict=True):
        coming.setdefault(place, []).append(receipt)
    resource(waiting_at(session, list(coming), now=now), coming)
    for one, receipt in zip(deliveries, receipts, strict=True):
        after = {"sku": one.product.sku, "quantity": one.quantity, "expected_on": str(one.expected_on)}
        audit.record(session, Verb.EXPECTED, "receipt", receipt.number, by=by, now=now, after=after)
    return receipts


def move(
    session: Session, receipt: InboundReceipt, expected_on: date, *, by: User | None, now: datetime
) -> None:
    """The supplier names another day. Promises stay as they are; the lead-time watch tells which are now at risk."""
    receipt = _open(session, receipt)
    refuse_day(expected_on, business_day(now))
    before, receipt.expected_on = receipt.expected_on, expected_on
    audit.record(
        session,
        Verb.MOVED,
        "receipt",
        receipt.number,
        by=by,
        now=now,
        before={"expected_on": str(before)},
        after={"expected_on": str(expected_on)},
    )


def book_in(
    session: Session,
    receipt: InboundReceipt,
    quantity: int,
    *,
    last: bool,
    identities: Sequence[str] | LotFacts = (),
    aside: bool = False,
    by: User | None,
    now: datetime,
) -> list[int]:
    """Goods have arrived: they go into stock and to the lines that wait, as the dealing rule in force has it.

    `last` closes the receipt even when less came than was expected. Units of a tracked product come with `identities`:
    a serial for each, or their lot; a lot past its last day of use goes into quarantine if it comes in to lie `aside`.
    Gives the reservations that now hold more. Refused when more arrives than was ordered, the receipt is closed or
    stems from another warehouse, the units are not named as they should be, or may be used no more.
    """
    lot = identities if isinstance(identities, LotFacts) else None
    serials = () if isinstance(identities, LotFacts) else identities
    return book_in_all(session, [Arrival(receipt, quantity, last, serials, lot, aside)], by=by, now=now)


def book_in_all(
    session: Session, arrivals: Sequence[Arrival], *, by: User | None, now: datetime
) -> list[int]:
    """Book in what came on several receipts at once, each as `book_in` does. Refused as a whole when one of them is."""
    if any(one.quantity < 0 or (one.quantity == 0 and not one.last) for one in arrivals):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    # The stock rows before the receipts, as in every other act.
    stock = stock_rows(session, [Place(one.receipt.product_id, one.receipt.warehouse_id) for one in arrivals])
    receipts = {
        receipt.id: receipt for receipt in lock(session, InboundReceipt, (one.receipt.id for one in arrivals))
    }
    moves = [_arrived(receipts[one.receipt.id], one) for one in arrivals]
    named = _named(session, arrivals, moves)
    for one in moves:
        stock[one.place].on_hand += one.quantity
    write_movements(session, moves, MovementKind.RECEIPT, "", by=by, now=now)
    for claim in _claims_on(session, receipts):
        claim.receipt_id = None
    for arrival in arrivals:
        receipt = receipts[arrival.receipt.id]
        receipt.claimed = 0
        receipt.received += arrival.quantity
        if arrival.last or receipt.received == receipt.quantity:
            receipt.closed_at = now
    session.flush()  # who waits is read anew
    put_on_record(session, [(receipts[one.receipt.id], one.quantity) for one in arrivals], now=now)
    if named:
        take_in(session, named, MovementKind.RECEIPT, by=by, now=now)
    served = deal(session, stock, now=now)
    for arrival in arrivals:
        receipt = receipts[arrival.receipt.id]
        verb = Verb.CLOSED if receipt.closed_at else Verb.BOOKED
        after = {"quantity": arrival.quantity, "received": receipt.received}
        audit.record(session, verb, "receipt", receipt.number, by=by, now=now, after=after)
    close_purchases(session, [id_ for id_, one in receipts.items() if one.closed_at], by=by, now=now)
    return served


def _arrived(receipt: InboundReceipt, arrival: Arrival) -> Move:
    """What an arrival brings, unless its receipt is closed or owes less."""
    if receipt.closed_at is not None:
        raise Refused(N_("Receipt %(number)s is already closed."), number=receipt.number)
    _refuse_transfer(receipt)
    if arrival.quantity > receipt.quantity - receipt.received:
        raise Refused(
            NN_(
                "Only %(rest)s unit is still expected on %(number)s.",
                "Only %(rest)s units are still expected on %(number)s.",
                "rest",
            ),
            field="quantity",
            rest=receipt.quantity - receipt.received,
            number=receipt.number,
        )
    cause_no = f"{receipt.number}/{receipt.received + arrival.quantity}"
    return Move(Place(receipt.product_id, receipt.warehouse_id), arrival.quantity, cause_no)


def _named(session: Session, arrivals: Sequence[Arrival], moves: Sequence[Move]) -> list[Incoming]:
    """What came of tracked products, with how it is named."""
    tracked = {
        product.id: product
        for product in session.scalars(
            select(Product).where(
                Product.id.in_({one.place.product_id for one in moves}), Product.tracking != Tracking.NONE
            )
        )
    }
    named = []
    for arrival, move in zip(arrivals, moves, strict=True):
        product = tracked.get(move.place.product_id)
        if product is None and not (arrival.serials or arrival.lot):
            continue
        if move.quantity or arrival.serials:
            product = product or session.get_one(Product, move.place.product_id)
            number = arrival.receipt.number
            facts = (move.quantity, number, arrival.serials, arrival.lot, arrival.aside)
            named.append(Incoming(product, move.place.warehouse_id, *facts))
    for one in named:
        refuse_unnamed(one)
    return named


def _open(session: Session, receipt: InboundReceipt) -> InboundReceipt:
    (fresh,) = lock(session, InboundReceipt, [receipt.id])
    if fresh.closed_at is not None:
        raise Refused(N_("Receipt %(number)s is already closed."), number=fresh.number)
    _refuse_transfer(fresh)
    return fresh


def _refuse_transfer(receipt: InboundReceipt) -> None:
    """What comes from another warehouse is on the transfer's books until it arrives."""
    if receipt.transfer_id is not None:
        raise Refused(
            N_("%(number)s comes from another warehouse. Work on its transfer instead."),
            number=receipt.number,
        )


def _claims_on(session: Session, receipt_ids: Iterable[int]) -> list[Reservation]:
    query = (
        select(Reservation)
        .where(Reservation.receipt_id.in_(receipt_ids))
        .order_by(Reservation.id)
        .with_for_update()
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
