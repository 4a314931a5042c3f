"""Staff record a delivery: promises are kept or missed by when the customer had the goods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import noticing
from orders.fulfilling import Verb, close_if_done, in_state, record_step
from orders.shipments import Shipment, ShipmentLeg, ShipmentLine, ShipmentState
from policies.promising import fulfil_all
from portal.accounts.models import User
from portal.clock import CLOCK_SKEW
from portal.i18n import N_
from portal.refusal import Refused


@dataclass(frozen=True)
class Handover:
    """A shipment that the customer has had since an instant, and who took it."""

    shipment: Shipment
    delivered_at: datetime
    received_by: str


def deliver(
    session: Session,
    shipment: Shipment,
    delivered_at: datetime,
    received_by: str,
    *,
    by: User,
    now: datetime,
) -> None:
    """The customer has the goods since `delivered_at`: promises are kept or missed by it, not by its recording.

    Refused when it lies before the goods left, with the last carrier where there are several, or in the future, and
    when it was recorded already.
    """
    deliver_all(session, [Handover(shipment, delivered_at, received_by)], by=by, now=now)


def deliver_all(session: Session, handovers: Sequence[Handover], *, by: User, now: datetime) -> None:
    """Record several deliveries at once, each as `deliver` does. Refused as a whole when one of them is."""
    shipments = in_state(session, [one.shipment for one in handovers], ShipmentState.SHIPPED)
    onward = _onward(session, shipments)
    for one, shipment in zip(handovers, shipments, strict=True):
        if shipment.shipped_at is None or one.delivered_at < shipment.shipped_at:
            raise Refused(N_("The delivery cannot be earlier than the shipping."), field="delivered_at")
        if one.delivered_at > now + CLOCK_SKEW:
            raise Refused(N_("The delivery cannot lie in the future."), field="delivered_at")
        left_at = onward.get(shipment.id, shipment.shipped_at)
        if left_at is None:
            raise Refused(N_("Record first that the goods left their transfer point."))
        if one.delivered_at < left_at:
            raise Refused(
                N_("The delivery cannot be earlier than the goods left their transfer point."),
                field="delivered_at",
            )
    done = []
    for one, shipment in zip(handovers, shipments, strict=True):
        shipment.state, shipment.delivered_at = ShipmentState.DELIVERED, one.delivered_at
        shipment.received_by = one.received_by.strip() or None
        for line in shipment.lines:
            line.part.delivered += line.quantity
            if line.part.open == 0 and line.part.promise is not None:
                done.append((line.part.promise, _complete_at(session, line, one.delivered_at)))
        when = one.delivered_at.isoformat()
        record_step(session, Verb.DELIVERED, shipment, shipment.order, by=by, now=now, delivered_at=when)
    fulfil_all(session, done, by=by, now=now)
    for order in {shipment.order for shipment in shipments}:
        close_if_done(session, order, now=now)
    noticing.tell_delivered(session, shipments, now=now)


def _onward(session: Session, shipments: Sequence[Shipment]) -> dict[int, datetime | None]:
    """When the goods of shipments with legs left with their last carrier, by shipment id; None for not yet."""
    query = (
        select(ShipmentLeg.shipment_id, ShipmentLeg.left_at)
        .where(ShipmentLeg.shipment_id.in_([shipment.id for shipment in shipments]))
        .order_by(ShipmentLeg.shipment_id, ShipmentLeg.n)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _complete_at(session: Session, line: ShipmentLine, delivered_at: datetime) -> datetime:
    """When the last units of a part were handed over, in whatever order its deliveries were recorded."""
    if line.quantity == line.part.quantity - line.part.cancelled:
        return delivered_at
    others = select(func.max(Shipment.delivered_at)).join(Shipment.lines)
    latest = session.scalar(others.where(ShipmentLine.schedule_line_id == line.schedule_line_id))
    return max(delivered_at, latest) if latest else delivered_at
