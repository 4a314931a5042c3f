"""The lead-time check: finds the promises at risk or missed, with the cause, before the customer has to ask.

It is set-based: one statement judges and marks every promise that changes, whatever their number.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from inventory.inbound import InboundReceipt
from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from orders.noticing import Delayed, tell_delayed
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent, PromiseState
from policies.tolerating import Bounds, late_bounds, late_by
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import Instant, transaction
from portal.readers import active_id
from portal.shapes import table_of

_NOW = bindparam("now", type_=Instant())
_MOVED = (Promise.id, Promise.due_at, Promise.state, Promise.cause, Promise.risk_since)
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
    in time. A promise whose due time has passed is missed, or at risk while its level tolerates it; its cause is judged
    the same way.
    """
    today = business_day(now)
    facts = {"now": now, "today": today, "tomorrow": today + timedelta(days=1), "soon": today + SUPPLY_NEEDED}
    late = late_bounds(session, now)
    marking = _marking(late) if late else _MARKING
    rows = _mark_and_note(session, marking, facts)
    if not rows:
        return 0
    for state in (PromiseState.MISSED, PromiseState.AT_RISK):
        delayed = [Delayed._make(row[2:]) for row in rows if row.state == state]
        tell_delayed(session, delayed, missed=state is PromiseState.MISSED, now=now)
    return int(rows[0].changed)


def _mark_and_note(session: Session, marking: Any, facts: dict[str, Any]) -> Sequence[Any]:
    """Bring the promises to what they should be, with an event each; gives the parts whose buyers are to be told.

    All rows begin with the number of promises that changed; there is one even when nobody is to be told.
    """
    if session.get_bind().dialect.name == "postgresql":
        at_once = _AT_ONCE if marking is _MARKING else _at_once(marking)
        return session.execute(at_once, facts).all()
    ids = session.execute(marking, facts).scalars().all()
    if not ids:
        return []
    facts = {
        **facts,
        "ids": json.dumps(ids),
    }  # SQLite cannot go on with the rows that a part of a statement changed
    session.execute(_NOTING, facts)
    return session.execute(_TELLING, facts).all()


def _judged(late: Bounds) -> Subquery:
    """The watched promises whose state or cause is not what it should be, with what it should be.

    They are locked in id order. One that somebody is settling at this moment is left to the next check.
    """
    part, held, receipt = ScheduleLine, Reservation, InboundReceipt
    today, tomorrow, soon = (bindparam(name, type_=Date()) for name in ("today", "tomorrow", "soon"))
    rest = part.quantity - part.cancelled - part.shipped
    in_stock = func.coalesce(held.held, 0) >= rest
    still_away = case((receipt.transfer_id.is_not(None), Cause.IN_TRANSIT), else_=Cause.SUPPLIER_LATE)
    comes_on = case((receipt.expected_on < today, tomorrow), else_=receipt.expected_on)
    threat = case(
        (rest == 0, case((part.shipped_late, Cause.IN_TRANSIT), else_=null())),
        (in_stock, case((part.ship_by < today, Cause.NOT_SHIPPED), else_=null())),
        (held.receipt_id.is_not(None), case((comes_on > part.ship_by, still_away), else_=null())),
        (part.ship_by <= soon, Cause.NO_SUPPLY),
        else_=null(),
    )
    reason = case(
        (rest == 0, Cause.IN_TRANSIT),
        (in_stock, Cause.NOT_SHIPPED),
        (held.receipt_id.is_not(None), still_away),
        else_=Cause.NO_SUPPLY,
    )
    overdue, past = late_by(_NOW, late), Promise.due_at < _NOW
    if late:  # what is past its due time and not late yet is at risk
        threat = case((past, reason), else_=threat)
    state = case(
        (overdue, PromiseState.MISSED), (threat.is_not(None), PromiseState.AT_RISK), else_=PromiseState.OPEN
    )
    changes = or_(
        overdue,
        Promise.state != state,
        and_(threat.is_not(None), threat.is_distinct_from(Promise.cause)),
    )
    return (
        select(Promise.id, state.label("state"), case((past, reason), else_=threat).label("cause"))
        .join(part, part.promise_id == Promise.id)
        .outerjoin(held, held.id == part.reservation_id)
        .outerjoin(receipt, receipt.id == held.receipt_id)
        .where(
            Promise.state.in_(WATCHED),
            case((changes, 1), else_=0) == 1,  # said like this, PostgreSQL's planner expects that few change
        )
        .order_by(Promise.id)
        .with_for_update(of=Promise, skip_locked=True)
        .subquery("judged")
    )


def _marking(late: Bounds) -> Any:
    """Brings the judged promises to what they should be, all in one statement; `late` where levels tolerate a while."""
    judged = _judged(late)
    risky, missed = judged.c.state == PromiseState.AT_RISK, judged.c.state == PromiseState.MISSED
    since = func.coalesce(Promise.risk_since, _NOW)
    return (
        update(Promise)
        .where(Promise.id == judged.c.id)
        .values(
            state=judged.c.state,
            cause=judged.c.cause,
            risk_since=case((risky, since), else_=Promise.risk_since),
            missed_at=case((missed, Promise.due_at), else_=null()),
        )
        .returning(*_MOVED)
        .execution_options(synchronize_session=False)
    )


def _noting(moved: FromClause) -> Any:
    """The event of every promise that was moved."""
    happened = case(
        (moved.c.state == PromiseState.OPEN, Happening.RECOVERED), else_=moved.c.state
    )  # at risk and missed are called the same in both vocabularies
    rows = select(moved.c.id, _NOW, happened, moved.c.due_at, moved.c.cause)
    return insert(table_of(PromiseEvent)).from_select(["promise_id", "at", "what", "due_at", "cause"], rows)


def _telling(moved: FromClause) -> Select[Any]:
    """How many were moved, and what the buyers of those newly at risk or missed are told."""
    tally = select(func.count().label("changed")).select_from(moved).subquery("tally")
    newly = or_(
        moved.c.state == PromiseState.MISSED,
        and_(moved.c.state == PromiseState.AT_RISK, moved.c.risk_since == _NOW),
    )
    told = (
        select(
            moved.c.state,
            Order.number,
            active_id(Order.buyer_id).label("buyer_id"),
            Order.customer_id,
            moved.c.id,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered).label("units"),
            moved.c.due_at,
            moved.c.cause,
            ScheduleLine.arrives_on,
            Order.id.label("order_id"),
            OrderLine.n,
            ScheduleLine.n.label("part"),
        )
        .join(ScheduleLine, ScheduleLine.promise_id == moved.c.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(User, User.id == Order.buyer_id)
        .where(newly)
        .subquery("told")
    )
    return (
        select(tally.c.changed, *list(told.c)[:12])
        .select_from(tally.outerjoin(told, true()))
        .order_by(told.c.order_id, told.c.n, told.c.part)
    )


def _at_once(marking: Any) -> Select[Any]:
    """All of it as one statement."""
    moved = marking.cte("moved")
    return _telling(moved).add_cte(_noting(moved).cte("noted"))


def _moved_before() -> FromClause:
    """Promises moved by the statement before, by their ids as JSON."""
    ids = func.json_each(bindparam("ids", type_=String())).table_valued("value")
    return select(*_MOVED).where(Promise.id.in_(select(ids.c.value))).subquery("moved")


_MARKING = _marking({})
_AT_ONCE = _at_once(_MARKING)
_NOTING, _TELLING = _noting(_moved_before()), _telling(_moved_before())
