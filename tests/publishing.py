"""A version goes the way that every version goes: its author submits it, and another person publishes it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from policies import revising
from policies.models import PolicyVersion
from portal.accounts.models import User


def publish_reviewed(
    session: Session,
    version: PolicyVersion,
    valid_from: date,
    reason: str,
    *,
    reviewer: User,
    now: datetime,
) -> None:
    """Submit a draft in its author's name and have the reviewer publish it."""
    session.flush()
    revising.submit(session, version, by=version.author, now=now)
    session.flush()
    revising.publish(session, version, valid_from, reason, by=reviewer, now=now)
    session.flush()
