"""Staff pick goods and ship them; each step moves the units of its lines on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from inventory.allotting import settling
from inventory.models import Tracking
from inventory.reserving import consume_all
from orders import noticing, shipping_legs
from orders.handing_over import hand_over
from orders.leaving_despite import check_stopped
from orders.leaving_otherwise import check_agreed
from orders.marking_picks import allot_picked, lock_for, mark_back, mark_gone, mark_picks
from orders.models import Order, OrderLine, ScheduleLine
from orders.naming_picks import Take
from orders.picking import choose
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from orders.shipping_legs import Leg
from orders.unpicking import refuse_held
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_numbers
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of fulfilment, for the audit trail."""

    PICKED = "shipment.picked"
    PUT_BACK = "shipment.put_back"
    SHIPPED = "shipment.shipped"
    DELIVERED = "shipment.delivered"


def pick(
    session: Session,
    order: Order,
    units: Mapping[int, int],
    *,
    identities: Mapping[int, Mapping[str, int]] | None = None,
    by: User,
    now: datetime,
) -> Shipment:
    """Take units (schedule line id: units) off the shelf for a new shipment of the order.

    Tracked products go with the lots or serials named (schedule line id: number: units); where none are named the first
    to expire go, then the oldest. Refused when nothing is picked, more than lies in stock for a part, or with numbers
    that cannot go; then nothing is picked.
    """
    (shipment,) = pick_all(session, {order: units}, identities=identities, by=by, now=now)
    return shipment


def pick_all(
    session: Session,
    wanted: Mapping[Order, Mapping[int, int]],
    *,
    identities: Mapping[int, Mapping[str, int]] | None = None,
    by: User,
    now: datetime,
) -> list[Shipment]:
    """Pick for several orders at once, each as `pick` does. Refused as a whole when one of them is."""
    named = identities or {}
    asked = {
        order.id: {id_: count for id_, count in units.items() if count} for order, units in wanted.items()
    }
    if any(not units or min(units.values()) < 0 for units in asked.values()):
        raise Refused(N_("Pick at least one unit."))
    orders = {order.id: order for order in lock(session, Order, asked)}
    parts = {part.id: part for part in session.scalars(_PARTS, {"order_ids": list(asked)})}
    held = lock_for(session, (parts[id_] for units in asked.values() for id_ in units if id_ in parts))
    shipments = []
    lines: dict[int, ShipmentLine] = {}
    tracked: list[Take] = []
    numbers = next_numbers(session, "SH", business_day(now), len(asked))
    for (order_id, units), number in zip(asked.items(), numbers, strict=True):
        order = orders[order_id]
        shipment = Shipment(
            number=number,
            order_id=order_id,
            warehouse_id=order.warehouse_id,
            state=ShipmentState.PICKED,
            picked_at=now,
        )
        for part_id, count in units.items():
            part = parts.get(part_id)
            if part is None or part.line.order_id != order_id:
                raise Refused(N_("A line picked for is not part of this order."))
            if count > part.pickable:
                raise Refused(
                    N_("Only %(there)s of %(sku)s can be picked for this order."),
                    there=part.pickable,
                    sku=part.line.sku,
                )
            part.picked += count
            lines[part_id] = ShipmentLine(schedule_line_id=part_id, quantity=count)
            shipment.lines.append(lines[part_id])
            product = part.line.product
            if product.tracking != Tracking.NONE:
                facts = (order.warehouse_id, count, number, named.get(part_id), part.reservation_id)
                tracked.append(Take(part_id, product, *facts))
        shipments.append(shipment)
        record_step(session, Verb.PICKED, shipment, order, by=by, now=now, units=sum(units.values()))
    for part_id, chosen in choose(session, tracked, by=by, now=now).items():
        lines[part_id].identities = [
            ShipmentIdentity(identity_id=id_, quantity=units) for id_, units in chosen.items()
        ]
    session.add_all(shipments)
    mark_picks(session, held, [parts[id_] for id_ in lines], shipments, now=now)
    return shipments


def put_back(session: Session, shipment: Shipment, *, by: User, now: datetime) -> None:
    """Undo a pick before it ships: the units go back on the shelf, still held for the order."""
    (shipment,) = in_state(session, [shipment], ShipmentState.PICKED)
    named = select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id)
    session.scalars(named.options(selectinload(ShipmentLine.identities))).all()
    parts = [line.part for line in shipment.lines]
    held = lock_for(session, parts)
    gone = {one.identity_id for line in shipment.lines for one in line.identities}
    for line in shipment.lines:
        line.part.picked -= line.quantity
        session.delete(line)
    record_step(session, Verb.PUT_BACK, shipment, shipment.order, by=by, now=now)
    session.delete(shipment)
    mark_back(session, held, parts, {shipment.warehouse_id: gone}, now=now)


@dataclass(frozen=True)
class Departure:
    """A shipment that leaves with a carrier, under a tracking number; `legs` where it changes carriers on its way.

    `despite` says that it leaves although a disruption is in force at its warehouse, `otherwise` that expedited goods
    go another way than was agreed.
    """

    shipment: Shipment
    carrier: str
    tracking_no: str
    legs: tuple[Leg, ...] = ()
    despite: bool = False
    otherwise: bool = False


def ship(
    session: Session,
    shipment: Shipment,
    carrier: str,
    tracking_no: str,
    *,
    legs: Sequence[Leg] = (),
    despite: bool = False,
    otherwise: bool = False,
    by: User,
    now: datetime,
) -> None:
    """The goods leave with a carrier: stock goes down, the buyer is told. Refused unless picked and not yet shipped.

    During a disruption of the warehouse also refused unless they leave `despite` it, and expedited goods that go
    with another carrier than agreed or too late unless they go `otherwise`; either goes on record.
    """
    departure = Departure(shipment, carrier, tracking_no, tuple(legs), despite, otherwise)
    ship_all(session, [departure], by=by, now=now)


