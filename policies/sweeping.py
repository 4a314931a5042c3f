"""The check of promised answers: requests and cases whose time is near or past, found before the customer has to ask.

It is set-based: one statement marks every promise that changes, whatever their number.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Case, FromClause, String, bindparam, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from policies.clocks import due_by_minutes
from policies.kinds import RATE_KINDS, Kind
from policies.models import ServiceLevel
from policies.places import places
from policies.promises import WATCHED, Cause, Promise, PromiseEvent, PromiseState
from policies.tolerating import Bounds, late_bounds, late_by
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.shapes import table_of

SWEPT = tuple(kind for kind in Kind if kind not in (*RATE_KINDS, Kind.LEAD_TIME))
"""The kinds that are due at a time; lead times have a check of their own, beside the goods."""
LAST_FIFTH = 5
"""A promise in working minutes is at risk once this part of its time is left."""
_MOVED = (Promise.id, Promise.due_at, Promise.state, Promise.cause)
_WATCHED = Promise.state.in_(bindparam("watched", WATCHED, expanding=True, literal_execute=True))
"""Said with its values, so that the database knows to look into the index of what is watched."""


def sweep(session: Session, now: datetime) -> int:
    """The scheduled check: `mark`, in a transaction of its own."""
    with transaction(session):
        return mark(session, now)


def mark(session: Session, now: datetime) -> int:
    """Mark promised answers missed once their due time is past, and at risk a while before; says how many changed.

    Where a standard tolerates a while more they are missed after that while; until then they are at risk.
    That is from the working day before the due day on or, for what is promised in working minutes, once a fifth of them
    is left. Each change is an event on record. What is paused is left alone until its clock runs on.
    """
    if session.scalar(select(Promise.id).where(_WATCHED, Promise.kind.in_(SWEPT)).limit(1)) is None:
        return 0
    marking = _marking(now, *bounds(session, now), late_bounds(session, now))
    if session.get_bind().dialect.name == "postgresql":
        moved = marking.cte("moved")
        counted = select(func.count()).select_from(moved).add_cte(_noting(moved, now).cte("noted"))
        return session.scalar(counted) or 0
    ids = session.scalars(marking).all()
    session.execute(_noting(_moved_before(ids), now))
    return len(ids)


def bounds(session: Session, now: datetime) -> tuple[datetime, Mapping[datetime, Sequence[int]]]:
    """Up to when what is due is near: for standards in days, and for those in minutes with the ids that share it."""
    by_minutes: dict[int, list[int]] = {}
    query = select(ServiceLevel.id, ServiceLevel.minutes).where(ServiceLevel.minutes.is_not(None))
    for id_, minutes in session.execute(query.order_by(ServiceLevel.id)):
        by_minutes.setdefault(minutes or 0, []).append(id_)
    today = business_day(now)
    found = places(session, today, hours=bool(by_minutes))
    near: dict[datetime, list[int]] = {}
    for minutes, ids in by_minutes.items():
        near.setdefault(due_by_minutes(now, minutes // LAST_FIFTH, found.hours()), []).extend(ids)
    return end_of(found.days().after(today, 1)), near


def _marking(now: datetime, soon: datetime, near: Mapping[datetime, Sequence[int]], late: Bounds) -> Any:
    """Brings what is overdue or near to its state; a promise that somebody settles now is left to the next check."""
    overdue = late_by(now, late)
    due = (
        select(Promise.id)
        .where(
            Promise.kind.in_(SWEPT),
            _WATCHED,
            Promise.paused_since.is_(None),
            Promise.due_at <= max([soon, *near]),
            or_(overdue, (Promise.state == PromiseState.OPEN) & (Promise.due_at <= _near(soon, near))),
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
        .returning(*_MOVED)
        .execution_options(synchronize_session=False)
    )


def _near(soon: datetime, near: Mapping[datetime, Sequence[int]]) -> datetime | Case[Any]:
    if not near:
        return soon
    return case(*((Promise.service_level_id.in_(ids), bound) for bound, ids in near.items()), else_=soon)


def _noting(moved: FromClause, now: datetime) -> Any:
    """The event of every promise that was moved; at risk and missed are called the same in both vocabularies."""
    at = bindparam("now", now, type_=PromiseEvent.at.type)
    rows = select(moved.c.id, at, moved.c.state, moved.c.due_at, moved.c.cause)
    return insert(table_of(PromiseEvent)).from_select(["promise_id", "at", "what", "due_at", "cause"], rows)


def _moved_before(ids: Sequence[int]) -> FromClause:
    """Promises moved by the statement before."""
    listed = func.json_each(bindparam("ids", json.dumps(list(ids)), type_=String())).table_valued("value")
    return select(*_MOVED).where(Promise.id.in_(select(listed.c.value))).subquery("moved")
