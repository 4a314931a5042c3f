"""Rows of opening stock that name a lot or a serial: each is booked by itself, once."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from inventory.identifying import LotFacts
from inventory.identities import Identity
from inventory.last_days import has_passed, refuse_mistyped, refuse_passed
from inventory.ledger import Place
from inventory.models import Product, Tracking
from inventory.stock import Movement, MovementKind
from inventory.stocking import Batch, open_named, opening_of
from inventory.tracing import tidy
from portal.clock import business_day
from portal.i18n import N_
from portal.importing.kinds import Given, Row
from portal.importing.telling import Told
from portal.refusal import Refused

AT_ONCE = 1000
Cause = tuple[Place, str]


def is_numbered(row: Row) -> bool:
    """Whether a row names a serial or a lot."""
    return bool(row.values.get("serial") or row.values.get("lot"))


def book_numbered(session: Session, rows: Sequence[tuple[Row, Place]], told: Told, given: Given) -> None:
    """Book the units of these rows under their numbers; what cannot be is reported with its reason."""
    if not rows:
        return
    tracking = _tracking(session, {place.product_id for _, place in rows})
    causes = {(place, opening_of(_number(row))) for row, place in rows}
    recorded = _recorded(session, sorted(causes, key=lambda one: (one[0].product_id, one[1])))
    known = _known(session, {(place.product_id, _number(row)) for row, place in rows})
    batches: list[Batch] = []
    for row, place in rows:
        number, quantity = _number(row), row.values["quantity"]
        cause, key = (place, opening_of(number)), (place.product_id, number)
        expires_on = row.values.get("expires")
        if not _fits(row, tracking[place.product_id], told):
            continue
        if cause in recorded:
            if recorded[cause] == quantity:
                told.unchanged(row)
            else:
                said = N_("Opening stock of %(recorded)s was already recorded.")
                told.reported(row, "quantity", said, recorded=recorded[cause])
        elif key in known and row.values.get("serial"):
            said = N_("Serial %(number)s is already known for this product.")
            told.reported(row, "serial", said, number=number)
        elif key in known and expires_on is not None and known[key] != expires_on:
            said = N_("Lot %(number)s is on record with another last day of use: %(day)s.")
            told.reported(row, "expires", said, number=number, day=known[key])
        elif (no := _unusable(number, known.get(key, expires_on), given)) is not None:
            told.reported(row, "expires", no.message, **no.params)
        else:
            recorded[cause], known[key] = quantity, known.get(key, expires_on)
            aside = has_passed(known[key], business_day(given.now))
            batches.append(_batch(row, place, known[key], aside=aside))
            told.booked(row)
    open_named(session, batches, by=given.by, now=given.now)


def _fits(row: Row, tracking: str, told: Told) -> bool:
    """Whether a row names its units as its product is tracked; if not, the reader is told."""
    serial, lot = row.values.get("serial"), row.values.get("lot")
    if serial and tracking != Tracking.SERIAL:
        told.reported(row, "serial", N_("%(sku)s has no serial numbers."), sku=row.values["sku"])
    elif lot and tracking != Tracking.LOT:
        told.reported(row, "lot", N_("%(sku)s is not kept by lot."), sku=row.values["sku"])
    elif serial and row.values["quantity"] != 1:
        told.reported(row, "quantity", N_("A serial number is one unit."))
    elif row.values["quantity"] < 1:
        told.reported(row, "quantity", N_("The quantity must be at least 1."))
    else:
        return True
    return False


def _unusable(number: str, expires_on: date | None, given: Given) -> Refused | None:
    """Why a lot cannot be booked for its last day of use; None when it can."""
    today = business_day(given.now)
    aside = given.options["expired_aside"] and has_passed(expires_on, today)
    try:
        refuse_mistyped(expires_on, today)
        refuse_passed(number, expires_on, today, aside=aside)
    except Refused as no:
        return no
    return None


def _number(row: Row) -> str:
    return tidy(str(row.values.get("serial") or row.values["lot"]))


def _batch(row: Row, place: Place, expires_on: date | None, *, aside: bool) -> Batch:
    if row.values.get("serial"):
        return Batch(place, serials=(_number(row),))
    return Batch(place, lot=LotFacts(_number(row), expires_on), units=row.values["quantity"], aside=aside)


def _tracking(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(Product.id, Product.tracking).where(Product.id.in_(ids))
    return {id_: tracking for id_, tracking in session.execute(query)}  # noqa: C416 - a result is no dict of pairs


def _recorded(session: Session, causes: Sequence[Cause]) -> dict[Cause, int]:
    recorded: dict[Cause, int] = {}
    keys = [(place.product_id, place.warehouse_id, cause) for place, cause in causes]
    for start in range(0, len(keys), AT_ONCE):
        query = select(
            Movement.product_id, Movement.warehouse_id, Movement.cause_no, Movement.quantity
        ).where(
            Movement.kind == MovementKind.OPENING,
            tuple_(Movement.product_id, Movement.warehouse_id, Movement.cause_no).in_(
                keys[start : start + AT_ONCE]
            ),
        )
        for row in session.execute(query):
            recorded[Place(row.product_id, row.warehouse_id), row.cause_no] = row.quantity
    return recorded


def _known(session: Session, numbers: set[tuple[int, str]]) -> dict[tuple[int, str], date | None]:
    known: dict[tuple[int, str], date | None] = {}
    keys = sorted(numbers)
    for start in range(0, len(keys), AT_ONCE):
        query = select(Identity.product_id, Identity.number, Identity.expires_on).where(
            tuple_(Identity.product_id, Identity.number).in_(keys[start : start + AT_ONCE])
        )
        known |= {(row.product_id, row.number): row.expires_on for row in session.execute(query)}
    return known
