"""The owner of a contingency plan is reminded once when the day of its review has come."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from orders.contingencies import ContingencyPlan
from portal import outbox
from portal.clock import business_day
from portal.db import lock
from portal.jobs import for_each


def remind_owners(session: Session, now: datetime) -> int:
    """Job: remind of every plan in use whose review is due, once for each review day; says how many."""
    query = select(ContingencyPlan.id).where(_due(now)).order_by(ContingencyPlan.id)
    return for_each(session, session.scalars(query).all(), lambda id_: _remind(session, id_, now))


def _due(now: datetime) -> ColumnElement[bool]:
    today = business_day(now)
    again = or_(
        ContingencyPlan.reminded_on.is_(None), ContingencyPlan.reminded_on < ContingencyPlan.review_on
    )
    return ContingencyPlan.active & (ContingencyPlan.review_on <= today) & again


def _remind(session: Session, plan_id: int, now: datetime) -> int:
    (plan,) = lock(session, ContingencyPlan, [plan_id])
    today = business_day(now)
    known = plan.reminded_on is not None and plan.reminded_on >= plan.review_on
    if known or not plan.active or plan.review_on > today:
        return 0
    plan.reminded_on = today
    outbox.post(
        session,
        plan.owner,
        "orders/notices/plan_review.txt",
        {
            "number": plan.number,
            "title_th": plan.title_th,
            "title_en": plan.title_en,
            "review_on": str(plan.review_on),
        },
        key=f"plan_review:{plan.number}:{plan.review_on}",
        now=now,
        path=f"/manage/contingencies/{plan.number}",
    )
    return 1
