"""Which lots and serials go with what is picked.

Those meant for the line, then those that expire first, then the oldest; or those the clerk names.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from inventory.allotting import allotted_to
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.ledger import Place, stock_rows
from inventory.models import Product, Tracking
from orders.models import ScheduleLine
from orders.naming_picks import Take, named_by_hand, picked_for_open_shipments
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import NN_
from portal.refusal import Refused


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
        chosen[take.part_id] = named_by_hand(session, take, stock[take.place], taken, by=by, now=now)
        taken.update({(id_, take.warehouse_id): units for id_, units in chosen[take.part_id].items()})
    by_itself = [take for take in takes if not take.named]
    meant = _meant(session, by_itself)
    shelves = free_at(session, _wanted(by_itself, by_hand), business_day(now), meant.values())
    for place, shelf in shelves.items():
        for one in shelf:
            one.units -= taken[one.identity_id, place.warehouse_id]
    for take in by_itself:
        mine = _take_off(shelves.get(take.place, []), take.units, meant.get(take.reservation_id or 0, {}))
        _refuse_unknown(take, take.units - sum(units for _, units in mine))
        chosen[take.part_id] = {one.identity_id: units for one, units in mine}
    return chosen


@dataclass(frozen=True)
class Proposal:
    """The numbers to pick a part with: lot or serial number to units. Units not known by number yet are left out.

    `last_days` says until when those lots can be used that have such a day.
    """

    tracking: Tracking
    numbers: Mapping[str, int]
    last_days: Mapping[str, date]


def propose(
    session: Session, parts: Iterable[ScheduleLine], warehouse_id: int, *, now: datetime
) -> dict[int, Proposal]:
    """For each part of a tracked product (by id) that can be picked, what to pick it with. Three statements at most."""
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
    by_lot = [one for one in tracked if tracking[one.line.product_id] == Tracking.LOT]
    meant = allotted_to(session, (one.reservation_id for one in by_lot if one.reservation_id))
    shelves = free_at(session, wanted, business_day(now), meant.values())
    proposed: dict[int, Proposal] = {}
    for part in tracked:
        shelf = shelves.get(Place(part.line.product_id, warehouse_id), [])
        mine = _take_off(shelf, part.pickable, meant.get(part.reservation_id or 0, {}))
        proposed[part.id] = Proposal(
            tracking[part.line.product_id],
            {one.number: units for one, units in mine},
            {one.number: one.expires_on for one, _ in mine if one.expires_on},
        )
    return proposed


def free_at(
    session: Session,
    wanted: Mapping[Place, int],
    today: date,
    meant: Iterable[Mapping[int, int]] = (),
) -> dict[Place, list[Free]]:
    """The first units to go at each place, at least as many as wanted if there are: by expiry, then oldest first.

    The lots that are `meant` for somebody (by id) are among them. What has expired by `today` or is called back never
    goes.
    """
    if not wanted:
        return {}
    picked = picked_for_open_shipments()
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
            or_(Identity.expires_on.is_(None), Identity.expires_on >= today),
            Identity.stopped.is_(False),
            _at({(place.product_id, place.warehouse_id) for place in wanted}),
        )
        .subquery()
    )
    query = (
        select(lying)
        .where(
            or_(
                lying.c.before < max(wanted.values()), lying.c.id.in_({id_ for mine in meant for id_ in mine})
            )
        )
        .order_by(lying.c.expires_on.is_(None), lying.c.expires_on, lying.c.id)
    )
    found: dict[Place, list[Free]] = {}
    for row in session.execute(query):
        place = Place(row.product_id, row.warehouse_id)
        found.setdefault(place, []).append(Free(row.id, row.number, row.expires_on, int(row.units)))
    return found


def _at(pairs: set[tuple[int, int]]) -> ColumnElement[bool]:
    return tuple_(Identity.product_id, IdentityBalance.warehouse_id).in_(sorted(pairs))


def _wanted(by_itself: Sequence[Take], by_hand: Sequence[Take]) -> dict[Place, int]:
    """How far to look at each place: what is chosen by hand may be among the first."""
    wanted = Counter[Place]()
    for take in by_itself:
        wanted[take.place] += take.units
    for take in by_hand:
        if take.place in wanted:
            wanted[take.place] += take.units
    return dict(wanted)


def _meant(session: Session, takes: Iterable[Take]) -> dict[int, dict[int, int]]:
    """The lots that are meant for these parts, by reservation; there are none for products that are not kept by lot."""
    by_lot = (take for take in takes if take.product.tracking == Tracking.LOT)
    return allotted_to(session, (take.reservation_id for take in by_lot if take.reservation_id))


def _take_off(shelf: Sequence[Free], units: int, meant: Mapping[int, int]) -> list[tuple[Free, int]]:
    """Take so many units off a shelf, or what there is: of the lots meant for them first, then of the first out."""
    going = Counter[int]()
    for only_meant in (True, False):
        for n, one in enumerate(shelf):
            most = meant.get(one.identity_id, 0) if only_meant else units
            taken = max(0, min(units, one.units, most))
            going[n] += taken
            one.units -= taken
            units -= taken
    return [(one, going[n]) for n, one in enumerate(shelf) if going[n]]


def _refuse_unknown(take: Take, missing: int) -> None:
    if missing:
        raise Refused(
            NN_(
                "%(units)s unit of %(sku)s is not known by number yet. Give its lot or serial number.",
                "%(units)s units of %(sku)s are not known by number yet. Give their lot or serial numbers.",
                "units",
            ),
            field=take.field,
            units=missing,
            sku=take.product.sku,
        )
