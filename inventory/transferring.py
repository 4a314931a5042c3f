"""Units are moved between our own warehouses: they leave one, are on the way for a while, and arrive at the other."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.allotting import unfit
from inventory.basket_holds import give_up
from inventory.coming import receipts_at, refuse_day
from inventory.dealing import deal, hand_out, resource, waiting_at
from inventory.expired import hold_expired
from inventory.inbound import InboundReceipt, Transfer
from inventory.ledger import Move, Place, book, stock_rows
from inventory.models import Product, Warehouse
from inventory.stock import MovementKind, Reservation, Stock
from inventory.stopping import hold_stopped
from inventory.travelling import put_down, take_along
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, NN_
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on transfers, for the audit trail."""

    SENT = "transfer.sent"
    REPLANNED = "transfer.replanned"
    ARRIVED = "transfer.arrived"


def send(
    session: Session,
    product: Product,
    from_warehouse: Warehouse,
    to_warehouse: Warehouse,
    quantity: int,
    expected_on: date,
    *,
    purpose: str | None = None,
    carrier: str = "",
    tracking_no: str = "",
    reason: str = "",
    identities: Sequence[tuple[int, int]] = (),
    by: User | None,
    now: datetime,
) -> Transfer:
    """Units that nobody was promised leave one warehouse for another, where a receipt expects them from now on.

    A reservation named by `purpose` waits for that receipt if it brings all it waits for, and is served first in any
    case. `identities` (identity id, units) travel along; of tracked products those last to expire go when none are
    named. Baskets lose what they hold where too few are free. Refused when even then fewer are, or the reservation
    waits for none of this product there.
    """
    _refuse_bad_shape(from_warehouse, to_warehouse, quantity, expected_on, business_day(now))
    source, target = Place(product.id, from_warehouse.id), Place(product.id, to_warehouse.id)
    stock = stock_rows(session, [source, target])
    barred = unfit(session, [stock[source]], today=business_day(now))[source]
    give_up(session, source, stock[source], quantity + barred - stock[source].available)
    free = stock[source].available - barred
    if free < quantity:
        raise Refused(
            NN_(
                "Only %(available)s unit of %(sku)s is free in %(warehouse)s; the others are reserved or not there.",
                "Only %(available)s units of %(sku)s are free in %(warehouse)s; the others are reserved or not there.",
                "available",
            ),
            field="quantity",
            available=max(0, free),
            sku=product.sku,
            warehouse=from_warehouse.code,
        )
    named = _waiting_for(session, purpose, target) if purpose else None
    transfer = Transfer(
        number=next_number(session, "TR", business_day(now)),
        product_id=product.id,
        from_warehouse_id=from_warehouse.id,
        to_warehouse_id=to_warehouse.id,
        quantity=quantity,
        purpose=purpose,
        reason=reason.strip(),
        carrier=carrier.strip(),
        tracking_no=tracking_no.strip(),
        left_at=now,
        expected_on=expected_on,
        sent_by_id=by.id if by else None,
    )
    session.add(transfer)
    session.flush()  # what comes with it is written under its id
    book(session, [Move(source, -quantity)], MovementKind.TRANSFER_OUT, transfer.number, by=by, now=now)
    take_along(session, transfer, product, identities, by=by, now=now)
    receipt = _receipt_of(session, transfer, now=now)
    if named is not None:
        _claim(session, receipt, named)
    session.flush()  # who waits is read anew
    resource(waiting_at(session, [target], now=now), receipts_at(session, [target], business_day(now)))
    after = {
        "sku": product.sku,
        "quantity": quantity,
        "from": from_warehouse.code,
        "to": to_warehouse.code,
        "expected_on": str(expected_on),
        "purpose": purpose,
    }
    audit.record(session, Verb.SENT, "transfer", transfer.number, by=by, now=now, after=after)
    return transfer


def replan(
    session: Session, transfer: Transfer, expected_on: date, *, by: User | None, now: datetime
) -> None:
    """The carrier names another day. Promises stay as they are; the lead-time watch tells which are now at risk."""
    refuse_day(expected_on, business_day(now))
    transfer, receipt = _under_way(session, transfer)
    before, transfer.expected_on, receipt.expected_on = transfer.expected_on, expected_on, expected_on
    audit.record(
        session,
        Verb.REPLANNED,
        "transfer",
        transfer.number,
        by=by,
        now=now,
        before={"expected_on": str(before)},
        after={"expected_on": str(expected_on)},
    )


