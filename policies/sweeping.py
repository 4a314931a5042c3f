"""The check of promised answers: requests and cases whose day is near or past, found before the customer has to ask.

It is set-based: one statement marks every promise that changes, whatever their number.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from policies.calendars import working_days
from policies.kinds import CASE_KINDS
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.batches import insert_all
from portal.clock import business_day, end_of
from portal.db import transaction


def sweep(session: Session, now: datetime) -> int:
    """The scheduled check: `mark`, in a transaction of its own."""
    with transaction(session):
        return mark(session, now)


def mark(session: Session, now: datetime) -> int:
    """Mark promised answers missed once their due time is past, and at risk from the working day before it on.

    Says how many changed. Each change is an event on record; lead times have a check of their own. What waits for the
    customer's answer is left alone until the answer is there.
    """
    watched = select(Promise.id).where(Promise.state.in_(WATCHED), Promise.kind.in_(CASE_KINDS))
    if session.scalar(watched.limit(1)) is None:
        return 0
    today = business_day(now)
    moved = session.execute(_marking(now, end_of(working_days(session, today).after(today, 1)))).all()
    happened = {PromiseState.MISSED: Happening.MISSED, PromiseState.AT_RISK: Happening.AT_RISK}
    insert_all(
        session,
        PromiseEvent,
        [
            {
                "promise_id": row.id,
                "due_at": row.due_at,
                "what": happened[PromiseState(row.state)],
                "cause": row.cause,
                "at": now,
                "by_id": None,
            }
            for row in moved
        ],
    )
    return len(moved)


def _marking(now: datetime, soon: datetime) -> Any:
    """Brings what is overdue or near to its state; a promise that somebody settles now is left to the next check."""
    overdue = Promise.due_at < now
    ours = or_(Promise.cause.is_(None), Promise.cause != Cause.CUSTOMER_ANSWER)
    due = (
        select(Promise.id)
        .where(
            Promise.kind.in_(CASE_KINDS),
            Promise.state.in_(WATCHED),
            ours,
            or_(overdue, (Promise.state == PromiseState.OPEN) & (Promise.due_at <= soon)),
        )
        .order_by(Promise.id)
        .with_for_update(skip_locked=True)
        .subquery("due")
    )
    return (
        update(Promise)
        .where(Promise.id == due.c.id)
        .values(
            state=case((overdue, PromiseState.MISSED), else_=PromiseState.AT_RISK),
            cause=func.coalesce(Promise.cause, Cause.NOT_ANSWERED),
            risk_since=case((overdue, Promise.risk_since), else_=now),
            missed_at=case((overdue, Promise.due_at), else_=Promise.missed_at),
        )
        .returning(Promise.id, Promise.due_at, Promise.state, Promise.cause)
        .execution_options(synchronize_session=False)
    )
