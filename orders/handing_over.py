"""The lots and serials of what leaves go over to the customer."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.identifying import require_named
from inventory.identities import Keeping
from inventory.ledger import Place
from inventory.models import Tracking
from inventory.stock import MovementKind
from inventory.tracing import Shift, Spot, shift
from orders.shipments import Shipment, ShipmentIdentity
from portal.accounts.models import User


def hand_over(
    session: Session, shipments: Sequence[Shipment], *, by: User, now: datetime
) -> dict[int, set[int]]:
    """The units go to their customers, and from now on are theirs; gives the ids of lots and serials by warehouse.

    Refused when one is not there to go.

    Nothing is asked of the database when no product in them is tracked.
    """
    lines = {
        line.id: shipment
        for shipment in shipments
        for line in shipment.lines
        if line.part.line.product.tracking != Tracking.NONE
    }
    if not lines:
        return {}
    query = (
        select(ShipmentIdentity)
        .where(ShipmentIdentity.shipment_line_id.in_(lines))
        .order_by(ShipmentIdentity.shipment_line_id, ShipmentIdentity.identity_id)
    )
    shifts, named = [], Counter[int]()
    gone: dict[int, set[int]] = {}
    for one in session.scalars(query):
        shipment = lines[one.shipment_line_id]
        source = Spot(Keeping.GOOD, warehouse_id=shipment.warehouse_id)
        target = Spot(Keeping.OWNED, customer_id=shipment.order.customer_id)
        shifts.append(Shift(one.identity_id, one.quantity, source, target, shipment.number))
        named[one.shipment_line_id] += one.quantity
        gone.setdefault(shipment.warehouse_id, set()).add(one.identity_id)
    shift(session, shifts, MovementKind.ISSUE, "", by=by, now=now)
    # Goods picked before their product was tracked have no numbers: they may only be such as nobody knows by number.
    unnamed = {
        Place(line.part.line.product_id, shipment.warehouse_id)
        for shipment in shipments
        for line in shipment.lines
        if line.id in lines and named[line.id] < line.quantity
    }
    require_named(session, unnamed)
    return gone