def arrive(session: Session, transfer: Transfer, *, by: User | None, now: datetime) -> list[int]:
    """The units are there: first for the reservation they were moved for, then for who waits, by the dealing rule.

    Lots and serials that were stopped or expired on the way go into quarantine. Gives the ids of the
    reservations that hold more than before. Refused when they have arrived already.
    """
    place = Place(transfer.product_id, transfer.to_warehouse_id)
    stock_rows(session, [place])
    transfer, receipt = _under_way(session, transfer)
    transfer.arrived_at = now
    book_in = [Move(place, transfer.quantity)]
    stock = book(session, book_in, MovementKind.TRANSFER_IN, transfer.number, by=by, now=now)
    brought = put_down(session, transfer, by=by, now=now)
    for claim in _claims_on(session, receipt):
        claim.receipt_id = None
    receipt.claimed, receipt.received, receipt.closed_at = 0, receipt.quantity, now
    session.flush()  # who waits is read anew
    hold_stopped(session, brought, [place], by=by, now=now)
    hold_expired(session, brought, [place], by=by, now=now)
    served = _serve(session, stock, transfer, now=now)
    session.flush()
    served += deal(session, stock, now=now)
    after = {"quantity": transfer.quantity, "lines": len(set(served))}
    audit.record(session, Verb.ARRIVED, "transfer", transfer.number, by=by, now=now, after=after)
    return list(dict.fromkeys(served))


def _refuse_bad_shape(
    from_warehouse: Warehouse, to_warehouse: Warehouse, quantity: int, expected_on: date, today: date
) -> None:
    if from_warehouse.id == to_warehouse.id:
        raise Refused(N_("Choose two different warehouses."), field="to_warehouse")
    if quantity <= 0:
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    refuse_day(expected_on, today)


def _waiting_for(session: Session, purpose: str, place: Place) -> Reservation:
    """The reservation of this purpose, locked, if it waits for units at the place."""
    query = select(Reservation.id).where(Reservation.purpose == purpose)
    for reservation in lock(session, Reservation, session.scalars(query)):
        here = Place(reservation.product_id, reservation.warehouse_id) == place
        if here and reservation.held < reservation.quantity:
            return reservation
    raise Refused(N_("%(line)s does not wait for this product in that warehouse any more."), line=purpose)


def _receipt_of(session: Session, transfer: Transfer, *, now: datetime) -> InboundReceipt:
    receipt = InboundReceipt(
        number=next_number(session, "TI", business_day(now)),
        transfer_id=transfer.id,
        warehouse_id=transfer.to_warehouse_id,
        product_id=transfer.product_id,
        quantity=transfer.quantity,
        received=0,
        claimed=0,
        original_expected_on=transfer.expected_on,
        expected_on=transfer.expected_on,
    )
    session.add(receipt)
    session.flush()  # claims on it need its id
    return receipt


def _claim(session: Session, receipt: InboundReceipt, reservation: Reservation) -> None:
    """Have a reservation wait for this receipt. One that needs more than it brings goes on waiting for what it did."""
    units = reservation.quantity - reservation.held
    if units > receipt.unclaimed:
        return
    for other in lock(session, InboundReceipt, [reservation.receipt_id] if reservation.receipt_id else []):
        other.claimed -= units
    receipt.claimed += units
    reservation.receipt_id = receipt.id


def _serve(session: Session, stock: dict[Place, Stock], transfer: Transfer, *, now: datetime) -> list[int]:
    """Give what arrived to the reservation it was moved for."""
    if transfer.purpose is None:
        return []
    query = select(Reservation.id).where(Reservation.purpose == transfer.purpose)
    waiting = [
        one
        for one in lock(session, Reservation, session.scalars(query))
        if Place(one.product_id, one.warehouse_id) in stock and one.held < one.quantity
    ]
    return hand_out(session, stock, waiting, now=now)


def _under_way(session: Session, transfer: Transfer) -> tuple[Transfer, InboundReceipt]:
    """The transfer and its receipt, locked, while it is on the way."""
    (fresh,) = lock(session, Transfer, [transfer.id])
    if fresh.arrived_at is not None:
        raise Refused(N_("Transfer %(number)s has already arrived."), number=fresh.number)
    query = select(InboundReceipt.id).where(InboundReceipt.transfer_id == fresh.id)
    (receipt,) = lock(session, InboundReceipt, session.scalars(query))
    return fresh, receipt


def _claims_on(session: Session, receipt: InboundReceipt) -> list[Reservation]:
    query = select(Reservation.id).where(Reservation.receipt_id == receipt.id)
    return lock(session, Reservation, session.scalars(query))
