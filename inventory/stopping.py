"""Lots and serials are stopped while something is wrong with them; what comes in of them goes into quarantine."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.allotting import settle_at
from inventory.causes import SERIES
from inventory.dealing import deal
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.models import Product, Warehouse
from inventory.tracing import Shift, Spot, chunks, shift
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.numbering import next_number


class Verb(StrEnum):
    """What becomes of stopped goods that come in, for the audit trail."""

    STOPPED = "quarantine.stopped"


def stop(session: Session, identity_ids: Iterable[int], *, now: datetime) -> None:
    """No unit of these lots and serials is picked, leaves or becomes fit for sale until they are let go.

    Whoever they were meant for is meant to get the next lots.
    """
    _mark(session, set(identity_ids), stopped=True, now=now)


def let_go(session: Session, identity_ids: Iterable[int], *, now: datetime) -> None:
    """These lots and serials may be sold again, first to whoever waits; what of them is in quarantine stays there."""
    _mark(session, set(identity_ids), stopped=False, now=now)


def stopped_among(session: Session, identity_ids: Iterable[int]) -> dict[int, str]:
    """The numbers of those of some lots and serials that are stopped, by id."""
    found: dict[int, str] = {}
    for some in chunks(sorted(set(identity_ids))):
        query = select(Identity.id, Identity.number).where(Identity.id.in_(some), Identity.stopped)
        found |= dict(session.execute(query).all())
    return found


def hold_stopped(
    session: Session,
    identity_ids: Collection[int],
    places: Collection[Place],
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Put those of some lots and serials that are stopped and lie fit for sale into quarantine; says how many units.

    They wait there for the stock desk, or for the recall that stopped them. The stock rows of the places are locked by
    the caller, who deals nothing out of what came in before this.
    """
    stopped = stopped_among(session, identity_ids)
    if not stopped:
        return 0
    session.flush()  # the balances are read as they will stand
    query = (
        select(Identity.product_id, IdentityBalance.warehouse_id, Identity.id, IdentityBalance.quantity)
        .join(Identity, Identity.id == IdentityBalance.identity_id)
        .where(
            IdentityBalance.identity_id.in_(stopped),
            IdentityBalance.keeping == Keeping.GOOD,
            IdentityBalance.quantity > 0,
        )
        .order_by(Identity.product_id, IdentityBalance.warehouse_id, Identity.id)
    )
    held = 0
    by_place: dict[Place, dict[int, int]] = {}
    for product_id, warehouse_id, id_, units in session.execute(query):
        if (place := Place(product_id, warehouse_id or 0)) in places:
            by_place.setdefault(place, {})[id_] = units
    for place, named in by_place.items():
        held += _hold(session, place, named, [stopped[id_] for id_ in named], by=by, now=now)
    return held


def _hold(
    session: Session,
    place: Place,
    named: dict[int, int],
    numbers: Collection[str],
    *,
    by: User | None,
    now: datetime,
) -> int:
    units = sum(named.values())
    note = next_number(session, SERIES, business_day(now))
    quarantine.hold(session, place, units, note, picked=units, by=by, now=now)
    good = Spot(Keeping.GOOD, warehouse_id=place.warehouse_id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
    shifts = [Shift(id_, count, good, aside) for id_, count in named.items()]
    shift(session, shifts, Step.HOLD, note, by=by, now=now)
    after = {
        "note": note,
        "warehouse": session.get_one(Warehouse, place.warehouse_id).code,
        "quantity": units,
        "numbers": sorted(numbers),
    }
    sku = session.get_one(Product, place.product_id).sku
    audit.record(session, Verb.STOPPED, "product", sku, by=by, now=now, after=after)
    return units


def _mark(session: Session, identity_ids: Collection[int], *, stopped: bool, now: datetime) -> None:
    places = shelves_of(session, identity_ids)
    stock = stock_rows(session, places) if places else {}  # before the lots, as everywhere
    for some in chunks(sorted(identity_ids)):
        session.execute(
            update(Identity)
            .where(Identity.id.in_(some), Identity.stopped != stopped)
            .values(stopped=stopped)
            .execution_options(synchronize_session=False)
        )
    for row in session.identity_map.values():
        if isinstance(row, Identity):
            session.expire(row, ["stopped"])
    if stopped and places:
        settle_at(session, places, now=now)
    elif places:
        deal(session, stock, now=now)


def shelves_of(session: Session, identity_ids: Collection[int]) -> list[Place]:
    """Where units of these lots lie fit for sale."""
    places = set[Place]()
    for some in chunks(sorted(identity_ids)):
        query = (
            select(Identity.product_id, IdentityBalance.warehouse_id)
            .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
            .where(
                Identity.id.in_(some),
                Identity.kind == IdentityKind.LOT,
                IdentityBalance.keeping == Keeping.GOOD,
                IdentityBalance.quantity > 0,
            )
        )
        places |= {Place(row[0], row[1] or 0) for row in session.execute(query)}
    return sorted(places, key=lambda one: (one.product_id, one.warehouse_id))
