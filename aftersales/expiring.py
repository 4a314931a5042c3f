"""Authorised goods that did not come by the day agreed: their returns are closed, so that the units are free again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.calling_off import expire
from aftersales.models import Return, ReturnState
from portal.clock import business_day
from portal.jobs import for_each


def expire_authorisations(session: Session, now: datetime) -> int:
    """Close every return whose goods were due before today; each on its own, so that a killed run is resumed."""
    overdue = (
        select(Return.id)
        .where(Return.state == ReturnState.AUTHORISED, Return.return_by < business_day(now))
        .order_by(Return.id)
    )

    def close(return_id: int) -> int:
        return expire(session, session.get_one(Return, return_id), now=now)

    return for_each(session, list(session.scalars(overdue)), close)
