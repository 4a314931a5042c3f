"""Waiting for the customer's answer to a quote does not count against the promised time of the repair."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.lending import follow_repair
from aftersales.repairs import Repair, RepairState
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.promises import WATCHED, Cause, Promise, PromiseEvent, PromiseState
from policies.promising import repromise
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.db import lock
from portal.jobs import for_each


def moved_by_waiting(due: date, asked: date, answered: date, days: WorkingDays) -> date:
    """The due day after a wait: as many working days later as began between the question and its answer.

    Due Friday, asked on Monday, answered on Wednesday: two working days later, Tuesday.
    """
    return days.after(due, waited) if (waited := _began(asked, answered, days)) else due


def settle_due(session: Session, repair: Repair, *, by: User | None, now: datetime) -> None:
    """The customer has answered: the repair is promised anew by the working days that we waited.

    The first promise stays on record; a promise that was missed before the question was asked stays missed.
    """
    promise = repair.repair_promise
    if promise is None or repair.quoted_at is None or promise.state not in WATCHED:
        return
    asked = business_day(repair.quoted_at)
    before = business_day(_due_when_asked(session, promise, repair.quoted_at))
    days = working_days(session)
    if _move(session, repair, moved_by_waiting(before, asked, business_day(now), days), by=by, now=now):
        return
    (promise,) = lock(session, Promise, [promise.id])
    if promise.cause == Cause.CUSTOMER_ANSWER and promise.state in WATCHED:
        promise.cause = Cause.NOT_ANSWERED if promise.state == PromiseState.AT_RISK else None


def hold_due(session: Session, repair: Repair, *, by: User | None, now: datetime) -> bool:
    """While we wait, a promise that would fall due today moves to the next working day; says whether it moved.

    Until the answer is there the promise is marked as waiting for the customer, and is not at risk for it.
    """
    promise = repair.repair_promise
    if promise is None or promise.state not in WATCHED:
        return False
    moved = False
    if promise.due_at <= end_of(business_day(now)):
        moved = _move(session, repair, working_days(session).after(business_day(now), 1), by=by, now=now)
    (promise,) = lock(session, Promise, [promise.id])
    if promise.state in WATCHED:
        promise.cause = Cause.CUSTOMER_ANSWER
    return moved


def hold_promises(session: Session, now: datetime) -> int:
    """Job: hold the promises of repairs that wait for their customer's answer; says how many moved."""
    query = (
        select(Repair.id)
        .join(Promise, Promise.id == Repair.repair_promise_id)
        .where(
            Repair.state == RepairState.QUOTED,
            Promise.state.in_(WATCHED),
            Promise.due_at <= end_of(business_day(now)),
        )
    )

    def hold(repair_id: int) -> int:
        (repair,) = lock(session, Repair, [repair_id])
        return repair.state == RepairState.QUOTED and hold_due(session, repair, by=None, now=now)

    return for_each(session, list(session.scalars(query)), hold)


def _move(session: Session, repair: Repair, day: date, *, by: User | None, now: datetime) -> bool:
    assert repair.repair_promise is not None
    (promise,) = lock(session, Promise, [repair.repair_promise.id])
    if business_day(promise.due_at) == day or promise.state not in WATCHED:
        return False
    repromise(session, promise, end_of(day), Cause.CUSTOMER_ANSWER, by=by, now=now)
    session.flush()  # the loan's due day reads the promise
    follow_repair(session, repair, now=now)
    return True


def _due_when_asked(session: Session, promise: Promise, asked_at: datetime) -> datetime:
    """What was promised before the wait began."""
    query = (
        select(PromiseEvent.due_at)
        .where(PromiseEvent.promise_id == promise.id, PromiseEvent.at < asked_at)
        .order_by(PromiseEvent.id.desc())
        .limit(1)
    )
    return session.scalar(query) or promise.original_due_at


def _began(asked: date, answered: date, days: WorkingDays) -> int:
    """How many working days began after one day, up to another."""
    return sum(
        days.works(date.fromordinal(n)) for n in range(asked.toordinal() + 1, answered.toordinal() + 1)
    )
