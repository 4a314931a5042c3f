"""Lots and serials past their last day of use are put into quarantine, so that nobody is promised or sent them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.causes import SERIES
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.models import Product, Warehouse
from inventory.picks import among_picked
from inventory.tracing import Shift, Spot, shift
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import transaction
from portal.numbering import next_numbers

AT_ONCE = 200
"""How many lots and serials are moved in one transaction."""

Lying = tuple[Place, int, str, int]
"""Where an identity lies, its id and number, and its units there."""


class Verb(StrEnum):
    """What becomes of expired goods, for the audit trail."""

    EXPIRED = "quarantine.expired"


def set_expired_aside(session: Session, now: datetime) -> int:
    """Job: put what has expired and lies fit for sale into quarantine, for the stock desk to decide on; counts units.

    Some are moved at a time, their stock, ledger and moves together, so that a run which is killed is taken up by the
    next and nothing is moved twice. What was reserved of them waits anew, and claims what is still to come.
    """
    today, moved = business_day(now), 0
    while True:
        with transaction(session):
            units = set_some_aside(session, today, now=now)
        if not units:
            return moved
        moved += units


def set_some_aside(session: Session, today: date, *, now: datetime) -> int:
    """Move the first of what has expired, within the open transaction; says how many units."""
    places = {place for place, *_ in _lying(session, _expired(today).limit(AT_ONCE))}
    if not places:
        return 0
    stock_rows(session, sorted(places, key=lambda one: (one.product_id, one.warehouse_id)))
    by_place: dict[Place, list[Lying]] = {}
    # Read anew under the locks; what lies elsewhere is taken by the next portion.
    for one in _lying(session, _expired(today, {place.product_id for place in places}).limit(AT_ONCE)):
        if one[0] in places:
            by_place.setdefault(one[0], []).append(one)
    notes = next_numbers(session, SERIES, today, len(by_place))
    ordered = sorted(by_place, key=lambda one: (one.product_id, one.warehouse_id))
    return sum(
        _hold(session, place, by_place[place], note, now) for place, note in zip(ordered, notes, strict=True)
    )


def hold_expired(
    session: Session,
    identity_ids: Collection[int],
    places: Collection[Place],
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Put those of some lots that are past their last day and lie fit for sale into quarantine; says how many units.

    The stock rows of the places are locked by the caller, who deals nothing out of what came in before this.
    """
    if not identity_ids:
        return 0
    session.flush()  # the balances are read as they will stand
    today = business_day(now)
    query = _expired(today, {place.product_id for place in places}).where(Identity.id.in_(identity_ids))
    by_place: dict[Place, list[Lying]] = {}
    for one in _lying(session, query):
        if one[0] in places:
            by_place.setdefault(one[0], []).append(one)
    ordered = sorted(by_place, key=lambda one: (one.product_id, one.warehouse_id))
    notes = next_numbers(session, SERIES, today, len(ordered)) if ordered else []
    return sum(
        _hold(session, place, by_place[place], note, now, by)
        for place, note in zip(ordered, notes, strict=True)
    )


def _hold(
    session: Session,
    place: Place,
    lying: Sequence[Lying],
    note: str,
    now: datetime,
    by: User | None = None,
) -> int:
    units = sum(count for *_, count in lying)
    picked = among_picked(session, place.warehouse_id, {id_: count for _, id_, _, count in lying})
    quarantine.hold(session, place, units, note, picked=sum(picked.values()), by=by, now=now)
    good = Spot(Keeping.GOOD, warehouse_id=place.warehouse_id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
    shifts = [Shift(id_, count, good, aside) for _, id_, _, count in lying]
    shift(session, shifts, Step.HOLD, note, by=by, now=now)
    after = {
        "note": note,
        "warehouse": session.get_one(Warehouse, place.warehouse_id).code,
        "quantity": units,
        "numbers": sorted(number for _, _, number, _ in lying),
    }
    sku = session.get_one(Product, place.product_id).sku
    audit.record(session, Verb.EXPIRED, "product", sku, by=by, now=now, after=after)
    return units


def _lying(session: Session, query: Select[int, int | None, int, str, int]) -> list[Lying]:
    return [
        (Place(product_id, warehouse_id or 0), id_, number, units)
        for product_id, warehouse_id, id_, number, units in session.execute(query)
    ]


def _expired(today: date, product_ids: set[int] | None = None) -> Select[int, int | None, int, str, int]:
    """What is past its last day of use and lies fit for sale, the longest expired first."""
    conditions: list[ColumnElement[bool]] = [
        Identity.expires_on < today,
        IdentityBalance.keeping == Keeping.GOOD,
        IdentityBalance.warehouse_id.is_not(None),
        IdentityBalance.quantity > 0,
    ]
    if product_ids is not None:
        conditions.append(Identity.product_id.in_(product_ids))
    balance = IdentityBalance
    return (
        select(Identity.product_id, balance.warehouse_id, Identity.id, Identity.number, balance.quantity)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(*conditions)
        .order_by(Identity.expires_on, Identity.id, IdentityBalance.id)
    )
