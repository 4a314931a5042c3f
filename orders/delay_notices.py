"""Whether a buyer was told of a delay as early as the policy promises: judged once for each part that came late.

It is set-based: the same few statements whatever the number of parts and customers.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    FromClause,
    Integer,
    Select,
    String,
    bindparam,
    case,
    column,
    func,
    insert,
    literal,
    null,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import Session, aliased

from orders.models import Order, OrderLine, ScheduleLine
from policies.due_times import ahead_of
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.places import working_hours
from policies.promises import Happening, Promise, PromiseEvent, PromiseState
from policies.rows_in_force import level_of_row
from policies.tolerating import judged_until, tolerance_of
from portal.customers.models import Address, Customer
from portal.db import Instant, business_date, transaction
from portal.shapes import table_of

LOOKED_BACK = timedelta(days=7)
"""What was missed longer ago was judged before, or nothing was promised about it."""
TOLERATED = timedelta(days=2)
"""Longer than a working day takes on the whole: by so much for each tolerated day a part is missed after it was due."""
_HAPPENED = (Happening.MADE, Happening.KEPT, Happening.MISSED, Happening.FULFILLED_LATE)
"""What becomes of such a promise, in this order: it is made, and kept or else missed and done late."""


def judge_notices(session: Session, now: datetime) -> int:
    """The scheduled check: `judge`, in a transaction of its own."""
    with transaction(session):
        return judge(session, now)


def judge(session: Session, now: datetime) -> int:
    """Record for each part newly missed whether its buyer was told of the delay in time; says how many were judged.

    The buyer is told when the part is found to be at risk for the day it is then missed, at the latest when it is
    missed. Judged by the standard that held for the customer when the part was promised; where there was none nothing
    is recorded, nor for orders without a buyer in the portal.
    """
    if session.scalar(select(ServiceLevel.id).where(ServiceLevel.kind == Kind.DELAY_NOTICE).limit(1)) is None:
        return 0
    most = session.scalar(select(func.max(ServiceLevel.tolerance)).where(ServiceLevel.kind == Kind.LEAD_TIME))
    since = now - LOOKED_BACK - (most or 0) * TOLERATED
    times = _times(session, since, now)
    if times is None:
        return 0
    writing = _writing(times, since, now)
    if session.get_bind().dialect.name == "postgresql":
        made = writing.cte("made")
        counted = select(func.count()).select_from(made).add_cte(_noting(made, now).cte("noted"))
        return session.scalar(counted) or 0
    ids = session.scalars(writing).all()
    session.execute(_noting(_made_before(ids), now))
    return len(ids)


def _times(session: Session, since: datetime, now: datetime) -> CTE | None:
    """By level and due time until when a buyer had to be told, and until when that is judged as kept.

    There are few such pairs, however many parts were missed; None when nothing is to be judged.
    """
    late = _newly_missed(since, now)
    pairs = session.execute(
        select(late.c.level_id, late.c.due_at).where(late.c.level_id.is_not(None)).distinct()
    )
    asked = [(level_id, due_at) for level_id, due_at in pairs]
    if not asked:
        return None
    found = select(ServiceLevel).where(ServiceLevel.id.in_({level_id for level_id, _due_at in asked}))
    levels = {level.id: level for level in session.scalars(found)}
    hours = working_hours(session)
    rows = []
    for level_id, due_at in asked:
        level = levels[level_id]
        by = ahead_of(level, due_at, hours)
        rows.append((level_id, level.version_id, due_at, by, judged_until(by, tolerance_of(level), hours)))
    shape = (
        column("level_id", Integer()),
        column("version_id", Integer()),
        column("due_at", Instant()),
        column("tell_by", Instant()),
        column("judged_until", Instant()),
    )
    return values(*shape, name="times").data(rows).cte("times")


def _writing(times: CTE, since: datetime, now: datetime) -> Any:
    """The promises of what was missed, judged as they are written, all in one statement; gives what events need."""
    late = _newly_missed(since, now)
    told, by = late.c.told_at, times.c.tell_by
    kept = told <= times.c.judged_until
    columns = {
        "kind": literal(str(Kind.DELAY_NOTICE)),
        "service_level_id": times.c.level_id,
        "version_id": times.c.version_id,
        "customer_id": late.c.customer_id,
        "subject_no": late.c.subject_no,
        "made_at": literal(now, Instant()),
        "original_due_at": by,
        "due_at": by,
        "state": case((kept, str(PromiseState.KEPT)), else_=str(PromiseState.MISSED)),
        "missed_at": case((kept, null()), else_=by),
        "fulfilled_at": told,
        "tolerated_until": case((kept & (told > by), times.c.judged_until), else_=null()),
        "clock_start_at": late.c.made_at,
        "owed_minor": literal(0),
        "paid_minor": literal(0),
    }
    rows = (
        select(*columns.values())
        .select_from(late)
        .join(times, (times.c.level_id == late.c.level_id) & (times.c.due_at == late.c.due_at))
        .order_by(late.c.id)
    )
    promise = table_of(Promise)
    return (
        insert(promise)
        .from_select(list(columns), rows, include_defaults=False)
        .returning(promise.c.id, promise.c.due_at, promise.c.state)
    )


def _noting(made: FromClause, now: datetime) -> Any:
    """What happened to each of these promises, in its order."""
    steps = union_all(
        *(
            select(literal(place, Integer()).label("place"), literal(str(what)).label("what"))
            for place, what in enumerate(_HAPPENED)
        )
    ).subquery("steps")
    kept = made.c.state == str(PromiseState.KEPT)
    rows = (
        select(made.c.id, literal(now, Instant()), steps.c.what, made.c.due_at)
        .select_from(made)
        .join(steps, true())
        .where((steps.c.place == 0) | (kept == (steps.c.place == 1)))
        .order_by(made.c.id, steps.c.place)
    )
    columns = ["promise_id", "at", "what", "due_at"]
    return insert(table_of(PromiseEvent)).from_select(columns, rows, include_defaults=False)


def _made_before(ids: Sequence[int]) -> FromClause:
    """Promises written by the statement before."""
    listed = func.json_each(bindparam("ids", json.dumps(list(ids)), type_=String())).table_valued("value")
    query = select(Promise.id, Promise.due_at, Promise.state).where(Promise.id.in_(select(listed.c.value)))
    return query.subquery("made")


def _newly_missed(since: datetime, now: datetime) -> CTE:
    """The parts missed and not judged yet: when their buyers were told, and by which level, if any, that is judged."""
    late = _late(since, now).cte("late")
    return select(late, level_of_row(Kind.DELAY_NOTICE, "late").label("level_id")).cte("newly_missed")


def _late(since: datetime, now: datetime) -> Select[Any]:
    notice = aliased(Promise)
    told_at = (
        select(func.min(PromiseEvent.at))
        .where(
            PromiseEvent.promise_id == Promise.id,
            PromiseEvent.due_at == Promise.due_at,
            PromiseEvent.what.in_((Happening.AT_RISK, Happening.MISSED)),
        )
        .scalar_subquery()
    )
    home = (
        select(Address.province)
        .where(Address.customer_id == Promise.customer_id)
        .order_by(Address.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Promise.id,
            Promise.customer_id,
            Promise.subject_no,
            Promise.made_at,
            Promise.due_at,
            func.coalesce(told_at, Promise.missed_at, type_=Instant()).label("told_at"),
            Customer.group_id,
            Customer.tier,
            home.label("province"),
            business_date(Promise.made_at).label("on_day"),
        )
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == Promise.customer_id)
        .outerjoin(notice, (notice.kind == Kind.DELAY_NOTICE) & (notice.subject_no == Promise.subject_no))
        .where(
            Promise.kind == Kind.LEAD_TIME,
            Promise.state == PromiseState.MISSED,
            Promise.due_at >= since,
            Promise.due_at < now,
            Order.buyer_id.is_not(None),
            notice.id.is_(None),
        )
    )
