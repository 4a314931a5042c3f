"""Whether a buyer was told of a delay as early as the policy promises: judged once for each part that came late."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from orders.models import Order, OrderLine, ScheduleLine
from policies.book import find_in_force
from policies.due_times import ahead_of
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.places import working_hours
from policies.promises import Happening, Promise, PromiseEvent, PromiseState
from policies.promising import Outcome, record_outcomes
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import transaction

LOOKED_BACK = timedelta(days=7)
"""What was missed longer ago was judged before, or nothing was promised about it."""


def judge_notices(session: Session, now: datetime) -> int:
    """The scheduled check: `judge`, in a transaction of its own."""
    with transaction(session):
        return judge(session, now)


def judge(session: Session, now: datetime) -> int:
    """Record for each part newly missed whether its buyer was told of the delay in time; says how many were judged.

    The buyer is told when the part is found to be at risk for the day it is then missed, at the latest when it is
    missed. Judged by the standard that held for the customer when the part was promised; where there was none nothing
    is recorded, nor for orders without a buyer in the portal. A few queries, and one for each customer and day.
    """
    if session.scalar(select(ServiceLevel.id).where(ServiceLevel.kind == Kind.DELAY_NOTICE).limit(1)) is None:
        return 0
    missed = session.execute(_newly_missed(now)).all()
    by_promise: dict[tuple[int, date], list[Any]] = defaultdict(list)
    for row in missed:
        by_promise[row.customer_id, business_day(row.made_at)].append(row)
    customers = {
        customer.id: customer
        for customer in session.scalars(
            select(Customer).where(Customer.id.in_({row.customer_id for row in missed}))
        )
    }
    hours = working_hours(session) if missed else None
    judged = 0
    for (customer_id, day), rows in by_promise.items():
        level = find_in_force(session, customers[customer_id], Kind.DELAY_NOTICE, day)
        if level is None or hours is None:
            continue
        outcomes = [
            Outcome(row.subject_no, row.made_at, ahead_of(level, row.due_at, hours), row.told_at)
            for row in rows
        ]
        record_outcomes(session, level, customer_id, outcomes, by=None, now=now)
        judged += len(outcomes)
    return judged


def _newly_missed(now: datetime) -> Any:
    """The parts that were missed and not judged yet, with the moment at which their buyers were told."""
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
    found = (
        select(
            Promise.id,
            Promise.customer_id,
            Promise.subject_no,
            Promise.made_at,
            Promise.due_at,
            func.coalesce(told_at, Promise.missed_at).label("told_at"),
        )
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(notice, (notice.kind == Kind.DELAY_NOTICE) & (notice.subject_no == Promise.subject_no))
    )
    query = found.where(
        Promise.kind == Kind.LEAD_TIME,
        Promise.state == PromiseState.MISSED,
        Promise.due_at >= now - LOOKED_BACK,
        Promise.due_at < now,
        Order.buyer_id.is_not(None),
        notice.id.is_(None),
    )
    return query.order_by(Promise.id)
