"""Complaints about promises that have been done meanwhile: what those are worth no longer grows, and is proposed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.compensating import propose_if_due
from aftersales.complaints import Compensation, Complaint
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseState
from portal.db import transaction


def propose_grown(session: Session, now: datetime) -> int:
    """Propose compensation on every complaint that waited for its promise to be done; says how many."""
    known = select(Compensation.id).where(Compensation.promise_id == Promise.id).exists()
    query = (
        select(Complaint)
        .join(Promise, Promise.id == Complaint.promise_id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state == PromiseState.MISSED,
            Promise.fulfilled_at.is_not(None),
            (ServiceLevel.compensation_bp_per_day > 0) | (ServiceLevel.compensation_minor_per_day > 0),
            ~known,
        )
        .order_by(Complaint.id)
    )
    proposed = 0
    for complaint in session.scalars(query).all():
        with transaction(session):
            promise = session.get_one(Promise, complaint.promise_id)
            proposed += propose_if_due(session, promise, complaint, by=None, now=now) is not None
    return proposed
