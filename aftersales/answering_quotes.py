"""The customer approves the quote of a repair, or declines it."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.lending import follow_repair
from aftersales.repairing import begin, reach, tell
from aftersales.repairs import Repair, RepairState
from aftersales.waiting import resume_repair
from policies.promising import withdraw
from portal.accounts.models import User
from portal.clock import business_day
from portal.outbox import day_fact


def approve(session: Session, repair: Repair, *, by: User, now: datetime) -> None:
    """The customer agrees to pay what was quoted; the repair is promised anew by the time that we waited.

    Refused unless the quote waits for an answer.
    """
    fresh = begin(session, repair, RepairState.APPROVED)
    fresh.answered_at, fresh.answered_by_id = now, by.id
    reach(session, fresh, RepairState.APPROVED, by=by, now=now, facts={"charge_minor": fresh.charge_minor})
    resume_repair(session, fresh, by=by, now=now)
    promise = fresh.repair_promise
    tell(
        session,
        fresh,
        now=now,
        free=False,
        due_on=day_fact(business_day(promise.due_at)) if promise else None,
    )


def decline(session: Session, repair: Repair, note: str, *, by: User, now: datetime) -> None:
    """The customer does not want the repair at this price; the unit is to be sent back as it came.

    The repair is no longer owed. Refused unless the quote waits for an answer.
    """
    fresh = begin(session, repair, RepairState.DECLINED)
    fresh.answered_at, fresh.answered_by_id = now, by.id
    reach(session, fresh, RepairState.DECLINED, by=by, now=now, note=note.strip())
    gone = [id_ for id_ in (fresh.repair_promise_id, fresh.loaner_promise_id) if id_ is not None]
    withdraw(session, gone, by=by, now=now)
    follow_repair(session, fresh, now=now)
    tell(session, fresh, now=now)
