"""Who gets goods that come free: whoever is first by the dealing rule in force."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.allotting import settle, unfit
from inventory.coming import receipts_at
from inventory.dealing_rules import keys_in_force
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at
from inventory.stock import Dealt, Reservation, Stock
from inventory.turns import in_turn
from portal.batches import append
from portal.clock import business_day
from portal.db import lock


def deal(session: Session, stock: Mapping[Place, Stock], *, now: datetime) -> list[int]:
    """Hold free units of the locked stock rows for the reservations that wait there, as the rule in force has it.

    What they claimed of receipts still to come is given back as far as they now hold it, and who waits for nothing in
    particular then claims what has room. Gives the ids of the reservations that hold more than before.
    """
    waiting = waiting_at(session, list(stock), now=now)
    served = hand_out(session, stock, waiting, now=now)
    if any(one.held < one.quantity and one.receipt_id is None for one in waiting):
        resource(waiting, receipts_at(session, list(stock), business_day(now)))
    settle(session, stock.values(), now=now)
    return served


def hand_out(
    session: Session, stock: Mapping[Place, Stock], waiting: Sequence[Reservation], *, now: datetime
) -> list[int]:
    """Hold free units for these reservations, which are locked and in the order in which they are served.

    What each of them got is put on record, so that its customer can be told.
    """
    dealt: list[tuple[int, int]] = []
    barred = unfit(session, stock.values(), today=business_day(now)) if waiting else {}
    free = {place: row.available - barred.get(place, 0) for place, row in stock.items()}
    waiting = [one for one in waiting if free[Place(one.product_id, one.warehouse_id)] > 0]
    receipts = {
        r.id: r for r in lock(session, InboundReceipt, (w.receipt_id for w in waiting if w.receipt_id))
    }
    for reservation in waiting:
        place = Place(reservation.product_id, reservation.warehouse_id)
        units = min(free[place], reservation.quantity - reservation.held)
        if not units:
            continue
        free[place] -= units
        stock[place].reserved += units
        reservation.held += units
        dealt.append((reservation.id, units))
        if reservation.receipt_id:
            receipts[reservation.receipt_id].claimed -= units
            if reservation.held == reservation.quantity:
                reservation.receipt_id = None
    rows = [{"reservation_id": id_, "units": units, "at": now} for id_, units in dealt]
    append(session, Dealt, rows)
    return [id_ for id_, _ in dealt]


def resource(waiting: Sequence[Reservation], receipts: Mapping[Place, Sequence[InboundReceipt]]) -> None:
    """Let reservations that wait for nothing in particular claim receipts still to come, in the order given."""
    for reservation in waiting:
        units = reservation.quantity - reservation.held
        if not units or reservation.receipt_id is not None:
            continue
        coming = receipts.get(Place(reservation.product_id, reservation.warehouse_id), ())
        receipt = next((r for r in coming if r.unclaimed >= units), None)
        if receipt is not None:
            receipt.claimed += units
            reservation.receipt_id = receipt.id


def waiting_at(session: Session, places: Sequence[Place], *, now: datetime) -> list[Reservation]:
    """The reservations at these places that do not hold all they are owed, locked, in the order they are served.

    The rule in force is read only where two of them wait.
    """
    if not places:
        return []
    waiting = session.scalars(_WAITING.where(at(Reservation, places))).all()
    return in_turn(waiting, keys_in_force(session, now)) if len(waiting) > 1 else list(waiting)


_WAITING = (
    select(Reservation)
    .where(Reservation.held < Reservation.quantity)
    .order_by(Reservation.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
