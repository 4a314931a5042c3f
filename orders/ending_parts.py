"""The promise of a part ends with the last unit that is owed of it, kept by what was handed over or withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from orders.models import ScheduleLine
from orders.shipments import Shipment, ShipmentLine
from policies.promises import Cause, Promise, PromiseState
from policies.promising import fulfil_all, withdraw
from portal.accounts.models import User
from portal.db import lock


def end_promises(
    session: Session,
    parts: Sequence[ScheduleLine],
    *,
    by: User | None,
    now: datetime,
    cause: Cause | None = None,
) -> None:
    """End the promises of those of these parts, whose orders are locked, of which nothing is owed any more.

    What was delivered of a part keeps its promise or misses it, by when it was handed over. One of which nothing was
    delivered is withdrawn. One that was missed stays missed: the units that are owed no more were late.
    """
    over = {part.id: part.promise for part in parts if part.promise is not None and part.open == 0}
    brought = [part.id for part in parts if part.id in over and part.delivered]
    lock(session, Promise, [over[id_].id for id_ in brought])  # the watch may be judging them now
    brought = [id_ for id_ in brought if over[id_].state != PromiseState.MISSED]
    if brought:
        handed_over = {row[0]: row[1] for row in session.execute(_LAST_HANDOVER, {"ids": brought})}
        done = [(over.pop(id_), handed_over.get(id_) or now) for id_ in brought]
        fulfil_all(session, done, by=by, now=now)
    withdraw(session, [promise.id for promise in over.values()], by=by, now=now, cause=cause)


_LAST_HANDOVER = (
    select(ShipmentLine.schedule_line_id, func.max(Shipment.delivered_at))
    .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
    .where(ShipmentLine.schedule_line_id.in_(bindparam("ids", expanding=True)))
    .group_by(ShipmentLine.schedule_line_id)
)
