"""The clock of a promise stands still while we wait for somebody else, and what is left of it runs on afterwards."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from policies.happenings import note
from policies.models import ServiceLevel
from policies.places import working_hours
from policies.promises import WATCHED, Cause, Happening, Promise, PromisePause, PromiseState
from policies.shifting import later_by_pause
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


def pause(session: Session, promise: Promise, cause: Cause, *, by: User | None, now: datetime) -> None:
    """From now on the clock stands still for a cause; while it does the promise is neither at risk nor missed.

    Pauses of several causes may overlap; a second one for the same cause changes nothing. Refused once the promise is
    settled or past its due time.
    """
    (promise,) = lock(session, Promise, [promise.id])
    if promise.state not in WATCHED:
        raise Refused(N_("This promise is already settled."))
    if promise.paused_since is None and promise.due_at < now:
        raise Refused(N_("This promise is past its due time, so its clock cannot be paused any more."))
    if any(one.cause == cause for one in _open_pauses(session, promise)):
        return
    session.add(
        PromisePause(promise_id=promise.id, paused_at=now, cause=cause, paused_by_id=by.id if by else None)
    )
    if promise.paused_since is None:
        promise.paused_since = now
        promise.state, promise.cause, promise.risk_since = PromiseState.OPEN, None, None
    note(session, [(promise.id, promise.due_at)], Happening.PAUSED, cause=cause, by=by, now=now)
    session.flush()  # whoever looks for open pauses finds this one


def resume(session: Session, promise: Promise, cause: Cause, *, by: User | None, now: datetime) -> None:
    """The cause is over: once no other pause is left the promise is due as much later as the clock stood still.

    The original due time stays. Without such a pause nothing changes.
    """
    (promise,) = lock(session, Promise, [promise.id])
    still = _open_pauses(session, promise)
    over = [one for one in still if one.cause == cause]
    if not over or promise.paused_since is None:
        return
    for one in over:
        one.resumed_at, one.resumed_by_id = max(now, one.paused_at), by.id if by else None
    if len(over) == len(still):
        run_on(session, promise, until=now)
    note(session, [(promise.id, promise.due_at)], Happening.RESUMED, cause=cause, by=by, now=now)
    session.flush()  # what reads the promise next reads the new due time


def run_on(session: Session, promise: Promise, *, until: datetime) -> None:
    """The clock of a locked promise that was paused runs on at `until`; a risk that the new due time ends is over."""
    assert promise.paused_since is not None
    hours = working_hours(session, business_day(promise.paused_since))
    level = session.get(ServiceLevel, promise.service_level_id) if promise.service_level_id else None
    due_at = later_by_pause(
        promise.due_at,
        (promise.paused_since, until),
        hours,
        in_minutes=level is not None and level.minutes is not None,
        convention=level.counting if level is not None and level.convention else None,
    )
    promise.paused_since = None
    if due_at != promise.due_at:
        promise.due_at, promise.state, promise.cause, promise.risk_since = (
            due_at,
            PromiseState.OPEN,
            None,
            None,
        )


def end_pauses(session: Session, promise_ids: Iterable[int], *, by: User | None, now: datetime) -> None:
    """Close the pauses of promises that are settled, whose clocks do not matter any more; one statement."""
    session.execute(
        update(PromisePause)
        .where(
            PromisePause.promise_id.in_(list(promise_ids)),
            PromisePause.resumed_at.is_(None),
            PromisePause.paused_at <= now,
        )
        .values(resumed_at=now, resumed_by_id=by.id if by else None)
        .execution_options(synchronize_session="fetch")
    )


def _open_pauses(session: Session, promise: Promise) -> list[PromisePause]:
    query = select(PromisePause).where(
        PromisePause.promise_id == promise.id, PromisePause.resumed_at.is_(None)
    )
    return list(session.scalars(query.order_by(PromisePause.id)))
