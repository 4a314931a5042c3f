"""Which lots and serials go with what is picked: those that expire first, then the oldest, or those the clerk names."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Subquery, and_, func, select, tuple_
from sqlalchemy.orm import Session

from inventory.identifying import Incoming, LotFacts, identified, take_in
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.ledger import Place, stock_rows
from inventory.models import Product, Tracking
from inventory.stock import Stock
from inventory.tracing import balances_of, tidy
from orders.models import ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused

FOUND = "identified"
"""What brings a unit into the books that was picked before it was known by its number."""


@dataclass(frozen=True)
class Take:
    """Units of a tracked product to be picked for one part of an order, and the numbers the clerk gave, with units."""

    part_id: int
    product: Product
    warehouse_id: int
    units: int
    shipment_no: str
    named: Mapping[str, int] | None = None

    @property
    def place(self) -> Place:
        """Where the units lie."""
        return Place(self.product.id, self.warehouse_id)

    @property
    def field(self) -> str:
        """The form field that names this part's numbers."""
        return f"identities_{self.part_id}"


@dataclass
class Free:
    """Units of an identity that lie on the shelf and are in no open shipment."""

    identity_id: int
    number: str
    expires_on: date | None
    units: int


def choose(
    session: Session, takes: Sequence[Take], *, by: User | None, now: datetime
) -> dict[int, dict[int, int]]:
    """For each part (by id) the identities to go with it and their units; the stock rows of their places are locked.

    Refused at the field of the part whose numbers are wrong, or that needs numbers nobody has given.
    """
    if not takes:
        return {}
    stock = stock_rows(session, [take.place for take in takes])
    chosen: dict[int, dict[int, int]] = {}
    taken = Counter[tuple[int, int]]()
    by_hand = [take for take in takes if take.named]
    for take in by_hand:
        chosen[take.part_id] = _named(session, take, stock[take.place], taken, by=by, now=now)
        taken.update({(id_, take.warehouse_id): units for id_, units in chosen[take.part_id].items()})
    by_itself = [take for take in takes if not take.named]
    shelves = free_at(session, _wanted(by_itself, by_hand))
    for take in by_itself:
        chosen[take.part_id] = mine = _first_out(take, shelves.get(take.place, []), taken)
        taken.update({(id_, take.warehouse_id): units for id_, units in mine.items()})
    return chosen


@dataclass(frozen=True)
class Proposal:
    """The numbers to pick a part with: lot or serial number to units. Units not known by number yet are left out."""

    tracking: Tracking
    numbers: Mapping[str, int]


def propose(session: Session, parts: Iterable[ScheduleLine], warehouse_id: int) -> dict[int, Proposal]:
    """For each part of a tracked product (by id) that can be picked, what to pick it with. Two statements at most."""
    pickable = [part for part in parts if part.pickable]
    products = {part.line.product_id for part in pickable}
    query = select(Product.id, Product.tracking).where(
        Product.id.in_(products), Product.tracking != Tracking.NONE
    )
    tracking = {id_: Tracking(kind) for id_, kind in session.execute(query)} if products else {}
    tracked = [part for part in pickable if part.line.product_id in tracking]
    wanted = Counter[Place]()
    for part in tracked:
        wanted[Place(part.line.product_id, warehouse_id)] += part.pickable
    shelves = free_at(session, wanted)
    proposed: dict[int, Proposal] = {}
    for part in tracked:
        left, mine = part.pickable, {}
        for one in shelves.get(Place(part.line.product_id, warehouse_id), []):
            if units := min(left, one.units):
                mine[one.number] = units
                one.units -= units
                left -= units
        proposed[part.id] = Proposal(tracking[part.line.product_id], mine)
    return proposed


def free_at(session: Session, wanted: Mapping[Place, int]) -> dict[Place, list[Free]]:
    """The first units to go at each place, at least as many as wanted if there are: by expiry, then oldest first."""
    if not wanted:
        return {}
    picked = _picked_for_open_shipments()
    units = IdentityBalance.quantity - func.coalesce(picked.c.units, 0)
    before = func.sum(units).over(
        partition_by=(Identity.product_id, IdentityBalance.warehouse_id),
        order_by=(Identity.expires_on.is_(None), Identity.expires_on, Identity.id),
        rows=(None, -1),
    )
    lying = (
        select(
            Identity.product_id,
            IdentityBalance.warehouse_id,
            Identity.id,
            Identity.number,
            Identity.expires_on,
            units.label("units"),
            func.coalesce(before, 0).label("before"),
        )
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .outerjoin(
            picked,
            and_(picked.c.identity_id == Identity.id, picked.c.warehouse_id == IdentityBalance.warehouse_id),
        )
        .where(
            IdentityBalance.keeping == Keeping.GOOD,
            units > 0,
            _at({(place.product_id, place.warehouse_id) for place in wanted}),
        )
        .subquery()
    )
    query = (
        select(lying)
        .where(lying.c.before < max(wanted.values()))
        .order_by(lying.c.expires_on.is_(None), lying.c.expires_on, lying.c.id)
    )
    found: dict[Place, list[Free]] = {}
    for row in session.execute(query):
        place = Place(row.product_id, row.warehouse_id)
        found.setdefault(place, []).append(Free(row.id, row.number, row.expires_on, int(row.units)))
    return found


def _at(pairs: set[tuple[int, int]]) -> ColumnElement[bool]:
    return tuple_(Identity.product_id, IdentityBalance.warehouse_id).in_(sorted(pairs))


