"""A promise is made, moved, kept, missed or withdrawn; each of it is an event on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from policies.book import find_in_force
from policies.calendars import working_days
from policies.clocks import Span, due_by_minutes
from policies.due_times import due_in_days
from policies.happenings import note
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.pausing import end_pauses, run_on
from policies.places import working_hours
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent, PromiseState
from policies.tolerating import tolerated
from portal.accounts.models import User
from portal.batches import insert_all, insert_object
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


@dataclass(frozen=True)
class Vow:
    """What is about to be promised: for which subject, due when, and from when on its clock counts, if it does."""

    subject_no: str
    due_at: datetime
    start: datetime | None = None


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
    rows = [row_under(level, customer_id, vow.subject_no, vow.start, vow.due_at, now=now) for vow in vows]
    ids = insert_all(session, Promise, rows)
    note(session, zip(ids, (vow.due_at for vow in vows), strict=True), Happening.MADE, by=by, now=now)
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

    It is due when the days or working minutes of the standard are over, counted from `start`. None where no policy in
    force sets such a standard: nothing is then promised. A subject is promised each kind once.
    """
    level = find_in_force(session, customer, kind, business_day(start))
    if level is None:
        return None
    due_at = due_for(session, level, start)
    return put(session, kind, customer.id, Vow(subject_no, due_at, start), level=level, by=by, now=now)


def put(
    session: Session,
    kind: Kind,
    customer_id: int,
    vow: Vow,
    *,
    level: ServiceLevel | None = None,
    settles: ServiceLevel | None = None,
    by: User | None,
    now: datetime,
) -> Promise:
    """Promise one subject to a customer: under a level, or by what that of a missed promise says of settling it."""
    under = level or settles
    promise = Promise(
        kind=kind,
        service_level_id=level.id if level else None,
        settles_level_id=settles.id if settles else None,
        version_id=under.version_id if under else None,
        customer_id=customer_id,
        subject_no=vow.subject_no,
        made_at=now,
        original_due_at=vow.due_at,
        due_at=vow.due_at,
        state=PromiseState.OPEN,
        cause=None,
        risk_since=None,
        missed_at=None,
        fulfilled_at=None,
        tolerated_until=None,
        clock_start_at=vow.start,
        paused_since=None,
        owed_minor=0,
        paid_minor=0,
        owed_currency=None,
        paid_at=None,
    )
    insert_object(session, promise)
    note(session, [(promise.id, vow.due_at)], Happening.MADE, by=by, now=now)
    return promise


def due_for(session: Session, level: ServiceLevel, start: datetime, pauses: Sequence[Span] = ()) -> datetime:
    """The last moment in time of a standard that counts days or working minutes, for what begins at `start`."""
    since = business_day(start)
    if level.minutes is not None:
        return due_by_minutes(start, level.minutes, working_hours(session, since), pauses)
    return due_in_days(level, start, working_days(session, since), pauses)


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
    note(session, [(promise.id, due_at)], Happening.REPROMISED, cause=cause, by=by, now=now)


def fulfil(
    session: Session, promises: Iterable[Promise], done_at: datetime, *, by: User | None, now: datetime
) -> None:
    """What was promised has been done at `done_at`: kept if by then, or by as much later as its level tolerates.

    Else it is missed for good and done late.
    """
    fulfil_all(session, [(promise, done_at) for promise in promises], by=by, now=now)


def fulfil_all(
    session: Session, done: Iterable[tuple[Promise, datetime]], *, by: User | None, now: datetime
) -> None:
    """What several promises were about has been done, each at its own moment, as with `fulfil`."""
    moments = {promise.id: done_at for promise, done_at in done}
    kept, missed, late, paused = [], [], [], list[tuple[int, datetime]]()
    over = (PromiseState.WAIVED, PromiseState.WITHDRAWN)
    locked = lock(session, Promise, moments)  # the watch may be judging them now
    judged = [promise for promise in locked if promise.fulfilled_at is None and promise.state not in over]
    for promise in judged:
        if promise.paused_since is not None:
            run_on(session, promise, until=max(moments[promise.id], promise.paused_since))
            paused.append((promise.id, promise.due_at))
    excused = tolerated(session, [(promise, moments[promise.id]) for promise in judged])
    for promise in judged:
        promise.fulfilled_at, promise.tolerated_until = moments[promise.id], excused.get(promise.id)
        if promise.fulfilled_at <= (promise.tolerated_until or promise.due_at):
            promise.state, promise.missed_at = PromiseState.KEPT, None
            kept.append((promise.id, promise.due_at))
        else:
            if promise.state in WATCHED:
                promise.state, promise.missed_at = PromiseState.MISSED, promise.due_at
                missed.append((promise.id, promise.due_at))
            late.append((promise.id, promise.due_at))
    if paused:
        end_pauses(session, [id_ for id_, _due_at in paused], by=by, now=now)
    note(session, paused, Happening.RESUMED, by=by, now=now)
    note(session, kept, Happening.KEPT, by=by, now=now)
    note(session, missed, Happening.MISSED, by=by, now=now)
    note(session, late, Happening.FULFILLED_LATE, by=by, now=now)


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
    ids = [promise.id for promise in lock(session, Promise, promise_ids)]
    if not ids:
        return
    gone = session.execute(
        update(Promise)
        .where(Promise.id.in_(ids), Promise.state.in_(WATCHED))
        .values(state=PromiseState.WITHDRAWN, paused_since=None)
        .returning(Promise.id, Promise.due_at)
    ).all()
    if gone:
        end_pauses(session, [row.id for row in gone], by=by, now=now)
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
    ).all()
    over = [(row.id, row.due_at) for row in [*gone, *late]]
    note(session, over, Happening.WITHDRAWN, by=by, now=now, cause=cause)


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


def row_under(
    level: ServiceLevel,
    customer_id: int,
    subject_no: str,
    start: datetime | None,
    due_at: datetime,
    *,
    now: datetime,
) -> dict[str, Any]:
    """A new promise, with the same columns whatever becomes of it, so that all of an act are written at once."""
    return {
        "kind": level.kind,
        "service_level_id": level.id,
        "version_id": level.version_id,
        "customer_id": customer_id,
        "subject_no": subject_no,
        "made_at": now,
        "original_due_at": due_at,
        "due_at": due_at,
        "state": PromiseState.OPEN,
        "clock_start_at": start,
        "missed_at": None,
        "fulfilled_at": None,
        "tolerated_until": None,
    }
