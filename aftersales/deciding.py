"""Staff decide on a return: it is authorised, with a paper to send along, or refused with a reason."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import return_notices, return_papers
from aftersales.models import RETURN_MOVES, Return, ReturnState
from aftersales.return_steps import locked_return, refuse_unless_next
from policies.promising import fulfil
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused

RETURN_WITHIN = timedelta(days=14)
"""How long authorised goods are expected, unless another day is agreed."""
LONGEST = timedelta(days=180)


class Verb(StrEnum):
    """Decisions on returns, for the audit trail."""

    AUTHORISED = "return.authorised"
    REFUSED = "return.refused"


def authorise(
    session: Session,
    found: Return,
    note: str = "",
    return_by: date | None = None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """The goods may come, until a day; the authorisation is kept as issued and the buyer told.

    The decision that was promised is kept by it. What a recall calls back is authorised by nobody in particular.
    Refused unless the return waits for a decision, and for a day that has passed or lies half a year ahead.
    """
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.AUTHORISED)
    today = business_day(now)
    until = return_by or today + RETURN_WITHIN
    if not today <= until <= today + LONGEST:
        raise Refused(N_("Give a day from today on, within half a year."), field="return_by")
    _decide(session, found, ReturnState.AUTHORISED, note, by=by, now=now)
    found.return_by = until
    return_papers.issue(session, found, now=now)
    after = {"return_by": until.isoformat(), "note": found.decision_note}
    audit.record(session, Verb.AUTHORISED, "return", found.number, by=by, now=now, after=after)
    facts = {"return_by": until.isoformat(), "note": found.decision_note}
    return_notices.tell_buyer(session, found, "authorised", facts, now=now)


def refuse(session: Session, found: Return, reason: str, *, by: User, now: datetime) -> None:
    """The goods are not taken back, and the buyer is told why. Refused without a reason, or once it is decided."""
    if not reason.strip():
        raise Refused(N_("Say why the return is refused; the buyer reads it."), field="reason")
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.REFUSED)
    _decide(session, found, ReturnState.REFUSED, reason, by=by, now=now)
    after = {"reason": found.decision_note}
    audit.record(session, Verb.REFUSED, "return", found.number, by=by, now=now, after=after)
    return_notices.tell_buyer(session, found, "refused", {"reason": found.decision_note}, now=now)


def _decide(
    session: Session, found: Return, state: ReturnState, note: str, *, by: User | None, now: datetime
) -> None:
    RETURN_MOVES.make(found, state)
    found.decision_note = note.strip()
    found.decided_at, found.decided_by_id = now, by.id if by else None
    if found.decision_promise is not None:
        fulfil(session, [found.decision_promise], now, by=by, now=now)
