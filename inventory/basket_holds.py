"""What lies in a basket is held for a while, so that nobody else gets it while its buyer makes up their mind.

A hold is a reservation that expires. It holds all that it speaks for, never waits, claims no receipt, is never picked.
It gives way to confirmed promises and to what the house itself does with its stock; when it ends, its row is deleted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from inventory.allotting import unfit
from inventory.dealing import deal
from inventory.in_baskets import purpose_of
from inventory.ledger import Place, at
from inventory.stock import Reservation, Stock
from portal.accounts.models import User
from portal.batches import increase, insert_all
from portal.clock import business_day
from portal.db import Instant, transaction

LONGEST = 4
"""However often it is renewed, a hold lasts no longer than so many times its minutes from when it began."""
AT_ONCE = 500
"""How many holds that have run out are let go in one transaction."""


def keep(
    session: Session,
    user: User,
    wanted: Mapping[int, int],
    warehouse_id: int | None,
    minutes: int,
    *,
    now: datetime,
) -> None:
    """Hold what is free in a warehouse of what lies in a person's basket (product id: units) for so many minutes.

    Every hold of the basket is renewed, but none beyond `LONGEST` times the minutes after it began. Zero units, zero
    minutes and no warehouse let go. What is let go, and what had run out there, is first dealt to whoever waits, and
    only what is free after that is held.
    """
    wanted = wanted if minutes > 0 and warehouse_id is not None else dict.fromkeys(wanted, 0)
    stock = _locked(session, _places(session, user, wanted, warehouse_id))
    if not stock:
        return
    own = session.execute(_own(user, wanted)).all()
    kept = {
        row.product_id: row
        for row in own
        if row.expires_at > now and row.warehouse_id == warehouse_id and wanted[row.product_id]
    }
    gone = [row.id for row in own if kept.get(row.product_id) is not row]
    freed = _end(
        session, or_(Reservation.id.in_(gone), at(Reservation, stock) & (Reservation.expires_at <= now))
    )
    for product_id, row in kept.items():
        freed[Place(product_id, row.warehouse_id)] += max(0, row.held - wanted[product_id])
    _hand_back(session, stock, freed, now=now)
    here = {place: row for place, row in stock.items() if place.warehouse_id == warehouse_id}
    _hold(session, user, wanted, here, kept, timedelta(minutes=minutes), now=now)


def take_over(
    session: Session, stock: Mapping[Place, Stock], own: Collection[str], *, now: datetime
) -> Counter[Stock]:
    """End the holds of these purposes at places of one warehouse that are locked, and all that have run out there.

    Gives the units of the own ones by stock row: they are still reserved on it, and the caller takes them off in what
    it reserves next in the same act. What had run out is dealt to whoever waits. One statement when nothing had.
    """
    places = list(stock)
    facts = {
        "warehouse": places[0].warehouse_id,
        "products": [place.product_id for place in places],
        "own": list(own),
        "now": now,
    }
    taken, freed, known = Counter[Stock](), Counter[Place](), set(own)
    for purpose, product_id, warehouse_id, units in session.execute(_TAKE_OVER, facts):
        place = Place(product_id, warehouse_id)
        if purpose in known:
            taken[stock[place]] += units
        else:
            freed[place] += units
    _hand_back(session, stock, freed, now=now)
    return taken


def give_up(session: Session, place: Place, row: Stock, units: int) -> int:
    """Let baskets lose so many units of a place, or all they hold there, the latest hold first; says how many.

    The stock row is locked by the caller, to whom the units are free.
    """
    if units <= 0:
        return 0
    held = (
        select(Reservation.id, Reservation.held)
        .where(at(Reservation, [place]), Reservation.expires_at.is_not(None))
        .order_by(Reservation.created_at.desc(), Reservation.id.desc())
        .with_for_update()
    )
    left, gone, smaller = units, list[int](), list[dict[str, Any]]()
    for id_, count in session.execute(held):
        lost = min(count, left)
        left -= lost
        if lost == count:
            gone.append(id_)
        elif lost:
            smaller.append({"of": id_, "units": count - lost})
    if gone:
        _end(session, Reservation.id.in_(gone))
    if smaller:
        session.connection().execute(_RESIZE, smaller)
    row.reserved -= units - left
    return units - left


def end_expired(session: Session, now: datetime) -> int:
    """Job: let go of what baskets held for as long as they may; says how many holds ended.

    Some at a time, each time the holds, the stock and those who wait for it together, so that a run which is killed is
    taken up by the next and nothing is let go twice.
    """
    ended = 0
    while True:
        with transaction(session):
            some = _end_some(session, now)
        if not some:
            return ended
        ended += some


def _end_some(session: Session, now: datetime) -> int:
    first = (
        select(Reservation.product_id, Reservation.warehouse_id)
        .where(Reservation.expires_at <= now)
        .order_by(Reservation.expires_at)
        .limit(AT_ONCE)
    )
    stock = _locked(session, {Place(*row) for row in session.execute(first)})
    if not stock:
        return 0
    rows = _ended(session, at(Reservation, stock) & (Reservation.expires_at <= now))
    _hand_back(session, stock, _units(rows), now=now)
    return len(rows)


def _places(session: Session, user: User, wanted: Mapping[int, int], warehouse_id: int | None) -> set[Place]:
    """Where a person's basket holds something, and where it is to."""
    places = {Place(row.product_id, row.warehouse_id) for row in session.execute(_own(user, wanted))}
    if warehouse_id is not None:
        places |= {Place(product_id, warehouse_id) for product_id, units in wanted.items() if units}
    return places


