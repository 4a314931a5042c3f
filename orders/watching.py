"""The lead-time check: finds the promises at risk or missed, with the cause, before the customer has to ask.

It is set-based: one statement judges and marks every promise that changes, whatever their number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Subquery, and_, bindparam, case, func, null, or_, select, update
from sqlalchemy.orm import Session

from inventory.stock import InboundReceipt, Reservation
from orders.models import Order, OrderLine, ScheduleLine
from orders.noticing import Delayed, tell_delayed
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.batches import insert_all
from portal.clock import business_day
from portal.db import Instant, transaction

SUPPLY_NEEDED = timedelta(days=5)
"""A backorder that must leave within this time and has no receipt to wait for is at risk."""


def check_lead_times(session: Session, now: datetime) -> int:
    """The scheduled check: `mark`, in a transaction of its own."""
    with transaction(session):
        return mark(session, now)


def mark(session: Session, now: datetime) -> int:
    """Mark watched promises missed, at risk or recovered and tell their buyers, each once; says how many changed.

    At risk is: goods in stock that have not left by the day they had to; a receipt that comes after that day, or is
    overdue and so cannot come before tomorrow; no receipt at all with that day near; goods that left too late to arrive
    in time. A promise whose due time has passed is missed; its cause is judged the same way.
    """
    today = business_day(now)
    days = {"today": today, "tomorrow": today + timedelta(days=1), "soon": today + SUPPLY_NEEDED}
    moved = session.execute(_MARK, {"now": now, **days}).all()
    _note(session, moved, now)
    missed = [row.id for row in moved if row.state == PromiseState.MISSED]
    risky = [row.id for row in moved if row.state == PromiseState.AT_RISK and row.risk_since == now]
    tell_delayed(session, _delayed(session, missed), missed=True, now=now)
    tell_delayed(session, _delayed(session, risky), missed=False, now=now)
    return len(moved)


def _judged() -> Subquery:
    """The watched promises whose state or cause is not what it should be, with what it should be.

    They are locked in id order. One that somebody is settling at this moment is left to the next check.
    """
    part, held, receipt = ScheduleLine, Reservation, InboundReceipt
    today, tomorrow, soon = (bindparam(name, type_=Date()) for name in ("today", "tomorrow", "soon"))
    rest = part.quantity - part.cancelled - part.shipped
    in_stock = func.coalesce(held.held, 0) >= rest
    comes_on = case((receipt.expected_on < today, tomorrow), else_=receipt.expected_on)
    threat = case(
        (rest == 0, case((part.shipped_late, Cause.IN_TRANSIT), else_=null())),
        (in_stock, case((part.ship_by < today, Cause.NOT_SHIPPED), else_=null())),
        (held.receipt_id.is_not(None), case((comes_on > part.ship_by, Cause.SUPPLIER_LATE), else_=null())),
        (part.ship_by <= soon, Cause.NO_SUPPLY),
        else_=null(),
    )
    reason = case(
        (rest == 0, Cause.IN_TRANSIT),
        (in_stock, Cause.NOT_SHIPPED),
        (held.receipt_id.is_not(None), Cause.SUPPLIER_LATE),
        else_=Cause.NO_SUPPLY,
    )
    overdue = Promise.due_at < bindparam("now", type_=Instant())
    state = case(
        (overdue, PromiseState.MISSED), (threat.is_not(None), PromiseState.AT_RISK), else_=PromiseState.OPEN
    )
    return (
        select(Promise.id, state.label("state"), case((overdue, reason), else_=threat).label("cause"))
        .join(part, part.promise_id == Promise.id)
        .outerjoin(held, held.id == part.reservation_id)
        .outerjoin(receipt, receipt.id == held.receipt_id)
        .where(
            Promise.state.in_(WATCHED),
            or_(
                overdue,
                Promise.state != state,
                and_(threat.is_not(None), threat.is_distinct_from(Promise.cause)),
            ),
        )
        .order_by(Promise.id)
        .with_for_update(of=Promise, skip_locked=True)
        .subquery("judged")
    )


def _marking() -> Any:
    """Brings the judged promises to what they should be, all in one statement."""
    judged = _judged()
    risky, missed = judged.c.state == PromiseState.AT_RISK, judged.c.state == PromiseState.MISSED
    since = func.coalesce(Promise.risk_since, bindparam("now", type_=Instant()))
    return (
        update(Promise)
        .where(Promise.id == judged.c.id)
        .values(
            state=judged.c.state,
            cause=judged.c.cause,
            risk_since=case((risky, since), else_=Promise.risk_since),
            missed_at=case((missed, Promise.due_at), else_=null()),
        )
        .returning(Promise.id, Promise.due_at, Promise.state, Promise.cause, Promise.risk_since)
        .execution_options(synchronize_session=False)
    )


_MARK = _marking()

_HAPPENINGS = {
    PromiseState.MISSED: Happening.MISSED,
    PromiseState.AT_RISK: Happening.AT_RISK,
    PromiseState.OPEN: Happening.RECOVERED,
}


def _note(session: Session, rows: Sequence[Any], now: datetime) -> None:
    insert_all(
        session,
        PromiseEvent,
        [
            {
                "promise_id": row.id,
                "due_at": row.due_at,
                "what": _HAPPENINGS[PromiseState(row.state)],
                "cause": row.cause,
                "at": now,
                "by_id": None,
            }
            for row in rows
        ],
    )


def _delayed(session: Session, promise_ids: list[int]) -> list[Delayed]:
    """What the buyers of these promises are told; orders without a buyer in the portal have nobody to tell."""
    found: list[Delayed] = []
    for start in range(0, len(promise_ids), 5000):
        query = (
            select(
                Order.number,
                Order.buyer_id,
                Promise.id,
                OrderLine.sku,
                OrderLine.name_th,
                OrderLine.name_en,
                ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered,
                Promise.due_at,
                Promise.cause,
            )
            .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
            .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
            .join(Order, Order.id == OrderLine.order_id)
            .where(Promise.id.in_(promise_ids[start : start + 5000]), Order.buyer_id.is_not(None))
            .order_by(Order.id, OrderLine.n, ScheduleLine.n)
        )
        found += [Delayed(*row) for row in session.execute(query)]  # type: ignore[arg-type]
    return found
