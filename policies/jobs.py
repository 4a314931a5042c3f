"""Scheduled work of the rule book."""

from datetime import datetime

from sqlalchemy.orm import Session

from policies.calendars import fill_in
from portal.db import transaction


def extend_calendar(session: Session, now: datetime) -> int:
    """Keep public holidays in the calendar for years to come; says how many years were filled in."""
    with transaction(session):
        return len(fill_in(session, now=now))
