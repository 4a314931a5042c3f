"""Units come into a warehouse without a receipt: stock that was there at the start, goods that customers gave back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.dealing import deal
from inventory.identifying import Incoming, LotFacts, take_in
from inventory.ledger import Move, Place, at, book, stock_rows, write_movements
from inventory.models import Product, Warehouse
from inventory.stock import Movement, MovementKind, Reservation, Stock
from inventory.tracing import chunks, tidy
from portal.accounts.models import User
from portal.db import upsert
from portal.i18n import N_, NN_
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


@dataclass(frozen=True)
class Batch:
    """Units of a place that are known at the start: by serial, or so many of a lot.

    A lot past its last day of use is booked only to lie `aside`, in quarantine.
    """

    place: Place
    serials: Sequence[str] = ()
    lot: LotFacts | None = None
    units: int = 0
    aside: bool = False

    @property
    def quantity(self) -> int:
        """How many units are named."""
        return len(self.serials) + self.units


def open_stock(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    quantity: int,
    *,
    serials: Sequence[str] = (),
    lots: Mapping[LotFacts, int] | None = None,
    by: User | None,
    now: datetime,
) -> bool:
    """Book what was there at the start, with the serials or lots that are known; says whether that is new.

    Fewer units may be named than are there, never more. Refused when another figure was booked before.
    """
    place = Place(product.id, warehouse.id)
    known = [Batch(place, serials)] if serials else []
    known += [Batch(place, lot=lot, units=units) for lot, units in (lots or {}).items()]
    opened = open_places(session, {place: quantity}, known, by=by, now=now)
    if opened.conflicts:
        raise Refused(
            N_("Opening stock of %(recorded)s was already recorded for %(sku)s in %(warehouse)s."),
            field="quantity",
            recorded=opened.conflicts[place],
            sku=product.sku,
            warehouse=warehouse.code,
        )
    return bool(opened.new)


def open_places(
    session: Session,
    figures: Mapping[Place, int],
    known: Sequence[Batch] = (),
    *,
    by: User | None,
    now: datetime,
) -> Opened:
    """Book the opening stock of many places at once; figures at odds with the one on record are told, not booked.

    Zero says that nothing was there and leaves no movement. `known` names units of these places by lot or serial.
    Refused as a whole when a figure is negative, or more units of a place are named than are there.
    """
    if any(quantity < 0 for quantity in figures.values()):
        raise Refused(N_("Stock cannot be less than zero."), field="quantity")
    _refuse_too_many(figures, known)
    opened = Opened()
    booked: set[Place] = set()
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
        booked |= {one.place for one in moves}
    if named := [one for one in known if one.place in booked]:
        name_opened(session, named, by=by, now=now)
    _serve(session, booked, now=now)
    return opened


def open_named(session: Session, known: Sequence[Batch], *, by: User | None, now: datetime) -> None:
    """Book units that were there at the start one lot or serial at a time, each under a cause of its own, ever.

    The opening figure of their place, if there is one, speaks of other units. Refused as `identifying.take_in` refuses.
    """
    if not known:
        return
    session.flush()  # the ledger is written without the session's rows
    moves = [
        Move(one.place, one.quantity, opening_of(one.lot.number if one.lot else one.serials[0]))
        for one in known
    ]
    _open(session, moves, by=by, now=now)
    name_opened(session, known, by=by, now=now)
    _serve(session, {one.place for one in known}, now=now)


def opening_of(number: str) -> str:
    """The cause under which a lot or serial that was there at the start is booked."""
    return f"{OPENING} {tidy(number)}"


def name_opened(session: Session, known: Sequence[Batch], *, by: User | None, now: datetime) -> None:
    """Put units that lie in stock without a lot or serial on record by it. Refused as `identifying.take_in` refuses."""
    products = _products(session, {one.place.product_id for one in known})
    incoming = [
        Incoming(
            products[one.place.product_id],
            one.place.warehouse_id,
            one.quantity,
            OPENING,
            one.serials,
            one.lot,
            one.aside,
        )
        for one in known
    ]
    take_in(session, incoming, MovementKind.OPENING, by=by, now=now)


def put_back(
    session: Session, moves: Sequence[Move], cause_no: str, *, by: User | None, now: datetime
) -> list[int]:
    """Put goods that came back into stock, once per cause; gives the reservations that now hold more."""
    if any(one.quantity <= 0 for one in moves):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    stock = book(session, moves, MovementKind.RETURN, cause_no, by=by, now=now)
    return deal(session, stock, now=now)


def _open(session: Session, moves: Sequence[Move], *, by: User | None, now: datetime) -> None:
    """Raise the balances and write the ledger without a look at each row."""
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


def _serve(session: Session, places: Iterable[Place], *, now: datetime) -> None:
    """Give what was booked to who waits, once it is known which of it may be used."""
    ordered = sorted(places, key=lambda one: (one.product_id, one.warehouse_id))
    for n in range(0, len(ordered), AT_ONCE):
        waiting = (
            select(Reservation.product_id, Reservation.warehouse_id)
            .where(at(Reservation, ordered[n : n + AT_ONCE]), Reservation.held < Reservation.quantity)
            .distinct()
        )
        if wanted := [Place(*place) for place in session.execute(waiting)]:
            deal(session, stock_rows(session, wanted), now=now)


def _refuse_too_many(figures: Mapping[Place, int], known: Sequence[Batch]) -> None:
    units = Counter[Place]()
    for one in known:
        if one.lot is not None and one.units <= 0:
            raise Refused(N_("The quantity must be at least 1."), field="quantity")
        units[one.place] += one.quantity
    for place, named in units.items():
        if named > figures.get(place, 0):
            raise Refused(
                NN_(
                    "%(named)s unit is named by lot or serial, but only %(units)s are there.",
                    "%(named)s units are named by lot or serial, but only %(units)s are there.",
                    "named",
                ),
                field="quantity",
                named=named,
                units=figures.get(place, 0),
            )


def _products(session: Session, ids: Iterable[int]) -> dict[int, Product]:
    found: dict[int, Product] = {}
    for some in chunks(ids):
        found |= {one.id: one for one in session.scalars(select(Product).where(Product.id.in_(some)))}
    return found


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
