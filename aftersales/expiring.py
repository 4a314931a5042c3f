"""Authorised goods that did not come by the day agreed: their returns are closed, so that the units are free again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.calling_off import expire
from aftersales.models import Return, ReturnState
from portal.clock import business_day
from portal.db import transaction


def expire_authorisations(session: Session, now: datetime) -> int:
    """Close every return whose goods were due before today; each on its own, so that a killed run is resumed."""
    overdue = (
        select(Return)
        .where(Return.state == ReturnState.AUTHORISED, Return.return_by < business_day(now))
        .order_by(Return.id)
    )
    closed = 0
    for found in session.scalars(overdue).all():
        with transaction(session):
            closed += expire(session, found, now=now)
    return closed
