"""The only door from an address to a service report; it proves the right to see it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from policies.models import Policy, PolicyVersion
from policies.reports import ServiceReport
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.refusal import Unknown

REPORT_PARTS: tuple[Any, ...] = (
    joinedload(ServiceReport.version).joinedload(PolicyVersion.policy).joinedload(Policy.customer),
    joinedload(ServiceReport.customer),
    joinedload(ServiceReport.made_by),
)


def report_for(session: Session, person: User, number: str) -> ServiceReport:
    """The report with this number: any for people of the distributor, a customer's own for theirs; else Unknown."""
    query = select(ServiceReport).where(ServiceReport.number == number).options(*REPORT_PARTS)
    if person.audience is not Audience.STAFF:
        query = query.where(ServiceReport.customer_id == person.customer_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"report {number}")
    return found