def ship_all(session: Session, departures: Sequence[Departure], *, by: User, now: datetime) -> None:
    """Several shipments leave at once, each as with `ship`. Refused as a whole when one of them is."""
    if not all(one.carrier.strip() for one in departures):
        raise Refused(N_("Name the carrier."), field="carrier")
    if not all(one.tracking_no.strip() for one in departures):
        raise Refused(N_("Give the tracking number."), field="tracking_no")
    for one in departures:
        shipping_legs.check(one.legs, business_day(now))
    shipments = in_state(session, [one.shipment for one in departures], ShipmentState.PICKED)
    if any(line.part.line.product.tracking != Tracking.NONE for one in shipments for line in one.lines):
        refuse_held(session, shipments)
    pairs = list(zip(departures, shipments, strict=True))
    stopped = check_stopped(session, [(shipment, one.despite) for one, shipment in pairs], now=now)
    leaving = [(shipment, one.carrier, one.legs, one.otherwise) for one, shipment in pairs]
    departing = check_agreed(session, leaving)
    taken = {
        shipment.number: {
            line.part.reservation_id: line.quantity for line in shipment.lines if line.part.reservation_id
        }
        for shipment in shipments
    }
    with settling(session, now=now):  # what is held goes, and then its lots: the rest is allotted after both
        consume_all(session, taken, by=by, now=now)
        named = hand_over(session, shipments, by=by, now=now)
        for one, shipment in pairs:
            shipment.state, shipment.shipped_at = ShipmentState.SHIPPED, now
            shipment.carrier, shipment.tracking_no = one.carrier.strip(), one.tracking_no.strip()
        if named:
            mark_gone(session, named)
            allot_picked(session, (line.part for one in shipments for line in one.lines), now=now)
    for one, shipment in pairs:
        _move_on(shipment, now)
        shipping_legs.start(session, shipment, one.legs, now=now)
        said = stopped.get(shipment.number, {}) | departing.get(shipment.number, {})
        facts = {"carrier": one.carrier, "tracking_no": one.tracking_no, **said}
        record_step(session, Verb.SHIPPED, shipment, shipment.order, by=by, now=now, **facts)
    noticing.tell_shipped(session, shipments, now=now)


def _move_on(shipment: Shipment, now: datetime) -> None:
    """The units of a shipment have left; a line's first shipment is put on record for its fill rate."""
    today = business_day(now)
    first: dict[int, int] = {}
    for line in shipment.lines:
        part = line.part
        part.shipped += line.quantity
        part.shipped_late = part.shipped_late or (part.ship_by is not None and today > part.ship_by)
        if part.line.first_shipped is None:
            first[part.line_id] = first.get(part.line_id, 0) + line.quantity
    for line in shipment.lines:
        if line.part.line_id in first:
            line.part.line.first_shipped, line.part.line.first_shipped_at = first[line.part.line_id], now


def close_if_done(session: Session, order: Order, *, now: datetime) -> None:
    """Mark an order closed once nothing of it is owed any more."""
    if order.closed_at is None and session.scalar(_OWED, {"order_id": order.id}) is None:
        order.closed_at = now


_OWED = (
    select(ScheduleLine.id)
    .join(ScheduleLine.line)
    .where(
        OrderLine.order_id == bindparam("order_id"),
        ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.delivered,
    )
    .limit(1)
)


_PARTS = (
    select(ScheduleLine)
    .join(ScheduleLine.line)
    .where(OrderLine.order_id.in_(bindparam("order_ids", expanding=True)))
    .options(
        contains_eager(ScheduleLine.line).joinedload(OrderLine.product), joinedload(ScheduleLine.reservation)
    )
    .execution_options(populate_existing=True)
)


def in_state(session: Session, shipments: Sequence[Shipment], state: ShipmentState) -> list[Shipment]:
    """The shipments, locked with their orders, if all are where the act needs them; two clerks at once take turns."""
    session.flush()
    # A row itself may be gone, put back by somebody else.
    ids: list[int] = [(inspect(shipment).identity or (0,))[0] for shipment in shipments]
    lock(session, Order, session.scalars(select(Shipment.order_id).where(Shipment.id.in_(ids))))
    fresh = {shipment.id: shipment for shipment in session.scalars(_SHIPMENTS, {"ids": ids})}
    if any(id_ not in fresh or fresh[id_].state != state for id_ in ids):
        raise Refused(N_("Somebody else has already done this step."))
    return [fresh[id_] for id_ in ids]


_SHIPMENTS = (
    select(Shipment)
    .where(Shipment.id.in_(bindparam("ids", expanding=True)))
    .order_by(Shipment.id)
    .options(
        joinedload(Shipment.order).joinedload(Order.buyer),
        selectinload(Shipment.lines)
        .joinedload(ShipmentLine.part)
        .options(
            joinedload(ScheduleLine.line).joinedload(OrderLine.product),
            joinedload(ScheduleLine.promise),
            joinedload(ScheduleLine.reservation),
        ),
    )
    .with_for_update(of=Shipment)
    .execution_options(populate_existing=True)
)


def record_step(
    session: Session,
    verb: Verb,
    shipment: Shipment,
    order: Order,
    *,
    by: User,
    now: datetime,
    **facts: object,
) -> None:
    """Put a step of a shipment on record with its order."""
    audit.record(
        session, verb, "order", order.number, by=by, now=now, after={"shipment": shipment.number, **facts}
    )
