"""A person of a company signs up for a seminar, waits for a place, moves up, or signs off again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from policies.seminar_telling import tell_place, tell_signed_up
from policies.seminars import Seminar, SeminarState, SignUp, SignUpState
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on a sign-up, for the audit trail."""

    SIGNED_UP = "seminar.signed_up"
    SIGNED_OFF = "seminar.signed_off"
    MOVED_UP = "seminar.moved_up"


def sign_up(session: Session, seminar: Seminar, *, by: User, now: datetime) -> SignUp:
    """A place for a person of a customer, or the end of the waiting list when all are taken; they are told which.

    Refused for a seminar that is not announced or has begun, and for who is signed up already.
    """
    found = _open(session, seminar, now)
    own = find_sign_up(session, found, by)
    if own is not None and own.state in (SignUpState.PLACE, SignUpState.WAITING):
        raise Refused(N_("You are signed up for this seminar already."))
    last = _last_no(session, found)
    own = own or SignUp(seminar_id=found.id, user_id=by.id, customer_id=by.company.id)
    own.state = SignUpState.PLACE if found.free else SignUpState.WAITING
    own.queue_no, own.signed_up_at, own.changed_at = last + 1, now, now
    found.taken += own.state == SignUpState.PLACE
    session.add(own)
    session.flush()
    tell_signed_up(session, found, own, waiting_before(session, own), now=now)
    _record(session, Verb.SIGNED_UP, found, own, by=by, now=now)
    return own


def sign_off(session: Session, seminar: Seminar, *, by: User, now: datetime) -> None:
    """Give a place or a number on the waiting list up again; the first who waits gets the place and is told.

    Refused for who is not signed up, and once the seminar has begun.
    """
    found = _open(session, seminar, now)
    own = find_sign_up(session, found, by)
    if own is None or own.state not in (SignUpState.PLACE, SignUpState.WAITING):
        raise Refused(N_("You are not signed up for this seminar."))
    if own.state == SignUpState.PLACE:
        found.taken -= 1
    own.state, own.changed_at = SignUpState.CANCELLED, now
    session.flush()
    _record(session, Verb.SIGNED_OFF, found, own, by=by, now=now)
    move_up(session, found, now=now)


def move_up(session: Session, seminar: Seminar, *, now: datetime) -> list[SignUp]:
    """Give the free places of a locked seminar to those who have waited longest, each of whom is told."""
    if not seminar.free:
        return []
    query = (
        select(SignUp)
        .where(SignUp.seminar_id == seminar.id, SignUp.state == SignUpState.WAITING)
        .order_by(SignUp.queue_no)
        .limit(seminar.free)
    )
    fresh = query.options(joinedload(SignUp.person)).execution_options(populate_existing=True)
    moved = list(session.scalars(fresh))
    for one in moved:
        one.state, one.changed_at = SignUpState.PLACE, now
        _record(session, Verb.MOVED_UP, seminar, one, by=None, now=now)
    seminar.taken += len(moved)
    session.flush()
    tell_place(session, seminar, moved, now=now)
    return moved


def find_sign_up(session: Session, seminar: Seminar, person: User) -> SignUp | None:
    """The sign-up of a person for a seminar, whatever became of it, or None."""
    query = select(SignUp).where(SignUp.seminar_id == seminar.id, SignUp.user_id == person.id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def waiting_before(session: Session, sign_up: SignUp) -> int:
    """How many wait for a place of the same seminar before this one."""
    query = select(func.count(SignUp.id)).where(
        SignUp.seminar_id == sign_up.seminar_id,
        SignUp.state == SignUpState.WAITING,
        SignUp.queue_no < sign_up.queue_no,
    )
    return session.scalar(query) or 0


def _open(session: Session, seminar: Seminar, now: datetime) -> Seminar:
    rows = lock(session, Seminar, [seminar.id])
    if not rows or rows[0].state == SeminarState.DRAFT:
        raise Refused(N_("This seminar is not announced, so nobody can sign up."))
    (found,) = rows
    if found.state == SeminarState.CANCELLED:
        raise Refused(N_("This seminar was cancelled."))
    if not found.takes_sign_ups(now):
        raise Refused(N_("This seminar has begun, so the list of participants is closed."))
    return found


def _last_no(session: Session, seminar: Seminar) -> int:
    query = select(func.max(SignUp.queue_no)).where(SignUp.seminar_id == seminar.id)
    return session.scalar(query) or 0


def _record(
    session: Session, verb: Verb, seminar: Seminar, sign_up: SignUp, *, by: User | None, now: datetime
) -> None:
    facts = {"person": sign_up.person.email, "state": sign_up.state, "queue_no": sign_up.queue_no}
    audit.record(session, verb, "seminar", seminar.number, by=by, now=now, after=facts)
