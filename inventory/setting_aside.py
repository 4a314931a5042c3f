"""Staff set units aside that should not be sold, and decide what becomes of what lies in quarantine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.identifying import require_named
from inventory.identities import Identity, IdentityMove, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.models import Product, Tracking, Warehouse
from inventory.tracing import Shift, Spot, identities_named, shift, tidy
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "QN"
"""The series of the notes under which staff move units into quarantine and out of it."""


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
    """Put good units into quarantine; gives the number of the note. Reservations give way as in `quarantine.hold`."""
    good, aside = _spots(units)
    return _move(session, Verb.HELD, quarantine.hold, units, good, aside, Step.HOLD, by=by, now=now)


def release(session: Session, units: Units, *, by: User, now: datetime) -> str:
    """Units turned out fit for sale and go to whoever waits; gives the number of the note.

    Refused for a lot or serial that something else holds, such as a recall: it is released there.
    """
    _refuse_held(session, units)
    good, aside = _spots(units)
    return _move(session, Verb.RELEASED, quarantine.release, units, aside, good, Step.RELEASE, by=by, now=now)


def scrap(session: Session, units: Units, *, by: User, now: datetime) -> str:
    """Units in quarantine are thrown away; gives the number of the note."""
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


def _refuse_held(session: Session, units: Units) -> None:
    """Refused when what last put one of these into quarantine here was not a note of our own staff, but a hold."""
    came_in = (
        select(IdentityMove.identity_id, func.max(IdentityMove.id).label("id"))
        .join(Identity, Identity.id == IdentityMove.identity_id)
        .where(
            Identity.product_id == units.product.id,
            Identity.number.in_([tidy(number) for number in units.numbers]),
            IdentityMove.warehouse_id == units.warehouse.id,
            IdentityMove.keeping == Keeping.QUARANTINE,
            IdentityMove.quantity > 0,
        )
        .group_by(IdentityMove.identity_id)
        .subquery()
    )
    query = (
        select(Identity.number, IdentityMove.cause_no)
        .join(came_in, came_in.c.id == IdentityMove.id)
        .join(Identity, Identity.id == IdentityMove.identity_id)
        .where(IdentityMove.what == Step.HOLD, ~IdentityMove.cause_no.startswith(f"{SERIES}-"))
    )
    for number, cause_no in session.execute(query.limit(1)):
        raise Refused(
            N_("%(number)s is held by %(cause)s and cannot be released here."),
            field="identities",
            number=number,
            cause=cause_no,
        )
