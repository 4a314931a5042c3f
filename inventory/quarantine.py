"""Units that may not be sold: what comes back or is recalled waits in quarantine until it is decided on.

These acts move stock and its ledger; units known by lot or serial are shifted by the caller in the same act.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.allotting import settle
from inventory.basket_holds import give_up
from inventory.coming import receipts_at
from inventory.dealing import deal, resource, waiting_at
from inventory.dealing_rules import keys_in_force
from inventory.inbound import InboundReceipt
from inventory.ledger import Move, Place, book, stock_rows, write_movements
from inventory.models import Product, Warehouse
from inventory.stock import OWED, Condition, MovementKind, Reservation, Stock
from inventory.turns import in_turn
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, NN_
from portal.refusal import Refused


def take_back(
    session: Session, moves: Sequence[Move], cause_no: str, *, by: User | None, now: datetime
) -> None:
    """Goods came back from customers: they lie in quarantine, available to nobody. Once per cause and place."""
    if any(one.quantity <= 0 for one in moves):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    book(session, moves, MovementKind.RETURN, cause_no, condition=Condition.QUARANTINE, by=by, now=now)


def hold(
    session: Session,
    place: Place,
    quantity: int,
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
    picked: int = 0,
) -> list[int]:
    """Put units that were fit for sale into quarantine; gives the ids of the reservations that had to give way.

    Free units go first, then those in baskets. Where they are not enough those who are last by the dealing rule give
    way: they wait again, and claim what is still to come. Units that lie picked are spared, but for so many that are
    themselves to be held (`picked`). Refused when fewer units are there, or more of them would have to be such as lie
    picked.
    """
    _refuse_nothing(quantity)
    stock = stock_rows(session, [place])
    row = stock[place]
    if quantity > row.on_hand:
        raise Refused(
            N_("Only %(there)s of %(sku)s are fit for sale in %(warehouse)s."),
            field="quantity",
            there=row.on_hand,
            sku=session.get_one(Product, place.product_id).sku,
            warehouse=session.get_one(Warehouse, place.warehouse_id).code,
        )
    gave_way = give_way(session, place, row, quantity - row.available, picked, now=now)
    row.on_hand -= quantity
    row.quarantined += quantity
    _write(session, place, quantity, MovementKind.HOLD, cause_no, by=by, now=now)
    if gave_way:
        session.flush()  # who waits is read anew
        resource(waiting_at(session, [place], now=now), receipts_at(session, [place], business_day(now)))
        settle(session, [row], now=now)
    return gave_way


def release(
    session: Session, place: Place, quantity: int, cause_no: str, *, by: User | None, now: datetime
) -> list[int]:
    """Units turned out fit for sale: they leave quarantine for whoever waits. Gives the reservations that hold more."""
    _refuse_nothing(quantity)
    moves = [Move(place, -quantity)]
    stock = book(
        session, moves, MovementKind.RELEASE, cause_no, condition=Condition.QUARANTINE, by=by, now=now
    )
    stock[place].on_hand += quantity
    write_movements(session, [Move(place, quantity)], MovementKind.RELEASE, cause_no, by=by, now=now)
    session.flush()  # the deal reads who waits
    return deal(session, stock, now=now)


def scrap(
    session: Session, place: Place, quantity: int, cause_no: str, *, by: User | None, now: datetime
) -> None:
    """Units in quarantine are thrown away. Refused when fewer are there."""
    _leave(session, place, quantity, MovementKind.SCRAP, cause_no, by=by, now=now)


def send_off(
    session: Session, place: Place, quantity: int, cause_no: str, *, by: User | None, now: datetime
) -> None:
    """Units in quarantine leave the house, for the supplier or back to their customer. Refused when fewer are there."""
    _leave(session, place, quantity, MovementKind.ISSUE, cause_no, by=by, now=now)


def _leave(
    session: Session,
    place: Place,
    quantity: int,
    kind: MovementKind,
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    _refuse_nothing(quantity)
    book(session, [Move(place, -quantity)], kind, cause_no, condition=Condition.QUARANTINE, by=by, now=now)


def give_way(
    session: Session, place: Place, row: Stock, units: int, picked: int, *, now: datetime
) -> list[int]:
    """Take so many reserved units, `picked` ones last, from whoever is last by the dealing rule in force.

    What they wait for is open anew. What baskets hold goes first. Gives the ids of those that gave way.
    """
    units -= give_up(session, place, row, units)
    if units <= 0:
        return []
    holding = (
        select(Reservation)
        .where(
            Reservation.product_id == place.product_id,
            Reservation.warehouse_id == place.warehouse_id,
            OWED,
            Reservation.held > 0,
            Reservation.expires_at.is_(None),
        )
        .order_by(Reservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = in_turn(session.scalars(holding), keys_in_force(session, now))[::-1]
    _refuse_picked(session, place, units - sum(one.held - one.picked for one in rows), picked)
    losing = Counter[int]()
    for sparing in (True, False):
        for one in rows:
            taken = min(units, one.held - losing[one.id] - (one.picked if sparing else 0))
            losing[one.id] += taken
            units -= taken
    gave_way = [one for one in rows if losing[one.id]]
    claimed = (one.receipt_id for one in gave_way if one.receipt_id)
    receipts = {one.id: one for one in lock(session, InboundReceipt, claimed)}
    for reservation in gave_way:
        if reservation.receipt_id:
            # Its receipt may have no room for more, so that what it waits for is looked for as a whole.
            receipts[reservation.receipt_id].claimed -= reservation.quantity - reservation.held
            reservation.receipt_id = None
        reservation.held -= losing[reservation.id]
        reservation.picked = min(reservation.picked, reservation.held)
        row.reserved -= losing[reservation.id]
    return [reservation.id for reservation in gave_way]


def _refuse_picked(session: Session, place: Place, units: int, may: int) -> None:
    """Refuse to take more than `may` of the units that lie picked."""
    if units > may:
        raise lies_picked(session, place, units - may)


def lies_picked(session: Session, place: Place, units: int) -> Refused:
    """The refusal to take units that wait in a shipment."""
    return Refused(
        NN_(
            "%(units)s unit of %(sku)s in %(warehouse)s lies picked. Put its shipment back first.",
            "%(units)s units of %(sku)s in %(warehouse)s lie picked. Put their shipment back first.",
            "units",
        ),
        field="quantity",
        units=units,
        sku=session.get_one(Product, place.product_id).sku,
        warehouse=session.get_one(Warehouse, place.warehouse_id).code,
    )


def _write(
    session: Session,
    place: Place,
    quantity: int,
    kind: MovementKind,
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Both sides of units that change their condition where they lie."""
    write_movements(session, [Move(place, -quantity)], kind, cause_no, by=by, now=now)
    write_movements(
        session,
        [Move(place, quantity)],
        kind,
        cause_no,
        condition=Condition.QUARANTINE,
        by=by,
        now=now,
    )


def _refuse_nothing(quantity: int) -> None:
    if quantity <= 0:
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
