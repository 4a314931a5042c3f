"""Waiting for the customer's answer to a quote does not count against the promised time of the repair."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from aftersales.lending import follow_repair
from aftersales.repairs import Loan, Repair, RepairState
from policies.due_times import minutes_left
from policies.pausing import pause, resume
from policies.places import working_hours
from policies.promises import WATCHED, Cause, Promise
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.db import lock
from portal.jobs import for_each


def pause_repair(session: Session, repair: Repair, *, by: User | None, now: datetime) -> bool:
    """The customer is asked: the clock of the repair stands still until they answer; says whether it did not before.

    A repair that is late already stays so.
    """
    promise = repair.repair_promise
    if promise is None or promise.state not in WATCHED or promise.paused_since is not None:
        return False
    if promise.due_at < now:
        return False
    pause(session, promise, Cause.CUSTOMER_ANSWER, by=by, now=now)
    return True


def resume_repair(session: Session, repair: Repair, *, by: User | None, now: datetime) -> None:
    """The customer has answered: the repair is due as much later as they took; the first promise stays on record.

    A repair that was late before the question was asked stays late.
    """
    promise = repair.repair_promise
    if promise is None or promise.paused_since is None:
        return
    resume(session, promise, Cause.CUSTOMER_ANSWER, by=by, now=now)
    follow_repair(session, repair, now=now)


def left_while_waiting(session: Session, repair: Repair, *, now: datetime) -> int | None:
    """How many working minutes are left on the clock of a repair that stands still; None while it runs."""
    promise = repair.repair_promise
    if promise is None or promise.paused_since is None:
        return None
    hours = working_hours(session, business_day(promise.paused_since))
    return minutes_left(promise, hours, now=now)


def hold_promises(session: Session, now: datetime) -> int:
    """Job: while repairs wait for their customer's answer, their clocks stand and their loaners are not asked back.

    Says of how many repairs that had to be seen to.
    """
    query = (
        select(Repair.id)
        .join(Promise, Promise.id == Repair.repair_promise_id)
        .outerjoin(Loan, (Loan.repair_id == Repair.id) & Loan.returned_at.is_(None))
        .where(
            Repair.state == RepairState.QUOTED,
            Promise.state.in_(WATCHED),
            or_(
                Promise.paused_since.is_(None) & (Promise.due_at >= now),
                Promise.paused_since.is_not(None) & (Loan.due_at <= end_of(business_day(now))),
            ),
        )
    )

    def hold(repair_id: int) -> int:
        (repair,) = lock(session, Repair, [repair_id])
        if repair.state != RepairState.QUOTED:
            return 0
        promise = repair.repair_promise
        unmoved = promise is not None and promise.due_at == promise.original_due_at
        since = repair.quoted_at if unmoved and repair.quoted_at else now  # it has waited since it was asked
        paused = pause_repair(session, repair, by=None, now=since)
        return follow_repair(session, repair, now=now) or paused

    return for_each(session, list(session.scalars(query)), hold)
