"""What has not been picked yet is cancelled: its stock is freed, its promise withdrawn."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from inventory.reserving import release
from orders import noticing
from orders.fulfilling import close_if_done
from orders.models import Order, ScheduleLine
from policies.promising import withdraw
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of cancelling, for the audit trail."""

    CANCELLED = "order.cancelled"


def cancellable(order: Order) -> list[ScheduleLine]:
    """The parts of an order that nobody has begun to pick."""
    return [part for line in order.lines for part in line.parts if part.picked == 0 and part.open > 0]


def cancel(session: Session, order: Order, reason: str, *, by: User, now: datetime) -> int:
    """Cancel every part of an order that nobody has begun to pick; says how many units. Refused when there is none."""
    if not reason.strip():
        raise Refused(N_("Say why the order is cancelled."), field="reason")
    (order,) = lock(session, Order, [order.id])
    parts = cancellable(order)
    if not parts:
        raise Refused(N_("Everything still owed is being picked or on its way, so nothing can be cancelled."))
    units = 0
    for part in parts:
        part.cancelled = part.quantity
        part.line.cancelled += part.quantity
        units += part.quantity
    release(session, [part.reservation_id for part in parts if part.reservation_id], now=now)
    withdraw(session, [part.promise_id for part in parts if part.promise_id], by=by, now=now)
    close_if_done(session, order, now=now)
    noticing.tell_cancelled(session, order, reason.strip(), now=now)
    after = {"reason": reason.strip(), "units": units}
    audit.record(session, Verb.CANCELLED, "order", order.number, by=by, now=now, after=after)
    return units
