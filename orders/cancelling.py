"""What has not been picked yet is cancelled: its stock is freed, and a promise of which nothing is left ends."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.reserving import release
from orders import acknowledging, amounts, expediting, noticing
from orders.ending_parts import end_promises
from orders.fulfilling import close_if_done
from orders.lapsing import withdraw_for
from orders.models import Order, OrderLine, ScheduleLine
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of cancelling, for the audit trail."""

    CANCELLED = "order.cancelled"


def cancellable(order: Order) -> list[ScheduleLine]:
    """The parts of an order of which some units are owed that nobody has picked; those are `part.unpicked`."""
    return [part for line in order.lines for part in line.parts if part.unpicked > 0]


def cancel(session: Session, order: Order, reason: str, *, by: User, now: datetime) -> int:
    """Cancel all units of an order that nobody has picked; says how many. Refused when there is none.

    Units of a part that are picked, on their way or delivered stay when its rest goes. The order costs what stays of it
    from then on, and another edition of its acknowledgement says so.
    """
    _refuse_silence(reason)
    order = _locked(session, order)
    parts = cancellable(order)
    if not parts:
        raise Refused(N_("Everything still owed is being picked or on its way, so nothing can be cancelled."))
    return _cancel(session, order, parts, reason, by=by, now=now)


def cancel_parts(
    session: Session, order: Order, part_ids: Collection[int], reason: str, *, by: User | None, now: datetime
) -> int:
    """Cancel these parts of an order, as `cancel` does; says how many units.

    Refused as a whole when one of them is not of this order, owed no more, being picked or on its way.
    """
    _refuse_silence(reason)
    order = _locked(session, order)
    parts = [part for part in cancellable(order) if part.id in part_ids]
    if not parts or len(parts) != len(set(part_ids)):
        raise Refused(N_("What is being picked, on its way or not owed any more cannot be cancelled."))
    return _cancel(session, order, parts, reason, by=by, now=now)


def _locked(session: Session, order: Order) -> Order:
    """The order, locked, with all that its acknowledgement says read anew in a fixed number of statements."""
    lock(session, Order, [order.id])
    query = (
        select(Order)
        .where(Order.id == order.id)
        .options(
            joinedload(Order.customer),
            joinedload(Order.buyer),
            selectinload(Order.lines)
            .selectinload(OrderLine.parts)
            .options(joinedload(ScheduleLine.promise), joinedload(ScheduleLine.reservation)),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def _refuse_silence(reason: str) -> None:
    if not reason.strip():
        raise Refused(N_("Say why the order is cancelled."), field="reason")


def _cancel(
    session: Session,
    order: Order,
    parts: Sequence[ScheduleLine],
    reason: str,
    *,
    by: User | None,
    now: datetime,
) -> int:
    units = 0
    for part in parts:
        unpicked = part.unpicked
        part.cancelled += unpicked
        part.line.cancelled += unpicked
        units += unpicked
    # What was offered for them is held no longer.
    held = withdraw_for(session, [part.id for part in parts], by=by, now=now)
    # What is picked stays held until it leaves.
    kept = {part.reservation_id: part.picked - part.shipped for part in parts if part.reservation_id}
    release(session, [*held, *kept], keeping=kept, now=now)
    end_promises(session, parts, by=by, now=now)
    expediting.withdraw_for(session, [part.id for part in parts], by=by, now=now)
    amounts.sum_up(session, order, {part.line_id: part.line for part in parts}.values())
    close_if_done(session, order, now=now)
    session.flush()  # the acknowledgement is written from the rows
    acknowledging.issue_again(session, order, now=now)
    noticing.tell_cancelled(session, order, parts[0], units, reason.strip(), now=now)
    after = {"reason": reason.strip(), "units": units}
    audit.record(session, Verb.CANCELLED, "order", order.number, by=by, now=now, after=after)
    return units
