"""A missed promise settles itself: what it is worth is worked out and offered before the customer has to ask."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from aftersales import compensating
from aftersales.compensation_steps import compensation_of, locked, put_on_record
from aftersales.complaints import COMPENSATION_MOVES, Compensation, CompensationState, Complaint
from aftersales.missed import about, worth
from policies import settling
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import Happening, Promise, PromiseEvent, PromiseExemption, PromiseState
from portal import audit
from portal.clock import business_day
from portal.db import lock
from portal.jobs import for_each

LOOKED_AT = timedelta(days=14)
"""How long after the end of a promise is on record it is looked at; what is worth nothing by then is worth nothing."""
RECORDED_WITHIN = timedelta(days=365)
"""How long after something was done it may be put on record and still be looked at."""
LONGEST = 500


class Verb(StrEnum):
    """What the offering puts on record."""

    OFFERED = "compensation.offered"
    WITHDRAWN = "compensation.withdrawn"


def offer_settlements(session: Session, now: datetime) -> int:
    """Withdraw what was offered for promises that are excused by now, and offer what is due; says how many changed.

    Each is a transaction of its own. A promise is offered for once, when it was missed and is done or given up, and not
    when its customer has complained about it: then what it is worth is proposed with the complaint.
    """

    def offer_one(promise_id: int) -> int:
        return offer(session, session.get_one(Promise, promise_id), now=now) is not None

    withdrawn = for_each(session, _excused(session), lambda id_: _withdraw(session, id_, now=now))
    return withdrawn + for_each(session, _unsettled(session, now), offer_one)


def _unsettled(session: Session, now: datetime) -> list[int]:
    """Missed promises that ended a short while ago under a level with compensation, and that nobody asked about.

    What was done longer ago counts as well when it was put on record only now.
    """
    lately = now - LOOKED_AT
    complained = select(Complaint.id).where(Complaint.promise_id == Promise.id).exists()
    known = select(Compensation.id).where(Compensation.promise_id == Promise.id).exists()
    base = (
        select(Promise.id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state == bindparam("missed", PromiseState.MISSED, literal_execute=True),  # for its index
            Promise.kind != Kind.SETTLEMENT,
            (ServiceLevel.compensation_bp_per_day > 0) | (ServiceLevel.compensation_minor_per_day > 0),
            ~complained,
            ~known,
        )
    )
    done = session.scalars(base.where(Promise.fulfilled_at >= lately)).all()
    recorded = session.scalars(
        base.where(
            Promise.fulfilled_at >= now - RECORDED_WITHIN,
            Promise.fulfilled_at < lately,
            _since(lately, Happening.FULFILLED_LATE),
        )
    ).all()
    over = session.scalars(
        base.where(Promise.fulfilled_at.is_(None), _since(lately, Happening.WITHDRAWN))
    ).all()
    return sorted({*done, *recorded, *over})


def _since(earliest: datetime, what: Happening) -> ColumnElement[bool]:
    """This happened to the promise at that instant or later."""
    events = select(PromiseEvent.id).where(
        PromiseEvent.promise_id == Promise.id, PromiseEvent.what == what, PromiseEvent.at >= earliest
    )
    return events.exists()


def offer(session: Session, promise: Promise, *, now: datetime) -> Compensation | None:
    """Offer what a missed promise is worth; None unless it is done, worth anything, and nobody asked before."""
    (promise,) = lock(session, Promise, [promise.id])
    if promise.state != PromiseState.MISSED or compensation_of(session, promise) is not None:
        return None
    if session.scalar(select(Complaint.id).where(Complaint.promise_id == promise.id)) is not None:
        return None
    missed = about(session, promise)
    worked = worth(session, missed, business_day(now)) if missed.done else None
    if worked is None:
        return None
    found = put_on_record(session, missed, worked, CompensationState.OFFERED, by=None, now=now)
    after = {"amount_minor": found.amount_minor, "currency": found.currency, "promise": promise.subject_no}
    audit.record(session, Verb.OFFERED, "compensation", found.number, by=None, now=now, after=after)
    return found


def _excused(session: Session) -> list[int]:
    """Compensations that nobody decided on yet, for promises that do not count any more."""
    query = (
        select(Compensation.id)
        .join(Promise, Promise.id == Compensation.promise_id)
        .where(
            Compensation.state.in_((CompensationState.OFFERED, CompensationState.PROPOSED)),
            Promise.state == PromiseState.WAIVED,
        )
        .order_by(Compensation.id)
    )
    return list(session.scalars(query))


def _withdraw(session: Session, compensation_id: int, *, now: datetime) -> int:
    found = locked(session, session.get_one(Compensation, compensation_id))
    if found.promise.state != PromiseState.WAIVED:
        return 0
    why = _reason(session, found.promise)
    if found.state == CompensationState.PROPOSED:
        compensating.reject(session, found, why, by=None, now=now)
        return 1
    if found.state != CompensationState.OFFERED:
        return 0
    found.decided_at, found.note = now, why
    COMPENSATION_MOVES.make(found, CompensationState.WITHDRAWN)
    settling.owe(session, found.promise, 0, found.currency, now=now)
    after = {"reason": why}
    audit.record(session, Verb.WITHDRAWN, "compensation", found.number, by=None, now=now, after=after)
    return 1


def _reason(session: Session, promise: Promise) -> str:
    """What excuses a promise: the cause, and the steps that were taken against it."""
    excuse = session.get(PromiseExemption, promise.id)
    return f"{excuse.cause_no}: {excuse.steps}"[:LONGEST] if excuse is not None else promise.subject_no
