"""The stock is told what of it lies picked, with every act on picks, so that nothing else takes it away."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.allotting import settle_at
from inventory.ledger import Place
from inventory.models import Tracking
from inventory.picks import lock_held, mark_held, name_picked, name_waiting
from inventory.stock import Reservation
from inventory.tracing import chunks
from orders.models import ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState


def lock_for(session: Session, parts: Iterable[ScheduleLine]) -> dict[int, Reservation]:
    """The reservations of parts whose orders are locked, read anew, locked after their stock rows."""
    return lock_held(session, {part.reservation_id for part in parts if part.reservation_id})


def mark_picks(
    session: Session,
    held: Mapping[int, Reservation],
    parts: Sequence[ScheduleLine],
    shipments: Sequence[Shipment],
    *,
    now: datetime,
) -> None:
    """What of these parts was picked for new shipments lies picked, with its lots and serials.

    A lot that was picked is meant for its line from now on, whichever was before.
    """
    _mark_held(held, parts)
    named: dict[int, Counter[int]] = {}
    for shipment in shipments:
        for line in shipment.lines:
            units = named.setdefault(shipment.warehouse_id, Counter())
            units.update({one.identity_id: one.quantity for one in line.identities})
    for warehouse_id, units in sorted(named.items()):
        name_picked(session, warehouse_id, units)
    allot_picked(session, parts, now=now)


def mark_back(
    session: Session,
    held: Mapping[int, Reservation],
    parts: Sequence[ScheduleLine],
    named: Mapping[int, Collection[int]],
    *,
    now: datetime,
) -> None:
    """Less of these parts and of lots and serials (ids by warehouse) lies picked: what their shipments say by now."""
    _mark_held(held, parts)
    mark_gone(session, named)
    allot_picked(session, parts, now=now)


def allot_picked(session: Session, parts: Iterable[ScheduleLine], *, now: datetime) -> None:
    """The lots that lie picked for these parts by now, and no others, are theirs for certain; the stock is locked."""
    by_lot = {
        part.reservation_id: Place(part.line.product_id, part.reservation.warehouse_id)
        for part in parts
        if part.reservation_id and part.reservation and part.line.product.tracking == Tracking.LOT
    }
    if not by_lot:
        return
    session.flush()  # the shipments are read as they stand
    picked: dict[int, dict[int, int]] = {id_: {} for id_ in by_lot}
    for some in chunks(sorted(by_lot)):
        query = (
            select(
                ScheduleLine.reservation_id,
                ShipmentIdentity.identity_id,
                func.sum(ShipmentIdentity.quantity),
            )
            .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
            .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
            .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
            .where(ScheduleLine.reservation_id.in_(some), Shipment.state == ShipmentState.PICKED)
            .group_by(ScheduleLine.reservation_id, ShipmentIdentity.identity_id)
        )
        for reservation_id, identity_id, units in session.execute(query):
            picked[reservation_id or 0][identity_id] = int(units)
    settle_at(session, set(by_lot.values()), picked=picked, now=now)


def mark_gone(session: Session, named: Mapping[int, Collection[int]]) -> None:
    """Lots and serials (ids by warehouse) have left or were put back: the rest of them in shipments lies picked."""
    session.flush()  # the shipments are read as they stand
    for warehouse_id, ids in sorted(named.items()):
        units = dict.fromkeys(ids, 0)
        for some in chunks(sorted(units)):
            query = (
                select(ShipmentIdentity.identity_id, func.sum(ShipmentIdentity.quantity))
                .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
                .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
                .where(
                    ShipmentIdentity.identity_id.in_(some),
                    Shipment.warehouse_id == warehouse_id,
                    Shipment.state == ShipmentState.PICKED,
                )
                .group_by(ShipmentIdentity.identity_id)
            )
            units |= {id_: int(count) for id_, count in session.execute(query)}
        name_waiting(session, warehouse_id, units)


def _mark_held(held: Mapping[int, Reservation], parts: Iterable[ScheduleLine]) -> None:
    mark_held(
        held, {part.reservation_id: part.picked - part.shipped for part in parts if part.reservation_id}
    )