def _picked_for_open_shipments() -> Subquery:
    return (
        select(
            ShipmentIdentity.identity_id,
            Shipment.warehouse_id,
            func.sum(ShipmentIdentity.quantity).label("units"),
        )
        .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.state == ShipmentState.PICKED)
        .group_by(ShipmentIdentity.identity_id, Shipment.warehouse_id)
        .subquery()
    )


def _wanted(by_itself: Sequence[Take], by_hand: Sequence[Take]) -> dict[Place, int]:
    """How far to look at each place: what is chosen by hand may be among the first."""
    wanted = Counter[Place]()
    for take in by_itself:
        wanted[take.place] += take.units
    for take in by_hand:
        if take.place in wanted:
            wanted[take.place] += take.units
    return dict(wanted)


def _first_out(take: Take, shelf: Sequence[Free], taken: Counter[tuple[int, int]]) -> dict[int, int]:
    left, mine = take.units, {}
    for one in shelf:
        units = min(left, one.units - taken[one.identity_id, take.warehouse_id])
        if units > 0:
            mine[one.identity_id] = units
            left -= units
    if left:
        raise Refused(
            N_("%(units)s units of %(sku)s are not known by number yet. Give their lot or serial numbers."),
            field=take.field,
            units=left,
            sku=take.product.sku,
        )
    return mine


def _named(
    session: Session,
    take: Take,
    row: Stock,
    taken: Counter[tuple[int, int]],
    *,
    by: User | None,
    now: datetime,
) -> dict[int, int]:
    """The identities that the clerk named, if they lie on this shelf; new numbers name units not yet identified."""
    named = Counter[str]()
    for number, units in (take.named or {}).items():
        named[tidy(number)] += units
    serial = take.product.tracking == Tracking.SERIAL
    twice = next((number for number, units in named.items() if serial and units != 1), None)
    if twice is not None:
        raise Refused(N_("%(number)s is given twice."), field=take.field, number=twice)
    if sum(named.values()) != take.units or min(named.values()) < 1:
        raise Refused(
            N_("%(units)s units of %(sku)s are picked, but %(given)s are named."),
            field=take.field,
            units=take.units,
            sku=take.product.sku,
            given=sum(named.values()),
        )
    query = select(Identity).where(Identity.product_id == take.product.id, Identity.number.in_(named))
    known = {one.number: one for one in session.scalars(query)}
    free = _free_of(session, [one.id for one in known.values()], take.warehouse_id)
    for number, one in known.items():
        left = free.get(one.id, 0) - taken[one.id, take.warehouse_id]
        if left < named[number]:
            _refuse_taken(session, take, one, left)
    if new := {number: units for number, units in named.items() if number not in known}:
        known |= _identify(session, take, row, new, by=by, now=now)
    return {known[number].id: units for number, units in named.items()}


def _free_of(session: Session, ids: Sequence[int], warehouse_id: int) -> dict[int, int]:
    picked = _picked_for_open_shipments()
    query = (
        select(IdentityBalance.identity_id, IdentityBalance.quantity - func.coalesce(picked.c.units, 0))
        .outerjoin(
            picked,
            and_(
                picked.c.identity_id == IdentityBalance.identity_id,
                picked.c.warehouse_id == IdentityBalance.warehouse_id,
            ),
        )
        .where(
            IdentityBalance.identity_id.in_(ids),
            IdentityBalance.warehouse_id == warehouse_id,
            IdentityBalance.keeping == Keeping.GOOD,
        )
    )
    return {id_: int(units) for id_, units in session.execute(query)}


def _identify(
    session: Session, take: Take, row: Stock, new: Mapping[str, int], *, by: User | None, now: datetime
) -> dict[str, Identity]:
    """Units that lay here before their numbers were kept become known by them, as far as there are such units."""
    known = identified(session, [take.place]).get(take.place, 0)
    if sum(new.values()) > row.on_hand - known:
        raise Refused(N_("%(number)s is not in this warehouse."), field=take.field, number=next(iter(new)))
    facts = (take.product, take.warehouse_id)
    if take.product.tracking == Tracking.SERIAL:
        incoming = [Incoming(*facts, len(new), take.shipment_no, serials=list(new))]
    else:
        incoming = [
            Incoming(*facts, units, take.shipment_no, lot=LotFacts(number)) for number, units in new.items()
        ]
    take_in(session, incoming, FOUND, by=by, now=now)
    query = select(Identity).where(Identity.product_id == take.product.id, Identity.number.in_(new))
    return {one.number: one for one in session.scalars(query)}


def _refuse_taken(session: Session, take: Take, one: Identity, left: int) -> None:
    """Say why an identity cannot be picked here."""
    if left > 0:
        raise Refused(
            N_("Only %(left)s units of lot %(number)s can be picked."),
            field=take.field,
            left=left,
            number=one.number,
        )
    where = balances_of(session, [one.id])
    here = {row.keeping for row in where if row.warehouse_id == take.warehouse_id}
    message = N_("%(number)s is not in this warehouse.")
    if Keeping.GOOD in here:
        message = N_("%(number)s is already picked for another shipment.")
    elif Keeping.QUARANTINE in here:
        message = N_("%(number)s is in quarantine and cannot be picked.")
    elif one.kind == IdentityKind.SERIAL and any(row.customer_id for row in where):
        message = N_("%(number)s is with a customer already.")
    raise Refused(message, field=take.field, number=one.number)
