"""Complaints about promises that have been done meanwhile: what those are worth no longer grows, and is proposed."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.compensating import propose_if_due
from aftersales.complaints import Compensation, Complaint
from policies.models import ServiceLevel
from policies.promises import Happening, Promise, PromiseEvent, PromiseState
from portal.jobs import for_each

LOOKED_AT = timedelta(days=14)


def propose_grown(session: Session, now: datetime) -> int:
    """Propose compensation on every complaint that waited for its promise to be done or given up; says how many.

    One that turns out to be worth nothing is looked at for a fortnight after the promise ended, and then no more.
    """
    ended = (
        select(PromiseEvent.id)
        .where(
            PromiseEvent.promise_id == Promise.id,
            PromiseEvent.what.in_((Happening.FULFILLED_LATE, Happening.WITHDRAWN)),
            PromiseEvent.at >= now - LOOKED_AT,
        )
        .exists()
    )
    known = select(Compensation.id).where(Compensation.promise_id == Promise.id).exists()
    query = (
        select(Complaint.id)
        .join(Promise, Promise.id == Complaint.promise_id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state == PromiseState.MISSED,
            ended,
            (ServiceLevel.compensation_bp_per_day > 0) | (ServiceLevel.compensation_minor_per_day > 0),
            ~known,
        )
        .order_by(Complaint.id)
    )

    def one(complaint_id: int) -> int:
        complaint = session.get_one(Complaint, complaint_id)
        promise = session.get_one(Promise, complaint.promise_id)
        return propose_if_due(session, promise, complaint, by=None, now=now) is not None

    return for_each(session, list(session.scalars(query)), one)
