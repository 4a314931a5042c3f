"""A seminar ends: it is cancelled and everybody is told, or it was held and who came is put on record."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from policies.seminar_planning import locked
from policies.seminar_telling import tell_cancelled
from policies.seminars import HAD_PLACE, Seminar, SeminarState, SignUp, SignUpState
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """How a seminar ends, for the audit trail."""

    CANCELLED = "seminar.cancelled"
    HELD = "seminar.held"


def cancel(session: Session, seminar: Seminar, reason: str, *, by: User, now: datetime) -> int:
    """Call an announced seminar off; everybody signed up is told once, with the reason. Says how many people.

    Refused without a reason, for a draft, when it has begun, and when it was held or cancelled before.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(N_("Say why it is cancelled; who signed up reads it."), field="reason")
    found = locked(session, seminar)
    if found.state == SeminarState.DRAFT:
        raise Refused(N_("Nobody knows of a draft. Throw it away instead."))
    if found.state != SeminarState.ANNOUNCED:
        raise Refused(N_("This seminar was held or cancelled already."))
    if found.starts_at <= now:
        raise Refused(N_("This seminar has begun, so it cannot be cancelled. Put on record who came."))
    found.state = SeminarState.CANCELLED
    session.flush()
    told = tell_cancelled(session, found, reason, now=now)
    facts = {"reason": reason, "people_told": told}
    audit.record(session, Verb.CANCELLED, "seminar", found.number, by=by, now=now, after=facts)
    return told


def record_attendance(
    session: Session, seminar: Seminar, came: Collection[int], *, by: User, now: datetime
) -> None:
    """Put on record which of the sign-ups with a place (by id) came; the others did not. The seminar is then held.

    A record that was wrong is put right in the same way. Refused before the seminar begins, for one that was never
    announced or was cancelled, and for people who had no place.
    """
    found = locked(session, seminar)
    if found.state not in (SeminarState.ANNOUNCED, SeminarState.HELD):
        raise Refused(N_("Only who came to an announced seminar can be put on record."))
    if found.starts_at > now:
        raise Refused(N_("The seminar has not begun yet, so nobody can have attended it."))
    had_place = SignUp.seminar_id == found.id, SignUp.state.in_(HAD_PLACE)
    places = set(session.scalars(select(SignUp.id).where(*had_place)))
    if not places.issuperset(came):
        raise Refused(N_("Somebody ticked had no place in this seminar. Please look at the list again."))
    absent = places - set(came)
    for state, ids in ((SignUpState.ATTENDED, set(came)), (SignUpState.ABSENT, absent)):
        chosen = update(SignUp).where(*had_place, SignUp.id.in_(ids), SignUp.state != state)
        session.execute(chosen.values(state=state, changed_at=now))
    found.state = SeminarState.HELD
    facts = {"attended": len(places) - len(absent), "absent": len(absent)}
    audit.record(session, Verb.HELD, "seminar", found.number, by=by, now=now, after=facts)
