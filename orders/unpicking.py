"""Picked units that may not leave any more are put back; the rest of their shipments goes on as it was picked."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.tracing import chunks
from orders.marking_picks import lock_for, mark_back
from orders.models import Order, OrderLine, ScheduleLine
from orders.naming_picks import picked_for_open_shipments
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal import audit, outbox
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

DESK = frozenset({Role.STAFF, Role.MANAGER})
"""Who is told that picked units were put back."""
NAMED = 8
"""So many numbers are named in a notice."""


class Verb(StrEnum):
    """Acts on picks, for the audit trail."""

    HELD_BACK = "shipment.held_back"


def unpick(
    session: Session, identity_ids: Collection[int], cause_no: str, *, by: User | None, now: datetime
) -> int:
    """Take units of these lots and serials out of every shipment that has not left; says how many units.

    They stay owed to their lines, and are on the shelf for whoever holds them next. The distributor's people are told
    once for each shipment and cause. The caller holds no locks on stock yet.
    """
    order_ids = {id_ for some in chunks(sorted(identity_ids)) for id_ in session.scalars(_orders_of(some))}
    if not order_ids:
        return 0
    orders = {order.id: order for order in lock(session, Order, order_ids)}
    query = (
        select(Shipment)
        .where(Shipment.order_id.in_(orders), Shipment.state == ShipmentState.PICKED)
        .options(*_WITH_LINES)
        .order_by(Shipment.id)
        .with_for_update(of=Shipment)
        .execution_options(populate_existing=True)
    )
    wanted, shipments = set(identity_ids), session.scalars(query).all()
    lock_for(session, (line.part for shipment in shipments for line in shipment.lines))  # all at once
    return sum(
        _take_out(session, shipment, orders[shipment.order_id], wanted, cause_no, by=by, now=now)
        for shipment in shipments
    )


def put_back_held(session: Session, shipment: Shipment, *, by: User, now: datetime) -> int:
    """Take out of a picked shipment what lies in quarantine by now, so that the rest can leave; says how many units.

    Refused when nothing of it is held, or it has left or was put back meanwhile.
    """
    (order,) = lock(session, Order, [shipment.order_id])
    query = (
        select(Shipment)
        .where(Shipment.id == shipment.id, Shipment.state == ShipmentState.PICKED)
        .options(*_WITH_LINES)
        .with_for_update(of=Shipment)
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one_or_none()
    if fresh is None:
        raise Refused(N_("Somebody else has already done this step."))
    held = {one.id for one in held_in(session, [fresh]).get(fresh.id, [])}
    if not held:
        raise Refused(N_("Nothing of this shipment is held."))
    return _take_out(session, fresh, order, held, "", by=by, now=now)


def held_in(session: Session, shipments: Iterable[Shipment]) -> dict[int, list[Identity]]:
    """The lots and serials of picked shipments (by id) that are called back or not all fit for sale. One query."""
    ids = [one.id for one in shipments if one.state == ShipmentState.PICKED]
    if not ids:
        return {}
    picked = picked_for_open_shipments()
    query = (
        select(ShipmentLine.shipment_id, Identity)
        .join(ShipmentIdentity, ShipmentIdentity.shipment_line_id == ShipmentLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(Identity, Identity.id == ShipmentIdentity.identity_id)
        .join(
            picked,
            (picked.c.identity_id == Identity.id) & (picked.c.warehouse_id == Shipment.warehouse_id),
        )
        .outerjoin(
            IdentityBalance,
            (IdentityBalance.identity_id == Identity.id)
            & (IdentityBalance.warehouse_id == Shipment.warehouse_id)
            & (IdentityBalance.keeping == Keeping.GOOD),
        )
        .where(
            ShipmentLine.shipment_id.in_(ids),
            (func.coalesce(IdentityBalance.quantity, 0) < picked.c.units) | Identity.stopped,
        )
        .distinct()
        .order_by(ShipmentLine.shipment_id, Identity.number)
    )
    found: dict[int, list[Identity]] = {}
    for shipment_id, identity in session.execute(query):
        found.setdefault(shipment_id, []).append(identity)
    return found


def refuse_held(session: Session, shipments: Sequence[Shipment]) -> None:
    """Refuse to let shipments leave of which units were called back or put into quarantine after they were picked."""
    for shipment_id, held in held_in(session, shipments).items():
        shipment = next(one for one in shipments if one.id == shipment_id)
        raise Refused(
            N_(
                "%(number)s is held in quarantine and may not leave. Put what is held of shipment %(shipment)s back; "
                "the rest of it can go."
            ),
            number=", ".join(one.number for one in held[:NAMED]),
            shipment=shipment.number,
        )


def _take_out(
    session: Session,
    shipment: Shipment,
    order: Order,
    identity_ids: Collection[int],
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> int:
    taken, left = Counter[str](), 0
    sku = ""
    parts, ids = [line.part for line in shipment.lines], set[int]()
    held = lock_for(session, parts)
    for line in list(shipment.lines):
        gone = [one for one in line.identities if one.identity_id in identity_ids]
        units = sum(one.quantity for one in gone)
        left += line.quantity - units
        if not units:
            continue
        sku = line.part.line.sku
        taken.update({one.identity.number: one.quantity for one in gone})
        ids |= {one.identity_id for one in gone}
        line.part.picked -= units
        if units == line.quantity:
            session.delete(line)
            continue
        line.quantity -= units
        for one in gone:
            line.identities.remove(one)
    if not taken:
        return 0
    if not left:
        session.delete(shipment)
    total = sum(taken.values())
    facts = {
        "shipment": shipment.number,
        "numbers": sorted(taken),
        "units": total,
        "units_left": left,
        "cause": cause_no,
    }
    audit.record(session, Verb.HELD_BACK, "order", order.number, by=by, now=now, after=facts)
    mark_back(session, held, parts, {shipment.warehouse_id: ids}, now=now)
    if cause_no:
        _tell_desk(session, order, shipment.number, sku, sorted(taken), total, cause_no, now=now)
    return total


def _tell_desk(
    session: Session,
    order: Order,
    shipment_no: str,
    sku: str,
    numbers: Sequence[str],
    units: int,
    cause_no: str,
    *,
    now: datetime,
) -> None:
    facts = {
        "order": order.number,
        "shipment": shipment_no,
        "sku": sku,
        "units": units,
        "numbers": ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else ""),
        "cause": cause_no,
    }
    readers = select(User.id).where(User.role.in_(DESK), User.active).order_by(User.id)
    notices = [
        (id_, facts, f"held-back:{shipment_no}:{cause_no}:{id_}", f"/desk/orders/{order.number}")
        for id_ in session.scalars(readers)
    ]
    outbox.post_all(session, notices, "orders/notices/held_back.txt", now=now)


def _orders_of(identity_ids: Sequence[int]) -> Select[int]:
    return (
        select(Shipment.order_id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(ShipmentIdentity, ShipmentIdentity.shipment_line_id == ShipmentLine.id)
        .where(ShipmentIdentity.identity_id.in_(identity_ids), Shipment.state == ShipmentState.PICKED)
        .distinct()
    )


_WITH_LINES = (
    selectinload(Shipment.lines).options(
        joinedload(ShipmentLine.part).options(
            joinedload(ScheduleLine.line).joinedload(OrderLine.product), joinedload(ScheduleLine.reservation)
        ),
        selectinload(ShipmentLine.identities).joinedload(ShipmentIdentity.identity),
    ),
)
