"""Contingency plans as lists and pages ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.contingencies import ContingencyPlan, StepTaken
from orders.disruptions import Disruption
from orders.planning_ahead import Verb
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES, Audience
from portal.keyset import Keyset, keyset
from portal.refusal import Unknown

LARGEST_ID = 2**31 - 1
MOST_PEOPLE = 500


@dataclass(frozen=True)
class Version:
    """What a plan said from an instant on, who wrote it so, and the names of the facts that were another before."""

    at: datetime
    by: User | None
    said: dict[str, Any]
    changed: tuple[str, ...]


def plans(
    session: Session,
    *,
    retired: bool = False,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[ContingencyPlan]:
    """The plans in use, the longest past their review on top, or those that are retired, by keyset. Two queries."""
    query = (
        select(ContingencyPlan)
        .where(ContingencyPlan.active.is_(not retired))
        .options(joinedload(ContingencyPlan.owner), selectinload(ContingencyPlan.covers))
    )
    return keyset(
        session,
        query,
        ContingencyPlan.id,
        by=ContingencyPlan.review_on,
        rising=True,
        older_than=older_than,
        newer_than=newer_than,
    )


def plan_for(session: Session, person: User, number: str) -> ContingencyPlan:
    """The plan of this number for people of the distributor; else Unknown."""
    query = (
        select(ContingencyPlan)
        .where(ContingencyPlan.number == number)
        .options(
            joinedload(ContingencyPlan.owner),
            selectinload(ContingencyPlan.steps),
            selectinload(ContingencyPlan.covers),
        )
    )
    found = session.scalars(query).one_or_none() if person.audience is Audience.STAFF else None
    if found is None:
        raise Unknown(f"plan {number}")
    return found


def step_for(session: Session, disruption: Disruption, step_id: int) -> StepTaken:
    """A step on the list of this disruption; else Unknown."""
    found = session.get(StepTaken, step_id) if 0 < step_id <= LARGEST_ID else None
    if found is None or found.disruption_id != disruption.id:
        raise Unknown(f"step {step_id}")
    return found


def versions(session: Session, plan: ContingencyPlan) -> list[Version]:
    """Everything a plan has said, the latest first, as the audit trail keeps it."""
    written = {str(Verb.WRITTEN), str(Verb.CHANGED)}
    return [
        Version(
            entry.at,
            entry.by,
            entry.after,
            tuple(
                name for name, value in entry.after.items() if entry.before and entry.before[name] != value
            ),
        )
        for entry in audit.history_of(session, "contingency", plan.number)
        if entry.verb in written and entry.after
    ]


def under_plan(session: Session, plan: ContingencyPlan, limit: int = 20) -> Sequence[Disruption]:
    """The latest disruptions to which the plan was attached."""
    attached = select(StepTaken.disruption_id).where(StepTaken.plan_id == plan.id)
    query = select(Disruption).where(Disruption.id.in_(attached)).order_by(Disruption.id.desc())
    return session.scalars(query.options(joinedload(Disruption.warehouse)).limit(limit)).all()


def possible_owners(session: Session, plan: ContingencyPlan | None = None) -> list[User]:
    """The people who can answer for a plan, by name, and whoever answers for this one."""
    query = select(User).where(User.active, User.role.in_(STAFF_ROLES)).order_by(User.name, User.id)
    people = list(session.scalars(query.limit(MOST_PEOPLE)))
    return people if plan is None or plan.owner in people else [plan.owner, *people]


def is_overdue(plan: ContingencyPlan, today: date) -> bool:
    """Whether a plan in use should have been reviewed before today, or is due today."""
    return plan.active and plan.review_on <= today
