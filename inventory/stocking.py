"""Units come into a warehouse without a receipt: stock that was there at the start, goods that customers gave back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.dealing import deal
from inventory.ledger import Move, Place, at, book, stock_rows, write_movements
from inventory.models import Product, Warehouse
from inventory.stock import Movement, MovementKind, Reservation, Stock
from portal.accounts.models import User
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused

AT_ONCE = 1000
OPENING = "opening"
"""The cause of opening movements: there is one for each place, ever."""


@dataclass
class Opened:
    """What became of opening figures: booked, known already, or at odds with the figure on record (by place)."""

    new: int = 0
    unchanged: int = 0
    conflicts: dict[Place, int] = field(default_factory=dict)


def open_stock(
    session: Session, product: Product, warehouse: Warehouse, quantity: int, *, by: User | None, now: datetime
) -> bool:
    """Book what was there at the start; says whether that is new. Refused when another figure was booked before."""
    place = Place(product.id, warehouse.id)
    opened = open_places(session, {place: quantity}, by=by, now=now)
    if opened.conflicts:
        raise Refused(
            N_("Opening stock of %(recorded)s was already recorded for %(sku)s in %(warehouse)s."),
            field="quantity",
            recorded=opened.conflicts[place],
            sku=product.sku,
            warehouse=warehouse.code,
        )
    return bool(opened.new)


def open_places(session: Session, figures: Mapping[Place, int], *, by: User | None, now: datetime) -> Opened:
    """Book the opening stock of many places at once; figures at odds with the one on record are told, not booked.

    Zero says that nothing was there and leaves no movement. Refused as a whole when a figure is negative.
    """
    if any(quantity < 0 for quantity in figures.values()):
        raise Refused(N_("Stock cannot be less than zero."), field="quantity")
    opened = Opened()
    session.flush()  # the ledger is written below without the session's rows
    for some in _chunks(figures.items()):
        recorded = _recorded(session, [place for place, _ in some])
        moves = []
        for place, quantity in some:
            if recorded.get(place, 0) == quantity:
                opened.unchanged += 1
            elif place in recorded:
                opened.conflicts[place] = recorded[place]
            else:
                moves.append(Move(place, quantity))
        opened.new += len(moves)
        if moves:
            _open(session, moves, by=by, now=now)
    return opened


def put_back(
    session: Session, moves: Sequence[Move], cause_no: str, *, by: User | None, now: datetime
) -> list[int]:
    """Put goods that came back into stock, once per cause; gives the reservations that now hold more."""
    if any(one.quantity <= 0 for one in moves):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    stock = book(session, moves, MovementKind.RETURN, cause_no, by=by, now=now)
    return deal(session, stock, now=now)


def _open(session: Session, moves: Sequence[Move], *, by: User | None, now: datetime) -> None:
    """Raise the balances and write the ledger without a look at each row, then serve those who wait."""
    put = upsert(session, Stock)
    put = put.on_conflict_do_update(
        index_elements=["product_id", "warehouse_id"], set_={"on_hand": Stock.on_hand + put.excluded.on_hand}
    )
    rows = [
        {
            "product_id": one.place.product_id,
            "warehouse_id": one.place.warehouse_id,
            "on_hand": one.quantity,
            "reserved": 0,
        }
        for one in moves
    ]
    session.execute(put, rows)
    for row in session.identity_map.values():
        if isinstance(row, Stock):
            session.expire(row)
    write_movements(session, moves, MovementKind.OPENING, OPENING, by=by, now=now)
    places = [one.place for one in moves]
    waiting = (
        select(Reservation.product_id, Reservation.warehouse_id)
        .where(at(Reservation, places), Reservation.held < Reservation.quantity)
        .distinct()
    )
    if wanted := [Place(*place) for place in session.execute(waiting)]:
        deal(session, stock_rows(session, wanted), now=now)


def _recorded(session: Session, places: Iterable[Place]) -> dict[Place, int]:
    query = select(Movement.product_id, Movement.warehouse_id, Movement.quantity).where(
        Movement.kind == MovementKind.OPENING,
        Movement.cause_no == OPENING,
        at(Movement, places),
    )
    return {Place(row.product_id, row.warehouse_id): row.quantity for row in session.execute(query)}


def _chunks(figures: Iterable[tuple[Place, int]]) -> Iterator[list[tuple[Place, int]]]:
    remaining = iter(figures)
    while some := list(islice(remaining, AT_ONCE)):
        yield some
