"""Units that are held are meant for their lots: settled whenever what is held, or what lies where, has changed.

Only of products kept by lot; which serial goes is chosen when it is picked. The rule itself is `first_out.allot`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Integer, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from inventory.first_out import Demand, Lot, Pair, allot
from inventory.identities import Allocation, Identity, IdentityBalance, IdentityKind, Keeping
from inventory.ledger import Place, at
from inventory.stock import OWED, Reservation, Stock
from portal.clock import business_day
from portal.db import upsert

AT_ONCE = 1000
Picks = Mapping[int, Mapping[int, int]]
"""By reservation id: by lot id, how many of its units lie picked."""
_UNSETTLED = "lots to settle"
_COUNT = bindparam("units", type_=Integer)


@dataclass
class _Unsettled:
    """What is to be settled at the end of an act."""

    places: set[Place] = field(default_factory=set)
    picked: dict[int, Mapping[int, int]] = field(default_factory=dict)


@dataclass
class _Shelves:
    """The lots of some places, and how many units of each are recorded as allotted (by the id of the balance)."""

    lots: dict[Place, list[Lot]] = field(default_factory=dict)
    balances: dict[tuple[Place, int], int] = field(default_factory=dict)
    recorded: dict[int, int] = field(default_factory=dict)


def settle(session: Session, stock: Iterable[Stock], *, now: datetime) -> None:
    """Bring the allocations of locked stock rows in line with what is held there and which lots lie there.

    To be called in the act that changed either. Where no lot ever lay nothing is asked of the database.
    """
    places = {Place(row.product_id, row.warehouse_id) for row in stock if row.by_lot}
    if places:
        settle_at(session, places, now=now)


def settle_at(
    session: Session, places: Collection[Place], *, picked: Picks | None = None, now: datetime
) -> None:
    """The same for places whose stock rows are locked, and where lots lie; `picked` says what lies picked by now.

    Within `settling` it waits for the end of the act.
    """
    waiting: _Unsettled | None = session.info.get(_UNSETTLED)
    if waiting is not None:
        waiting.places |= set(places)
        waiting.picked |= picked or {}
        return
    session.flush()  # what is held and what lies where is read as it will stand
    wanted = sorted(places, key=lambda one: (one.product_id, one.warehouse_id))
    for n in range(0, len(wanted), AT_ONCE):
        _settle(session, wanted[n : n + AT_ONCE], picked or {}, business_day(now))


def _settle(session: Session, places: Sequence[Place], picked: Picks, today: date) -> None:
    shelves = _shelves(session, places, today)
    before = _allotted(session, places)
    already = {pair: count for pair, (_, count) in before.items() if pair[0] not in picked}
    already |= {(id_, lot): units for id_, mine in picked.items() for lot, units in mine.items()}
    after: dict[Pair, tuple[int, int]] = {}
    taken = Counter[int]()
    for place, demands in _demands(session, places).items():
        lots = shelves.lots.get(place, [])
        found = allot(lots, demands, {pair: units for pair, (units, _) in before.items()}, already)
        after |= {pair: (units, min(units, already.get(pair, 0))) for pair, units in found.items()}
        for (_, lot_id), units in found.items():
            taken[shelves.balances[place, lot_id]] += units
    _write(session, before, after)
    _carry(session, {id_: taken[id_] for id_, units in shelves.recorded.items() if units != taken[id_]})


@contextmanager
def settling(session: Session, *, now: datetime) -> Iterator[None]:
    """One act that changes what is held and what lies where step by step: its allocations are settled once, at its end.

    The stock rows stay locked till then; nothing is settled when the act fails.
    """
    if _UNSETTLED in session.info:
        yield  # an act within an act: settled with the outer one
        return
    waiting = session.info[_UNSETTLED] = _Unsettled()
    try:
        yield
    finally:
        del session.info[_UNSETTLED]
    if waiting.places:
        settle_at(session, waiting.places, picked=waiting.picked, now=now)


def lots_came(session: Session, places: Iterable[Place]) -> None:
    """Remember that lots lie at these places from now on, so that what is held there is meant for them."""
    wanted = sorted(places, key=lambda one: (one.product_id, one.warehouse_id))
    for n in range(0, len(wanted), AT_ONCE):
        some = wanted[n : n + AT_ONCE]
        session.execute(update(Stock).where(at(Stock, some), Stock.by_lot.is_(False)).values(by_lot=True))


def unfit(session: Session, stock: Iterable[Stock], *, today: date) -> Counter[Place]:
    """Units of lots that are counted as fit for sale but stopped or past their last day, by place; sold to nobody.

    They are moved to quarantine within the hour. Where no lot ever lay nothing is asked of the database.
    """
    return unfit_at(session, {Place(row.product_id, row.warehouse_id) for row in stock if row.by_lot}, today)


def unfit_at(session: Session, places: Collection[Place], today: date) -> Counter[Place]:
    """The same of places where lots lie; without any nothing is asked either."""
    if not places:
        return Counter()
    query = (
        select(Identity.product_id, IdentityBalance.warehouse_id, func.sum(IdentityBalance.quantity))
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(*_lying_at(places), or_(Identity.stopped, Identity.expires_on < today))
        .group_by(Identity.product_id, IdentityBalance.warehouse_id)
    )
    return Counter({Place(row[0], row[1] or 0): int(row[2]) for row in session.execute(query)})


def allotted_to(session: Session, reservation_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """By reservation id: by lot id, the units meant for it that do not lie picked yet."""
    wanted = sorted(set(reservation_ids))
    found: dict[int, dict[int, int]] = {}
    for n in range(0, len(wanted), AT_ONCE):
        query = select(
            Allocation.reservation_id, Allocation.identity_id, Allocation.quantity - Allocation.picked
        ).where(
            Allocation.reservation_id.in_(wanted[n : n + AT_ONCE]), Allocation.quantity > Allocation.picked
        )
        for reservation_id, identity_id, units in session.execute(query):
            found.setdefault(reservation_id, {})[identity_id] = units
    return found


def _shelves(session: Session, places: Collection[Place], today: date) -> _Shelves:
    query = (
        select(
            Identity.product_id,
            IdentityBalance.warehouse_id,
            Identity.id.label("lot_id"),
            Identity.expires_on,
            Identity.stopped,
            IdentityBalance.id,
            IdentityBalance.quantity,
            IdentityBalance.allocated,
        )
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(*_lying_at(places))
        .order_by(IdentityBalance.id)
        .with_for_update(of=IdentityBalance)
    )
    found = _Shelves()
    for row in session.execute(query):
        place = Place(row.product_id, row.warehouse_id or 0)
        barred = row.stopped or (row.expires_on is not None and row.expires_on < today)
        lot = Lot(row.lot_id, 0 if barred else row.quantity, row.expires_on)
        found.lots.setdefault(place, []).append(lot)
        found.balances[place, row.lot_id] = row.id
        found.recorded[row.id] = row.allocated
    return found


def _demands(session: Session, places: Collection[Place]) -> dict[Place, list[Demand]]:
    """Who holds units at these places, oldest promise first; what a basket holds is meant for no lot yet."""
    query = (
        select(Reservation.product_id, Reservation.warehouse_id, Reservation.id, Reservation.held)
        .where(
            at(Reservation, places),
            OWED,
            Reservation.held > 0,
            Reservation.expires_at.is_(None),
        )
        .order_by(Reservation.due_at, Reservation.id)
    )
    found: dict[Place, list[Demand]] = {}
    for product_id, warehouse_id, id_, held in session.execute(query):
        found.setdefault(Place(product_id, warehouse_id), []).append(Demand(id_, held))
    return found


def _allotted(session: Session, places: Collection[Place]) -> dict[Pair, tuple[int, int]]:
    """The units allotted and picked by now, by reservation and lot."""
    query = (
        select(Allocation.reservation_id, Allocation.identity_id, Allocation.quantity, Allocation.picked)
        .join(Reservation, Reservation.id == Allocation.reservation_id)
        .join(Identity, Identity.id == Allocation.identity_id)
        # By their lots, which an index finds: what has left is owed no more, and past orders are many.
        .where(Identity.product_id.in_({place.product_id for place in places}), at(Reservation, places))
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in session.execute(query)}


def _write(
    session: Session, before: Mapping[Pair, tuple[int, int]], after: Mapping[Pair, tuple[int, int]]
) -> None:
    """Write what is other than it was."""
    gone = sorted(before.keys() - after.keys())
    for n in range(0, len(gone), AT_ONCE):
        key = tuple_(Allocation.reservation_id, Allocation.identity_id)
        away = delete(Allocation).where(key.in_(gone[n : n + AT_ONCE]))
        session.execute(away.execution_options(synchronize_session=False))
    changed = [
        {"reservation_id": pair[0], "identity_id": pair[1], "quantity": units, "picked": picked}
        for pair, (units, picked) in sorted(after.items())
        if before.get(pair) != (units, picked)
    ]
    if changed:
        put = upsert(session, Allocation)
        said = {"quantity": put.excluded.quantity, "picked": put.excluded.picked}
        put = put.on_conflict_do_update(index_elements=["reservation_id", "identity_id"], set_=said)
        session.execute(put, changed)


def _carry(session: Session, units: Mapping[int, int]) -> None:
    """Bring along how many units of balances (by id) are allotted."""
    by_count: dict[int, list[int]] = {}
    for id_, count in units.items():
        by_count.setdefault(count, []).append(id_)
    for count, ids in sorted(by_count.items()):
        for n in range(0, len(ids), AT_ONCE):
            carried = update(IdentityBalance).where(IdentityBalance.id.in_(ids[n : n + AT_ONCE]))
            carried = carried.values(allocated=_COUNT).execution_options(synchronize_session=False)
            session.execute(carried, {"units": count})


def _lying_at(places: Collection[Place]) -> Sequence[ColumnElement[bool]]:
    """That units of a lot lie at one of these places, counted as fit for sale."""
    return (
        Identity.kind == IdentityKind.LOT,
        IdentityBalance.keeping == Keeping.GOOD,
        IdentityBalance.quantity > 0,
        tuple_(Identity.product_id, IdentityBalance.warehouse_id).in_(
            sorted((place.product_id, place.warehouse_id) for place in places)
        ),
    )
