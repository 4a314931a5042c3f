"""Customers are told of what was worked out for them: once a day all of it, never one message for each line."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from aftersales.complaints import Compensation, CompensationState
from portal import clock, outbox
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.jobs import for_each
from portal.readers import people_of

NOT_BEFORE = 8
"""The hour in Bangkok before which nobody is told."""
MOST_LISTED = 25


def tell_offers(session: Session, now: datetime) -> int:
    """Tell every customer who was not told today of the offers they do not know yet; says how many customers.

    What is worked out later on the same day is told on the next.
    """
    if clock.local(now).hour < NOT_BEFORE:
        return 0
    today = clock.at(business_day(now))
    told = select(Compensation.customer_id).where(Compensation.told_at >= today)
    query = (
        select(Compensation.customer_id)
        .where(_untold(), Compensation.customer_id.not_in(told))
        .group_by(Compensation.customer_id)
        .order_by(func.min(Compensation.id))
    )
    return for_each(session, list(session.scalars(query)), lambda id_: _tell(session, id_, now=now))


def _tell(session: Session, customer_id: int, *, now: datetime) -> int:
    lock(session, Customer, [customer_id])  # a run beside this one waits, and then finds nothing untold
    query = (
        select(Compensation)
        .where(_untold(), Compensation.customer_id == customer_id)
        .options(joinedload(Compensation.promise))
        .order_by(Compensation.id)
    )
    offers = session.scalars(query).all()
    if not offers:
        return 0
    sums = Counter[str]()
    for one in offers:
        sums[one.currency] += one.amount_minor
    facts: dict[str, Any] = {
        "count": len(offers),
        "totals": [{"amount_minor": total, "currency": currency} for currency, total in sorted(sums.items())],
        "offers": [_listed(one) for one in offers[:MOST_LISTED]],
    }
    day = business_day(now).isoformat()
    notices: list[outbox.Message] = [
        (person, facts, f"compensation_offered:{day}:{person}", "/my/compensation")
        for person in people_of(session, [customer_id])
    ]
    outbox.post_all(session, notices, "aftersales/notices/compensation_offered.txt", now=now)
    session.execute(
        update(Compensation).where(Compensation.id.in_([one.id for one in offers])).values(told_at=now)
    )
    return 1


def _untold() -> Any:
    return (Compensation.state == CompensationState.OFFERED) & Compensation.told_at.is_(None)


def _listed(one: Compensation) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.promise.kind,
        "subject": one.promise.subject_no,
        "due_on": one.promise.due_at.isoformat(),
        "amount_minor": one.amount_minor,
        "currency": one.currency,
    }
