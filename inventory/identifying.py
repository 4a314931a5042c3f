"""Units become known by their lot or serial, and are counted against the stock they are part of."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from inventory.expired import hold_expired
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.last_days import refuse_mistyped, refuse_passed
from inventory.ledger import Place
from inventory.models import Product, Tracking, Warehouse
from inventory.stock import Stock
from inventory.stopping import hold_stopped
from inventory.tracing import Shift, Spot, chunks, shift, tidy
from portal.accounts.models import User
from portal.batches import insert_all
from portal.clock import business_day
from portal.i18n import N_, NN_
from portal.refusal import Refused

LONGEST = 50
"""Characters of a number, so that a cause may name it."""


@dataclass(frozen=True)
class LotFacts:
    """A batch as its maker numbers it, and its last day of use where it has one."""

    number: str
    expires_on: date | None = None


@dataclass(frozen=True)
class Incoming:
    """Units of one product that come into a warehouse under a cause: by serial, or all of one lot.

    A lot that is past its last day of use comes in only to lie `aside`, in quarantine.
    """

    product: Product
    warehouse_id: int
    quantity: int
    cause_no: str
    serials: Sequence[str] = ()
    lot: LotFacts | None = None
    aside: bool = False


def ascending(first: str, count: int) -> list[str]:
    """So many serial numbers from the first one on, its last digits counting up: AB-098, AB-099, AB-100.

    Refused when it does not end in digits that can count so far.
    """
    found = re.search(r"[0-9]+$", first := tidy(first))
    if count <= 1:
        return [first] if count else []
    if found is None:
        raise Refused(
            N_("%(number)s does not end in digits, so that the numbers after it are not known."),
            field="serials",
            number=first,
        )
    digits = found.group()
    return [f"{first[: found.start()]}{int(digits) + n:0{len(digits)}d}" for n in range(count)]


def take_in(
    session: Session, incoming: Sequence[Incoming], what: str, *, by: User | None, now: datetime
) -> None:
    """Put units that come into stock on record by lot or serial. Refused as a whole, at the field that is wrong.

    A tracked product's units are all named: each by its own serial, unknown so far, or by one lot, which may have come
    before with the same last day. Units of a lot that is stopped go into quarantine, as those do that are past
    their last day of use and come in to lie aside; others past it are refused. The stock rows are locked by the
    caller, who deals out what came in after this.
    """
    for one in incoming:
        refuse_unnamed(one)
    wanted: dict[tuple[int, str], LotFacts | None] = {}
    for one in incoming:
        if one.lot is not None:
            _add_lot(wanted, one.product.id, one.lot)
        for number in one.serials:
            if (one.product.id, tidy(number)) in wanted:
                raise Refused(N_("%(number)s is given twice."), field="serials", number=tidy(number))
            wanted[one.product.id, tidy(number)] = None
    known = _known_lots(session, wanted)
    ids = {key: one.id for key, one in known.items()}
    for one in incoming:
        if one.lot is not None:
            _refuse_day(one, known.get((one.product.id, tidy(one.lot.number))), business_day(now))
    sources = {
        (one.product.id, tidy(number)): one.cause_no
        for one in incoming
        for number in (*one.serials, *((one.lot.number,) if one.lot else ()))
    }
    new = {key: None for key in wanted if key not in ids}
    made = insert_all(
        session,
        Identity,
        [
            {
                "product_id": product_id,
                "kind": IdentityKind.SERIAL
                if (lot := wanted[product_id, number]) is None
                else IdentityKind.LOT,
                "number": number,
                "expires_on": lot.expires_on if lot else None,
                "source_no": sources[product_id, number],
                "created_at": now,
            }
            for product_id, number in new
        ],
    )
    ids |= dict(zip(new, made, strict=True))
    shifts = []
    for one in incoming:
        target = Spot(Keeping.GOOD, warehouse_id=one.warehouse_id)
        units = Counter({tidy(number): 1 for number in one.serials})
        if one.lot is not None:
            units[tidy(one.lot.number)] += one.quantity
        shifts += [
            Shift(ids[one.product.id, number], count, None, target, one.cause_no)
            for number, count in units.items()
        ]
    shift(session, shifts, what, "", by=by, now=now)
    places = {Place(one.product.id, one.warehouse_id) for one in incoming}
    hold_stopped(session, [ids[key] for key in wanted if key not in new], places, by=by, now=now)
    if aside := [ids[one.product.id, tidy(one.lot.number)] for one in incoming if one.lot and one.aside]:
        hold_expired(session, aside, places, by=by, now=now)


def refuse_unnamed(one: Incoming) -> None:
    """Refused unless units that come in are named just as their product is tracked."""
    tracking = one.product.tracking
    if tracking != Tracking.SERIAL and one.serials:
        raise Refused(N_("%(sku)s has no serial numbers."), field="serials", sku=one.product.sku)
    if tracking != Tracking.LOT and one.lot is not None:
        raise Refused(N_("%(sku)s is not kept by lot."), field="lot", sku=one.product.sku)
    if tracking == Tracking.LOT and (one.lot is None or not tidy(one.lot.number)):
        raise Refused(N_("Give the lot number of these units."), field="lot")
    if tracking == Tracking.SERIAL and len(one.serials) != one.quantity:
        raise Refused(
            NN_(
                "%(units)s unit needs %(units)s serial number; %(given)s are given.",
                "%(units)s units need %(units)s serial numbers; %(given)s are given.",
                "units",
            ),
            field="serials",
            units=one.quantity,
            given=len(one.serials),
        )
    field = "lot" if one.lot else "serials"
    for number in (one.lot.number,) if one.lot else one.serials:
        if not 0 < len(tidy(number)) <= LONGEST:
            raise Refused(
                N_("A lot or serial number has 1 to %(most)s characters."), field=field, most=LONGEST
            )


def _add_lot(wanted: dict[tuple[int, str], LotFacts | None], product_id: int, lot: LotFacts) -> None:
    key = (product_id, tidy(lot.number))
    known = wanted.setdefault(key, lot)
    if known is not None and known.expires_on != lot.expires_on:
        _refuse_other_day(key[1], known.expires_on)


def _known_lots(
    session: Session, wanted: Mapping[tuple[int, str], LotFacts | None]
) -> dict[tuple[int, str], Identity]:
    """The lots that came before, by product and number; a serial that is known already is refused."""
    known: dict[tuple[int, str], Identity] = {}
    for some in chunks(wanted):
        query = select(Identity).where(tuple_(Identity.product_id, Identity.number).in_(some))
        for one in session.scalars(query):
            lot = wanted[one.product_id, one.number]
            if lot is None:
                raise Refused(
                    N_("Serial %(number)s is already known for this product."),
                    field="serials",
                    number=one.number,
                )
            if lot.expires_on is not None and lot.expires_on != one.expires_on:
                _refuse_other_day(one.number, one.expires_on)
            known[one.product_id, one.number] = one
    return known


def _refuse_day(one: Incoming, known: Identity | None, today: date) -> None:
    """Refused for a last day of use that cannot be, or has passed without the lot coming in to lie aside."""
    if one.lot is None:
        return
    expires_on = known.expires_on if known else one.lot.expires_on
    refuse_mistyped(None if known else expires_on, today)
    refuse_passed(tidy(one.lot.number), expires_on, today, aside=one.aside)


def _refuse_other_day(number: str, expires_on: date | None) -> None:
    if expires_on is None:
        raise Refused(
            N_("Lot %(number)s is on record without a last day of use."), field="expires_on", number=number
        )
    raise Refused(
        N_("Lot %(number)s is on record with another last day of use: %(day)s."),
        field="expires_on",
        number=number,
        day=expires_on,
    )


def identified(
    session: Session, places: Iterable[Place], keeping: Keeping = Keeping.GOOD
) -> dict[Place, int]:
    """How many units at these places are known by lot or serial; places without any are absent."""
    wanted = set(places)
    query = (
        select(Identity.product_id, IdentityBalance.warehouse_id, func.sum(IdentityBalance.quantity))
        .join(Identity, Identity.id == IdentityBalance.identity_id)
        .where(
            Identity.product_id.in_({place.product_id for place in wanted}),
            IdentityBalance.warehouse_id.in_({place.warehouse_id for place in wanted}),
            IdentityBalance.keeping == keeping,
            IdentityBalance.quantity > 0,
        )
        .group_by(Identity.product_id, IdentityBalance.warehouse_id)
    )
    found = {Place(row[0], row[1] or 0): int(row[2]) for row in session.execute(query)}
    return {place: units for place, units in found.items() if place in wanted}


def require_named(session: Session, places: Iterable[Place]) -> None:
    """Refused when units left one of these places without their lot or serial: more are known by it than are there.

    An act that takes units of tracked products out of a place asks this once both the stock and the identities moved.
    """
    wanted = set(places)
    if not wanted:
        return
    session.flush()  # the balances are read as they will stand
    for keeping, units in ((Keeping.GOOD, Stock.on_hand), (Keeping.QUARANTINE, Stock.quarantined)):
        known = identified(session, wanted, keeping)
        if not known:
            continue
        query = (
            select(Product.id, Warehouse.id, Product.sku, Warehouse.code, units)
            .select_from(Stock)
            .join(Stock.product)
            .join(Stock.warehouse)
            .where(Product.tracking != Tracking.NONE, Product.id.in_({place.product_id for place in known}))
        )
        for product_id, warehouse_id, sku, code, there in session.execute(query):
            missing = known.get(Place(product_id, warehouse_id), 0) - there
            if missing > 0:
                raise Refused(
                    NN_(
                        "Say which lots or serials of %(sku)s leave %(warehouse)s: %(missing)s more is to be named.",
                        "Say which lots or serials of %(sku)s leave %(warehouse)s: %(missing)s more are to be named.",
                        "missing",
                    ),
                    field="identities",
                    sku=sku,
                    warehouse=code,
                    missing=missing,
                )
