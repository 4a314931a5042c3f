"""A recall is closed: what it still holds of our stock is released for sale after a false alarm, or scrapped."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales.affected import held_units
from aftersales.issuing_notices import hold_again, next_cause
from aftersales.recalls import NoticeState, ProductNotice
from aftersales.windows import recalled_among
from inventory import quarantine
from inventory.causes import leave_to_desk
from inventory.identities import Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.tracing import Shift, Spot, balances_of, shift
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

Held = dict[Place, list[tuple[int, int]]]


class Verb(StrEnum):
    """What became of the stock that a recall held, for the audit trail."""

    RELEASED = "product_notice.released"
    SCRAPPED = "product_notice.scrapped"


def held_by(session: Session, notice: ProductNotice) -> int:
    """Units of our stock that a recall still holds in quarantine."""
    return sum(units for *_, units in held_units(session, notice))


def release_held(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> int:
    """The stock that a closed recall holds is fit for sale again; says how many units.

    What another recall in force names is held by that one from now on. Refused until the notice is closed, and when
    it holds nothing.
    """
    fresh, held = _held(session, notice)
    ids = {id_ for units in held.values() for id_, _ in units}
    others = recalled_among(session, ids)
    released = 0
    for place, units in held.items():
        if passed := [(id_, count) for id_, count in units if id_ in others]:
            total = sum(count for _, count in passed)
            cause_no = next_cause(session, fresh.number, place)
            leave_to_desk(session, place, total, passed, cause_no, by=by, now=now)
        fit = [(id_, count) for id_, count in units if id_ not in others]
        if fit:
            total = sum(count for _, count in fit)
            quarantine.release(session, place, total, fresh.number, by=by, now=now)
            aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
            good = Spot(Keeping.GOOD, warehouse_id=place.warehouse_id)
            shifts = [Shift(id_, count, aside, good) for id_, count in fit]
            shift(session, shifts, Step.RELEASE, fresh.number, by=by, now=now)
            released += total
    hold_again(session, others, held.keys(), by=by, now=now)
    _record(session, Verb.RELEASED, fresh, released, by=by, now=now)
    return released


def scrap_held(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> int:
    """The stock that a closed recall holds is thrown away; says how many units. Refused as `release_held` is."""
    fresh, held = _held(session, notice)
    scrapped = 0
    for place, units in held.items():
        total = sum(count for _, count in units)
        quarantine.scrap(session, place, total, fresh.number, by=by, now=now)
        aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
        shifts = [Shift(id_, count, aside, None) for id_, count in units]
        shift(session, shifts, Step.SCRAP, fresh.number, by=by, now=now)
        scrapped += total
    _record(session, Verb.SCRAPPED, fresh, scrapped, by=by, now=now)
    return scrapped


def _held(session: Session, notice: ProductNotice) -> tuple[ProductNotice, Held]:
    """A closed notice and what it holds by place, both locked."""
    (fresh,) = lock(session, ProductNotice, [notice.id])
    if fresh.state != NoticeState.CLOSED:
        raise Refused(N_("The notice is closed first, then the stock that it holds is decided on."))
    places = {Place(one.product_id, at) for one, at, _ in held_units(session, fresh)}
    if places:
        stock_rows(session, sorted(places, key=lambda one: (one.product_id, one.warehouse_id)))
    held = _lying(session, fresh, places)
    if not held:
        raise Refused(N_("This notice holds no stock any more."))
    return fresh, held


def _lying(session: Session, notice: ProductNotice, places: Collection[Place]) -> Held:
    """What a notice holds at locked places, as far as it lies there."""
    found = held_units(session, notice)
    there = {
        (row.identity_id, row.warehouse_id): row.quantity
        for row in balances_of(session, [one.id for one, *_ in found])
        if row.keeping == Keeping.QUARANTINE
    }
    held: Held = {}
    for one, warehouse_id, count in found:
        place = Place(one.product_id, warehouse_id)
        units = min(count, there.get((one.id, warehouse_id), 0))
        if units and place in places:
            held.setdefault(place, []).append((one.id, units))
    return held


def _record(
    session: Session, verb: Verb, notice: ProductNotice, units: int, *, by: User, now: datetime
) -> None:
    audit.record(session, verb, "product_notice", notice.number, by=by, now=now, after={"units_held": units})
