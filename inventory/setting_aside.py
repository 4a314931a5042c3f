"""Staff set units aside that should not be sold, and decide what becomes of what lies in quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.causes import SERIES, numbered_of_the_desk, of_the_desk, units_of_the_desk
from inventory.identifying import require_named
from inventory.identities import Identity, IdentityMove, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.models import Product, Tracking, Warehouse
from inventory.picks import among_picked
from inventory.stopping import stopped_among
from inventory.tracing import Shift, Spot, identities_named, locked, shift, tidy
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on what is set aside, for the audit trail."""

    HELD = "quarantine.held"
    RELEASED = "quarantine.released"
    SCRAPPED = "quarantine.scrapped"


class Moved(Protocol):
    """An act of `quarantine` on so many units of a place."""

    def __call__(
        self, session: Session, place: Place, quantity: int, cause_no: str, *, by: User | None, now: datetime
    ) -> object:
        """Move the stock under a cause."""


@dataclass(frozen=True)
class Units:
    """Units of a product in a warehouse and why they move; of a tracked product with the numbers that are known.

    `numbers` maps lot or serial numbers to units.
    """

    product: Product
    warehouse: Warehouse
    quantity: int
    numbers: Mapping[str, int]
    reason: str


def set_aside(session: Session, units: Units, *, by: User, now: datetime) -> str:
    """Put good units into quarantine; gives the number of the note. Reservations give way as in `quarantine.hold`.

    What lies picked stays so, but for the numbers that are named here.
    """
    good, aside = _spots(units)
    return _move(session, Verb.HELD, quarantine.hold, units, good, aside, Step.HOLD, by=by, now=now)


def release(session: Session, units: Units, *, by: User, now: datetime) -> str:
    """Units turned out fit for sale and go to whoever waits; gives the number of the note.

    Refused for units that the stock desk does not decide on: those of a return that waits for its inspection are
    decided on there, and those that a recall holds with the recall; and for a lot that is stopped, or past its last
    day of use.
    """
    _refuse_expired(session, units, business_day(now))
    good, aside = _spots(units)
    return _move(session, Verb.RELEASED, quarantine.release, units, aside, good, Step.RELEASE, by=by, now=now)


def scrap(session: Session, units: Units, *, by: User, now: datetime) -> str:
    """Units in quarantine are thrown away; gives the number of the note. Refused as `release` is."""
    _, aside = _spots(units)
    return _move(session, Verb.SCRAPPED, quarantine.scrap, units, aside, None, Step.SCRAP, by=by, now=now)


def _spots(units: Units) -> tuple[Spot, Spot]:
    """Where the units lie when they are good, and when they are set aside."""
    return Spot(Keeping.GOOD, units.warehouse.id), Spot(Keeping.QUARANTINE, units.warehouse.id)


def _move(
    session: Session,
    verb: Verb,
    act: Moved,
    units: Units,
    source: Spot,
    target: Spot | None,
    step: Step,
    *,
    by: User,
    now: datetime,
) -> str:
    """One act under a note of its own: the stock moves, its lots and serials with it, and the reason is kept."""
    if not units.reason.strip():
        raise Refused(N_("Say why."), field="reason")
    place = Place(units.product.id, units.warehouse.id)
    stock_rows(session, [place])
    named = _named(session, units)
    if source.keeping == Keeping.QUARANTINE:
        _refuse_others(session, units, place, named)
    if verb is Verb.RELEASED:
        _refuse_stopped(session, named)
    if verb is Verb.HELD:
        picked = among_picked(session, units.warehouse.id, {one.id: count for one, count in named})
        act = partial(quarantine.hold, picked=sum(picked.values()))
    note = next_number(session, SERIES, business_day(now))
    act(session, place, units.quantity, note, by=by, now=now)
    shifts = [Shift(one.id, count, source, target) for one, count in named]
    if shifts:
        shift(session, shifts, step, note, by=by, now=now)
    if units.product.tracking != Tracking.NONE:
        require_named(session, [place])
    after = {
        "note": note,
        "warehouse": units.warehouse.code,
        "quantity": units.quantity,
        "numbers": sorted(units.numbers),
        "reason": units.reason.strip(),
    }
    audit.record(session, verb, "product", units.product.sku, by=by, now=now, after=after)
    return note


def _named(session: Session, units: Units) -> list[tuple[Identity, int]]:
    if not units.numbers:
        return []
    product = units.product
    if product.tracking == Tracking.NONE:
        raise Refused(N_("%(sku)s has no lots or serials."), field="identities", sku=product.sku)
    if sum(units.numbers.values()) > units.quantity:
        raise Refused(N_("More units are named than are meant."), field="identities")
    found = identities_named(session, product.id, units.numbers)
    unknown = next((number for number in units.numbers if tidy(number) not in found), None)
    if unknown is not None:
        raise Refused(N_("%(number)s is not known for this product."), field="identities", number=unknown)
    return [(found[tidy(number)], count) for number, count in units.numbers.items()]


def _refuse_expired(session: Session, units: Units, today: date) -> None:
    known = identities_named(session, units.product.id, units.numbers) if units.numbers else {}
    for one in known.values():
        if one.expires_on is not None and one.expires_on < today:
            raise Refused(N_("Lot %(number)s has expired."), field="identities", number=one.number)


def _refuse_stopped(session: Session, named: Sequence[tuple[Identity, int]]) -> None:
    for number in stopped_among(session, [one.id for one, _ in named]).values():
        raise Refused(N_("%(number)s is called back and cannot be sold."), field="identities", number=number)


def _refuse_others(
    session: Session, units: Units, place: Place, named: Sequence[tuple[Identity, int]]
) -> None:
    """Refused when some of these units wait for a return or a recall; asked while the stock row is locked."""
    locked(session, [one.id for one, _ in named])
    ours = numbered_of_the_desk(session, [one.id for one, _ in named], place.warehouse_id)
    for one, count in named:
        if count > ours.get(one.id, 0) and (cause_no := _held_by(session, one, place)):
            raise Refused(
                N_("%(number)s is held by %(cause)s and is not decided on here."),
                field="identities",
                number=one.number,
                cause=cause_no,
            )
    free = units_of_the_desk(session, place)
    if units.quantity > free:
        raise Refused(
            N_("Only %(units)s of %(sku)s can be decided on here; the rest waits for its return or recall."),
            field="quantity",
            units=free,
            sku=units.product.sku,
        )


def _held_by(session: Session, one: Identity, place: Place) -> str | None:
    """What last put units of an identity into quarantine that is no note of the stock desk."""
    query = (
        select(IdentityMove.cause_no)
        .where(
            IdentityMove.identity_id == one.id,
            IdentityMove.warehouse_id == place.warehouse_id,
            IdentityMove.keeping == Keeping.QUARANTINE,
            IdentityMove.quantity > 0,
            ~of_the_desk(IdentityMove.cause_no),
        )
        .order_by(IdentityMove.id.desc())
        .limit(1)
    )
    return session.scalar(query)
