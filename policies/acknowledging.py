"""A buyer says that their company has read a version of the service policy."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from policies.models import PolicyNews, PolicyVersion, VersionState
from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on what customers are told, for the audit trail."""

    ACKNOWLEDGED = "policy.acknowledged"


def acknowledge(
    session: Session, version: PolicyVersion, customer: Customer, *, by: User, now: datetime
) -> None:
    """A person acknowledges a published version for their company; a customer who was not told of it may as well.

    Done again it changes nothing. Refused for a version that is not published.
    """
    if version.state != VersionState.PUBLISHED:
        raise Refused(N_("This version is not published, so there is nothing to acknowledge yet."))
    row = {"version_id": version.id, "customer_id": customer.id, "told_at": now}
    session.execute(upsert(session, PolicyNews).values(row).on_conflict_do_nothing())
    news = session.get_one(
        PolicyNews, (version.id, customer.id), populate_existing=True, with_for_update=True
    )
    if news.acknowledged_at is not None:
        return
    news.acknowledged_at, news.acknowledged_by_id = now, by.id
    said = {"policy": version.policy.code, "version": version.number}
    audit.record(session, Verb.ACKNOWLEDGED, "customer", customer.code, by=by, now=now, after=said)
