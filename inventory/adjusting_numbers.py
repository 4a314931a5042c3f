"""The lots and serials of a correction: which may be named, and how they come into the books or leave them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from inventory.expired import hold_expired
from inventory.identifying import LONGEST, Incoming, take_in
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.ledger import Place
from inventory.lifeline import Step
from inventory.models import Product, Tracking, Warehouse
from inventory.picks import among_picked
from inventory.stopping import hold_stopped
from inventory.tracing import Shift, Spot, identities_named, shift, tidy
from portal.accounts.models import User
from portal.i18n import N_, NN_
from portal.refusal import Refused


def signed(product: Product, quantity: int, numbers: Mapping[str, int]) -> dict[str, int]:
    """Numbers as they are kept, signed as the quantity is.

    Refused when the product is not tracked so, a serial is named twice, more units are named than are meant, or units
    of a tracked product come in without a number.
    """
    named = Counter[str]()
    for number, units in numbers.items():
        named[tidy(number)] += units
    if named and product.tracking == Tracking.NONE:
        raise Refused(N_("%(sku)s has no lots or serials."), field="identities", sku=product.sku)
    for number, units in named.items():
        if not 0 < len(number) <= LONGEST:
            raise Refused(
                N_("A lot or serial number has 1 to %(most)s characters."), field="identities", most=LONGEST
            )
        if units <= 0:
            raise Refused(N_("The quantity must be at least 1."), field="identities")
        if product.tracking == Tracking.SERIAL and units > 1:
            raise Refused(N_("%(number)s is given twice."), field="identities", number=number)
    total = sum(named.values())
    if total > abs(quantity):
        raise Refused(N_("More units are named than are meant."), field="identities")
    if quantity > 0 and product.tracking != Tracking.NONE and total < quantity:
        raise Refused(
            NN_(
                "Name the lot or serial of every unit: %(missing)s more is to be named.",
                "Name the lot or serial of every unit: %(missing)s more are to be named.",
                "missing",
            ),
            field="identities",
            missing=quantity - total,
        )
    sign = 1 if quantity > 0 else -1
    return {number: sign * units for number, units in named.items()}


def impossible(
    session: Session, product: Product, warehouse: Warehouse, on_hand: int, numbers: Mapping[str, int]
) -> Refused | None:
    """Why these units cannot come in or leave as the books are; None when they can. `on_hand` is what will be left."""
    if product.tracking == Tracking.NONE:
        return None
    known = identities_named(session, product.id, numbers)
    good, anywhere = _units(session, known, warehouse)
    for number, units in numbers.items():
        one = known.get(number)
        if one is None and (units < 0 or product.tracking == Tracking.LOT):
            return Refused(N_("%(number)s is not known for this product."), field="identities", number=number)
        if one is not None and good[one.id] + units < 0:
            return Refused(
                N_("Only %(there)s of %(number)s are fit for sale in %(warehouse)s."),
                field="identities",
                there=good[one.id],
                number=number,
                warehouse=warehouse.code,
            )
        if one is not None and units > 0 and product.tracking == Tracking.SERIAL and anywhere[one.id]:
            return Refused(
                N_("Serial %(number)s is already in our books and cannot come in twice."),
                field="identities",
                number=number,
            )
    named = _good_in_all(session, product, warehouse) + sum(numbers.values())
    if named > on_hand:
        return Refused(
            NN_(
                "Say which lots or serials of %(sku)s leave %(warehouse)s: %(missing)s more is to be named.",
                "Say which lots or serials of %(sku)s leave %(warehouse)s: %(missing)s more are to be named.",
                "missing",
            ),
            field="identities",
            sku=product.sku,
            warehouse=warehouse.code,
            missing=named - on_hand,
        )
    return None


def picked(session: Session, product: Product, warehouse: Warehouse, numbers: Mapping[str, int]) -> int:
    """How many of the units named that leave lie picked for a shipment."""
    if not numbers:
        return 0
    known = identities_named(session, product.id, numbers)
    leaving = {known[number].id: -units for number, units in numbers.items() if units < 0 and number in known}
    return sum(among_picked(session, warehouse.id, leaving).values())


def move(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    numbers: Mapping[str, int],
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Take the units named out of the books or put them in; a serial seen for the first time becomes known.

    What is found of a lot that is stopped or past its last day of use goes into quarantine.
    """
    if not numbers:
        return
    here = Spot(Keeping.GOOD, warehouse_id=warehouse.id)
    known = identities_named(session, product.id, numbers)
    shifts = [
        Shift(known[number].id, abs(units), here if units < 0 else None, None if units < 0 else here)
        for number, units in numbers.items()
        if number in known
    ]
    new = [number for number in numbers if number not in known]
    if new:
        incoming = Incoming(product, warehouse.id, len(new), cause_no, serials=new)
        take_in(session, [incoming], Step.ADJUSTED, by=by, now=now)
    if shifts:
        shift(session, shifts, Step.ADJUSTED, cause_no, by=by, now=now)
    if found := [one.identity_id for one in shifts if one.target]:
        places = [Place(product.id, warehouse.id)]
        hold_stopped(session, found, places, by=by, now=now)
        hold_expired(session, found, places, by=by, now=now)


def good_at(session: Session, product: Product, warehouse: Warehouse) -> dict[str, int]:
    """Units fit for sale of each lot or serial of a product in a warehouse, by number."""
    query = select(Identity.number, IdentityBalance.quantity).where(*_lying(product, warehouse))
    return {number: units for number, units in session.execute(query)}  # noqa: C416 - rows are no pairs


def _good_in_all(session: Session, product: Product, warehouse: Warehouse) -> int:
    query = select(func.sum(IdentityBalance.quantity)).where(*_lying(product, warehouse))
    return int(session.scalar(query) or 0)


def _lying(product: Product, warehouse: Warehouse) -> tuple[ColumnElement[bool], ...]:
    """That units of an identity of this product are fit for sale in this warehouse."""
    return (
        IdentityBalance.identity_id == Identity.id,
        Identity.product_id == product.id,
        IdentityBalance.warehouse_id == warehouse.id,
        IdentityBalance.keeping == Keeping.GOOD,
        IdentityBalance.quantity > 0,
    )


def _units(
    session: Session, known: Mapping[str, Identity], warehouse: Warehouse
) -> tuple[Counter[int], Counter[int]]:
    """Units of identities fit for sale in a warehouse, and anywhere at all, by id."""
    good, anywhere = Counter[int](), Counter[int]()
    query = select(IdentityBalance).where(
        IdentityBalance.identity_id.in_([one.id for one in known.values()]), IdentityBalance.quantity > 0
    )
    for balance in session.scalars(query.execution_options(populate_existing=True)) if known else ():
        anywhere[balance.identity_id] += balance.quantity
        if balance.warehouse_id == warehouse.id and balance.keeping == Keeping.GOOD:
            good[balance.identity_id] += balance.quantity
    return good, anywhere