def _own(user: User, product_ids: Iterable[int]) -> Any:
    purposes = [purpose_of(user.id, product_id) for product_id in product_ids]
    return select(
        Reservation.id,
        Reservation.product_id,
        Reservation.warehouse_id,
        Reservation.held,
        Reservation.created_at,
        Reservation.expires_at,
    ).where(Reservation.purpose.in_(purposes))


def _locked(session: Session, places: Collection[Place]) -> dict[Place, Stock]:
    """The stock rows of these places, locked in id order; where there never was any stock, none is made."""
    if not places:
        return {}
    query = select(Stock).where(at(Stock, places)).order_by(Stock.id).with_for_update()
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {Place(row.product_id, row.warehouse_id): row for row in rows}


def _hold(
    session: Session,
    user: User,
    wanted: Mapping[int, int],
    stock: Mapping[Place, Stock],
    kept: Mapping[int, Row[Any]],
    span: timedelta,
    *,
    now: datetime,
) -> None:
    """Renew the holds that are kept in a warehouse, with what is free beside, and begin those that are new."""
    taken, renewed, begun = Counter[Stock](), list[dict[str, Any]](), list[dict[str, Any]]()
    barred = unfit(session, stock.values(), today=business_day(now))
    for place, row in stock.items():
        units, old = wanted.get(place.product_id, 0), kept.get(place.product_id)
        before = min(old.held, units) if old is not None else 0
        more = min(units - before, max(0, row.available - barred[place]))
        taken[row] += more
        if old is not None:
            until = max(old.expires_at, min(now + span, old.created_at + LONGEST * span))
            renewed.append({"of": old.id, "units": before + more, "until": until})
        elif more:
            begun.append(
                {
                    "purpose": purpose_of(user.id, place.product_id),
                    "warehouse_id": place.warehouse_id,
                    "product_id": place.product_id,
                    "quantity": more,
                    "held": more,
                    "customer_id": user.customer_id,
                    "expires_at": now + span,
                    "due_at": now + span,
                    "created_at": now,
                }
            )
    if renewed:
        session.connection().execute(_RENEW, renewed)
    insert_all(session, Reservation, begun)
    increase(session, "reserved", +taken)


def _hand_back(
    session: Session, stock: Mapping[Place, Stock], freed: Mapping[Place, int], *, now: datetime
) -> None:
    """Units that baskets let go are free again, and go to whoever waits there."""
    places = {place: stock[place] for place, units in freed.items() if units}
    if not places:
        return
    for place, row in places.items():
        row.reserved -= freed[place]
    session.flush()  # what is dealt out is read from the rows as they now are
    deal(session, places, now=now)


def _end(session: Session, which: ColumnElement[bool]) -> Counter[Place]:
    """Delete these holds; gives the units that they held at each place, still reserved there."""
    return _units(_ended(session, which))


def _ended(session: Session, which: ColumnElement[bool]) -> list[Row[Any]]:
    gone = delete(Reservation).where(Reservation.expires_at.is_not(None), which).returning(*_SAID)
    return list(session.execute(gone.execution_options(synchronize_session=False)))


def _units(rows: Iterable[Row[Any]]) -> Counter[Place]:
    units = Counter[Place]()
    for row in rows:
        units[Place(row.product_id, row.warehouse_id)] += row.held
    return units


_SAID = (Reservation.purpose, Reservation.product_id, Reservation.warehouse_id, Reservation.held)
_TAKE_OVER = (
    delete(Reservation)
    .where(
        Reservation.expires_at.is_not(None),
        Reservation.warehouse_id == bindparam("warehouse"),
        Reservation.product_id.in_(bindparam("products", expanding=True)),
        or_(
            Reservation.purpose.in_(bindparam("own", expanding=True)),
            Reservation.expires_at <= bindparam("now", type_=Instant()),
        ),
    )
    .returning(*_SAID)
    .execution_options(synchronize_session=False)
)
"""Asked for every basket that is placed; both ways into it are answered by an index."""
_RESIZE = (
    update(Reservation)
    .where(Reservation.id == bindparam("of"))
    .values(quantity=bindparam("units"), held=bindparam("units"))
)
_RENEW = _RESIZE.values(expires_at=bindparam("until"), due_at=bindparam("until"))
