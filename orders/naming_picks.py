"""The clerk names the lots and serials that go with what is picked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, and_, func, select
from sqlalchemy.orm import Session

from inventory.identifying import Incoming, LotFacts, identified, take_in
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.ledger import Place
from inventory.models import Product, Tracking
from inventory.stock import Stock
from inventory.tracing import balances_of, tidy
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_, NN_
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
    reservation_id: int | None = None

    @property
    def place(self) -> Place:
        """Where the units lie."""
        return Place(self.product.id, self.warehouse_id)

    @property
    def field(self) -> str:
        """The form field that names this part's numbers."""
        return f"identities_{self.part_id}"


def named_by_hand(
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
            NN_(
                "%(units)s unit of %(sku)s is picked, but %(given)s are named.",
                "%(units)s units of %(sku)s are picked, but %(given)s are named.",
                "units",
            ),
            field=take.field,
            units=take.units,
            sku=take.product.sku,
            given=sum(named.values()),
        )
    query = select(Identity).where(Identity.product_id == take.product.id, Identity.number.in_(named))
    query = query.execution_options(populate_existing=True)
    known = {one.number: one for one in session.scalars(query)}
    free = _free_of(session, [one.id for one in known.values()], take.warehouse_id)
    today = business_day(now)
    for number, one in known.items():
        if one.expires_on is not None and one.expires_on < today:
            raise Refused(N_("Lot %(number)s has expired."), field=take.field, number=number)
        if one.stopped:
            message = N_("%(number)s is called back and cannot be picked.")
            raise Refused(message, field=take.field, number=number)
        left = free.get(one.id, 0) - taken[one.id, take.warehouse_id]
        if left < named[number]:
            _refuse_taken(session, take, one, left)
    if new := {number: units for number, units in named.items() if number not in known}:
        known |= _identify(session, take, row, new, by=by, now=now)
    return {known[number].id: units for number, units in named.items()}


def _free_of(session: Session, ids: Sequence[int], warehouse_id: int) -> dict[int, int]:
    picked = picked_for_open_shipments()
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
            NN_(
                "Only %(left)s unit of lot %(number)s can be picked.",
                "Only %(left)s units of lot %(number)s can be picked.",
                "left",
            ),
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


def picked_for_open_shipments() -> Subquery:
    """Units by identity and warehouse that lie in shipments not handed over yet."""
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
