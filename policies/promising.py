"""A promise is made, moved, kept, missed or withdrawn; each of it is an event on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from policies.book import find_in_force
from policies.calendars import working_days
from policies.clocks import day_counted_from, due_day
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.accounts.models import User
from portal.batches import append, insert_all, insert_object
from portal.clock import business_day, end_of
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


@dataclass(frozen=True)
class Vow:
    """What is about to be promised: for which subject, due when."""

    subject_no: str
    due_at: datetime


def make(
    session: Session,
    level: ServiceLevel,
    customer_id: int,
    vows: Sequence[Vow],
    *,
    by: User | None,
    now: datetime,
) -> list[int]:
    """Promise several subjects to one customer under one service level; gives the promises' ids in the same order."""
    rows = [
        {
            "kind": level.kind,
            "service_level_id": level.id,
            "version_id": level.version_id,
            "customer_id": customer_id,
            "subject_no": vow.subject_no,
            "made_at": now,
            "original_due_at": vow.due_at,
            "due_at": vow.due_at,
            "state": PromiseState.OPEN,
        }
        for vow in vows
    ]
    ids = insert_all(session, Promise, rows)
    _note(session, zip(ids, (vow.due_at for vow in vows), strict=True), Happening.MADE, by=by, now=now)
    return ids


def promise_case(
    session: Session,
    customer: Customer,
    kind: Kind,
    subject_no: str,
    *,
    start: datetime,
    by: User | None,
    now: datetime,
) -> Promise | None:
    """Promise a customer an answer to their case, by the standard that holds for them on the day it begins.

    It is due at the end of the last day that the standard counts from `start`. None where no policy in force sets such
    a standard: nothing is then promised. A subject is promised each kind once.
    """
    level = find_in_force(session, customer, kind, business_day(start))
    if level is None:
        return None
    due_at = case_due(session, level, start)
    promise = Promise(
        kind=kind,
        service_level_id=level.id,
        version_id=level.version_id,
        customer_id=customer.id,
        subject_no=subject_no,
        made_at=now,
        original_due_at=due_at,
        due_at=due_at,
        state=PromiseState.OPEN,
        cause=None,
        risk_since=None,
        missed_at=None,
        fulfilled_at=None,
    )
    insert_object(session, promise)
    _note(session, [(promise.id, due_at)], Happening.MADE, by=by, now=now)
    return promise


def case_due(session: Session, level: ServiceLevel, start: datetime) -> datetime:
    """The last moment in time of a standard that counts days, for a case that begins at `start`."""
    days = working_days(session, business_day(start))
    first = day_counted_from(start, level.counting, level.cut_off, days)
    if level.days is None:
        raise LookupError(f"service level {level.id} counts no days")
    return end_of(due_day(first, level.days, level.counting, days))


def repromise(
    session: Session,
    promise: Promise,
    due_at: datetime,
    cause: Cause | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Agree on another due time; the original stays. Refused once the promise is settled."""
    if promise.state not in WATCHED:
        raise Refused(N_("This promise is already settled."))
    promise.due_at, promise.state, promise.cause, promise.risk_since = due_at, PromiseState.OPEN, None, None
    _note(session, [(promise.id, due_at)], Happening.REPROMISED, cause=cause, by=by, now=now)


def fulfil(
    session: Session, promises: Iterable[Promise], done_at: datetime, *, by: User | None, now: datetime
) -> None:
    """What was promised has been done at `done_at`: kept if by then, else missed for good and done late."""
    fulfil_all(session, [(promise, done_at) for promise in promises], by=by, now=now)


def fulfil_all(
    session: Session, done: Iterable[tuple[Promise, datetime]], *, by: User | None, now: datetime
) -> None:
    """What several promises were about has been done, each at its own moment, as with `fulfil`."""
    moments = {promise.id: done_at for promise, done_at in done}
    kept, late = [], []
    for promise in lock(session, Promise, moments):  # the watch may be judging it now
        if promise.fulfilled_at is not None or promise.state in (PromiseState.WAIVED, PromiseState.WITHDRAWN):
            continue
        promise.fulfilled_at = moments[promise.id]
        if promise.fulfilled_at <= promise.due_at:
            promise.state, promise.missed_at = PromiseState.KEPT, None
            kept.append((promise.id, promise.due_at))
        else:
            if promise.state in WATCHED:
                promise.state, promise.missed_at = PromiseState.MISSED, promise.due_at
            late.append((promise.id, promise.due_at))
    _note(session, kept, Happening.KEPT, by=by, now=now)
    _note(session, late, Happening.FULFILLED_LATE, by=by, now=now)


def withdraw(
    session: Session,
    promise_ids: Iterable[int],
    *,
    by: User | None,
    now: datetime,
    cause: Cause | None = None,
) -> None:
    """Nothing is owed any more, because what was promised was cancelled; settled promises stay as they are.

    One that was missed before and is not done stays missed; its end is put on record, once, so that it grows no later.
    """
    ids = list(promise_ids)
    if not ids:
        return
    gone = session.execute(
        update(Promise)
        .where(Promise.id.in_(ids), Promise.state.in_(WATCHED))
        .values(state=PromiseState.WITHDRAWN)
        .returning(Promise.id, Promise.due_at)
    ).all()
    ended = [PromiseEvent.promise_id == Promise.id, PromiseEvent.what == Happening.WITHDRAWN]
    late = session.execute(
        select(Promise.id, Promise.due_at)
        .where(
            Promise.id.in_(ids),
            Promise.state == PromiseState.MISSED,
            Promise.fulfilled_at.is_(None),
            ~select(PromiseEvent.id).where(*ended).exists(),
        )
        .order_by(Promise.id)
        .with_for_update()
    ).all()
    over = [(row.id, row.due_at) for row in [*gone, *late]]
    _note(session, over, Happening.WITHDRAWN, by=by, now=now, cause=cause)


def withdrawn_at(session: Session, promise: Promise) -> datetime | None:
    """When a promise that stays missed was withdrawn, or None."""
    if promise.state != PromiseState.MISSED:
        return None
    query = select(func.min(PromiseEvent.at)).where(
        PromiseEvent.promise_id == promise.id, PromiseEvent.what == Happening.WITHDRAWN
    )
    return session.scalar(query)


def withdrawn_among(session: Session, promise_ids: Sequence[int]) -> set[int]:
    """Which of these promises were withdrawn, whether missed before or not."""
    query = select(PromiseEvent.promise_id).where(
        PromiseEvent.promise_id.in_(promise_ids), PromiseEvent.what == Happening.WITHDRAWN
    )
    return set(session.scalars(query))


def _note(
    session: Session,
    promises: Iterable[tuple[int, datetime]],
    what: Happening,
    *,
    by: User | None,
    now: datetime,
    cause: Cause | None = None,
) -> None:
    rows = [
        {
            "promise_id": id_,
            "due_at": due_at,
            "what": what,
            "at": now,
            "cause": cause,
            "by_id": by.id if by else None,
        }
        for id_, due_at in promises
    ]
    append(session, PromiseEvent, rows)
