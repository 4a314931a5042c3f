"""What lies picked: units that are held and were taken off the shelf for shipments that have not left.

Whatever else takes from what is held or from a shelf spares them. Whoever picks, puts back or ships tells it here, with
the stock rows of the places locked.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Integer, bindparam, case, select, update
from sqlalchemy.orm import Session

from inventory.identities import IdentityBalance, Keeping
from inventory.ledger import Place, stock_rows
from inventory.stock import Reservation
from inventory.tracing import chunks
from portal.db import lock

_COUNT = bindparam("units", type_=Integer)
_THERE, _PICKED = IdentityBalance.quantity, IdentityBalance.picked


def lock_held(session: Session, reservation_ids: Iterable[int]) -> dict[int, Reservation]:
    """The reservations by id, read anew, locked after the stock rows they draw on."""
    wanted = sorted(set(reservation_ids))
    places = set[Place]()
    for some in chunks(wanted):
        query = select(Reservation.product_id, Reservation.warehouse_id).where(Reservation.id.in_(some))
        places |= {Place(*row) for row in session.execute(query.distinct())}
    if places:
        stock_rows(session, sorted(places, key=lambda one: (one.product_id, one.warehouse_id)))
    return {row.id: row for row in lock(session, Reservation, wanted)}


def mark_held(reservations: Mapping[int, Reservation], units: Mapping[int, int]) -> None:
    """So many units (by id) of these locked reservations wait in shipments now; never more lie picked than are held."""
    for id_, waiting in units.items():
        one = reservations[id_]
        one.picked = min(one.held, waiting)


def name_picked(session: Session, warehouse_id: int, units: Mapping[int, int]) -> None:
    """So many more units of lots and serials (by identity id) were picked in a warehouse."""
    more = _PICKED + _COUNT
    _mark(session, warehouse_id, units, case((more < _THERE, more), else_=_THERE))


def name_waiting(session: Session, warehouse_id: int, units: Mapping[int, int]) -> None:
    """No more than so many units of lots and serials (by identity id) wait in shipments of a warehouse now."""
    _mark(session, warehouse_id, units, case((_PICKED > _COUNT, _COUNT), else_=_PICKED))


def _mark(session: Session, warehouse_id: int, units: Mapping[int, int], picked: ColumnElement[int]) -> None:
    by_count: dict[int, list[int]] = {}
    for id_, count in units.items():
        by_count.setdefault(count, []).append(id_)
    for count, ids in sorted(by_count.items()):
        for some in chunks(sorted(ids)):
            marked = update(IdentityBalance).where(
                IdentityBalance.identity_id.in_(some),
                IdentityBalance.warehouse_id == warehouse_id,
                IdentityBalance.keeping == Keeping.GOOD,
            )
            session.execute(
                marked.values(picked=picked).execution_options(synchronize_session=False), {"units": count}
            )


def among_picked(session: Session, warehouse_id: int, units: Mapping[int, int]) -> dict[int, int]:
    """How many of these units on a shelf (by identity id) lie picked, those that do not being meant first."""
    found: dict[int, int] = {}
    for some in chunks(sorted(units)):
        query = select(IdentityBalance.identity_id, IdentityBalance.picked, IdentityBalance.quantity).where(
            IdentityBalance.identity_id.in_(some),
            IdentityBalance.warehouse_id == warehouse_id,
            IdentityBalance.keeping == Keeping.GOOD,
            IdentityBalance.picked > 0,
        )
        for id_, picked, there in session.execute(query):
            if (meant := units[id_] - (there - picked)) > 0:
                found[id_] = min(meant, picked)
    return found
