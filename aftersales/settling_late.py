"""Compensation not credited in time is a missed promise of its own: what that is worth is owed besides, once."""

from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased

from aftersales.approval_limits import limits
from aftersales.compensating import credit, put_forward
from aftersales.compensation_steps import compensation_of, locked
from aftersales.complaints import Compensation, CompensationState
from aftersales.missed import about, worth
from policies.compensating import LateSettlement
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseState
from portal.clock import business_day
from portal.db import lock
from portal.jobs import for_each

GIVEN = (CompensationState.PROPOSED, CompensationState.CREDITED)


def settle_late(session: Session, now: datetime) -> int:
    """Owe the second compensation for every settlement that was missed, each in a transaction; says how many.

    It is credited at once within the limit of staff, else it waits for approval like any other. What the policy fixes
    is owed from the miss on; what grows by the day, once the first is credited. Those that are worth nothing by their
    terms are not looked at.
    """
    first, second, owed = aliased(Compensation), aliased(Compensation), aliased(Promise)
    own, of_first = aliased(ServiceLevel), aliased(ServiceLevel)
    query = (
        select(Promise.id)
        .join(first, first.number == Promise.subject_no)
        .join(owed, owed.id == first.promise_id)
        .outerjoin(own, own.id == Promise.service_level_id)
        .outerjoin(of_first, of_first.id == owed.service_level_id)
        .where(
            Promise.kind == Kind.SETTLEMENT,
            Promise.state == PromiseState.MISSED,
            first.state.in_(GIVEN),
            case(
                (own.id.is_(None), of_first.late_settlement_minor > 0),
                # It is about no goods, so that only what is fixed for each day is worth anything.
                else_=own.compensation_minor_per_day > 0,
            ),
            ~select(second.id).where(second.promise_id == Promise.id).exists(),
        )
        .order_by(Promise.id)
    )

    def settle_one(promise_id: int) -> int:
        return settle(session, session.get_one(Promise, promise_id), now=now) is not None

    return for_each(session, list(session.scalars(query)), settle_one)


def settle(session: Session, promise: Promise, *, now: datetime) -> Compensation | None:
    """Owe what a missed settlement is worth; None when it is worth nothing (yet), or was owed before."""
    (promise,) = lock(session, Promise, [promise.id])
    if promise.state != PromiseState.MISSED or compensation_of(session, promise) is not None:
        return None
    missed = about(session, promise)
    worked = worth(session, missed, business_day(now))
    if worked is None or not (missed.done or isinstance(worked, LateSettlement)):
        return None
    found = put_forward(session, missed, worked, None, by=None, now=now)
    if limits(session).at_once(found.amount_minor, found.currency):
        credit(session, locked(session, found), by=None, now=now)
    return found
