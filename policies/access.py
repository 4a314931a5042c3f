"""The only door from an address to a policy: who may see which version."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from policies.models import Policy, PolicyVersion, Scope, VersionState
from policies.promises import Promise
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.customers.models import Customer


def policy_for(session: Session, person: User, code: str) -> Policy | None:
    """The policy with this code for people of the distributor; customers see versions only."""
    if person.audience is not Audience.STAFF:
        return None
    query = select(Policy).where(Policy.code == code)
    return session.scalars(query.options(*_with_versions())).one_or_none()


def version_for(session: Session, person: User, code: str, number: int) -> PolicyVersion | None:
    """A version as far as a person may see it.

    People of the distributor see all. A customer sees published versions of the policies that cover them, and those
    under which something was promised to them.
    """
    query = (
        select(PolicyVersion)
        .join(PolicyVersion.policy)
        .where(Policy.code == code, PolicyVersion.number == number)
        .options(
            joinedload(PolicyVersion.policy).options(*_with_versions()),
            joinedload(PolicyVersion.author),
            joinedload(PolicyVersion.reviewer),
            joinedload(PolicyVersion.publisher),
        )
    )
    version = session.scalars(query).one_or_none()
    if version is None or person.audience is Audience.STAFF:
        return version
    if version.state != VersionState.PUBLISHED:
        return None
    if covers(version.policy, person.company) or _promised_under(session, version, person.company):
        return version
    return None


def covers(policy: Policy, customer: Customer) -> bool:
    """Whether a policy is written for a customer, their group, their tier, or everybody."""
    match policy.scope:
        case Scope.CUSTOMER:
            return policy.customer_id == customer.id
        case Scope.GROUP:
            return policy.group_id == customer.group_id
        case Scope.TIER:
            return policy.tier == customer.tier
        case _:
            return True


def _promised_under(session: Session, version: PolicyVersion, customer: Customer) -> bool:
    return bool(
        session.scalar(
            select(exists().where(Promise.version_id == version.id, Promise.customer_id == customer.id))
        )
    )


def _with_versions() -> tuple[Any, ...]:
    return (
        joinedload(Policy.customer),
        joinedload(Policy.group),
        selectinload(Policy.versions).selectinload(PolicyVersion.levels),
        selectinload(Policy.versions).joinedload(PolicyVersion.publisher),
    )
