"""A return does not take place: the buyer calls it off, or the goods did not come by the day agreed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import return_notices
from aftersales.models import RETURN_MOVES, Return, ReturnState
from aftersales.return_steps import locked_return, refuse_unless_next
from policies.promising import withdraw
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day


class Verb(StrEnum):
    """Returns that do not take place, for the audit trail."""

    CANCELLED = "return.cancelled"
    EXPIRED = "return.expired"


def cancel(session: Session, found: Return, *, by: User, now: datetime) -> None:
    """Call a return off before the goods are here; its units can be asked for again. Refused once they are."""
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.CANCELLED)
    RETURN_MOVES.make(found, ReturnState.CANCELLED)
    if found.decision_promise_id is not None:
        withdraw(session, [found.decision_promise_id], by=by, now=now)
    audit.record(session, Verb.CANCELLED, "return", found.number, by=by, now=now)


def expire(session: Session, found: Return, *, now: datetime) -> bool:
    """Close an authorisation whose goods did not come by the day agreed, and tell the buyer; says whether it did."""
    found = locked_return(session, found)
    if found.state != ReturnState.AUTHORISED or found.return_by is None:
        return False
    if found.return_by >= business_day(now):
        return False
    RETURN_MOVES.make(found, ReturnState.CANCELLED)
    after = {"return_by": found.return_by.isoformat()}
    audit.record(session, Verb.EXPIRED, "return", found.number, by=None, now=now, after=after)
    return_notices.tell_buyer(session, found, "expired", after, now=now)
    return True
