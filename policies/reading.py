"""Who has read a version: what customers acknowledged, and who could review one."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from policies.book import Standing, covering, current_versions
from policies.models import PolicyNews, PolicyVersion
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset


@dataclass(frozen=True)
class HowFarRead:
    """How many customers were told of a version, and how many of them have acknowledged it."""

    told: int
    acknowledged: int

    @property
    def waiting(self) -> int:
        """How many have not acknowledged it yet."""
        return self.told - self.acknowledged


def count_reviewers(session: Session, version: PolicyVersion) -> int:
    """How many people other than its author could review a version."""
    query = select(func.count()).where(
        User.role.in_(MANAGING_ROLES), User.active, User.id != version.author_id
    )
    return session.scalar(query) or 0


def how_far_read(session: Session, version: PolicyVersion) -> HowFarRead:
    """How far the customers of a version have acknowledged it."""
    query = select(func.count(), func.count(PolicyNews.acknowledged_at)).where(
        PolicyNews.version_id == version.id
    )
    return HowFarRead(*session.execute(query).one())


def reader_page(
    session: Session,
    version: PolicyVersion,
    *,
    waiting: bool,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[PolicyNews]:
    """A page of the customers told of a version, or of those who have not acknowledged it, the newest first."""
    query = (
        select(PolicyNews)
        .where(PolicyNews.version_id == version.id)
        .options(joinedload(PolicyNews.customer), joinedload(PolicyNews.acknowledged_by))
    )
    if waiting:
        query = query.where(PolicyNews.acknowledged_at.is_(None))
    return keyset(session, query, PolicyNews.customer_id, older_than=older_than, newer_than=newer_than)


def news_for(session: Session, customer: Customer, version: PolicyVersion) -> PolicyNews | None:
    """What a customer was told of a version, if they were told."""
    return session.get(
        PolicyNews, (version.id, customer.id), options=[joinedload(PolicyNews.acknowledged_by)]
    )


def unread(session: Session, customer: Customer, on: date) -> list[PolicyNews]:
    """The versions that a customer was told of, that hold on a day or will, and that nobody there acknowledged."""
    query = (
        select(PolicyNews)
        .join(PolicyNews.version)
        .join(PolicyVersion.policy)
        .where(
            PolicyNews.customer_id == customer.id,
            PolicyNews.acknowledged_at.is_(None),
            covering(customer),
            PolicyVersion.id.in_(current_versions(on)) | (PolicyVersion.valid_from > on),
        )
        .options(joinedload(PolicyNews.version).joinedload(PolicyVersion.policy))
        .order_by(PolicyNews.told_at)
    )
    return list(session.scalars(query))


def read_on(session: Session, customer: Customer, holds: Standing) -> dict[int, datetime | None]:
    """For each version that decides something for a customer, when they acknowledged it, if they have."""
    ids = [version.id for version in holds.versions if holds.decides(version)]
    query = select(PolicyNews.version_id, PolicyNews.acknowledged_at).where(
        PolicyNews.customer_id == customer.id, PolicyNews.version_id.in_(ids)
    )
    known: dict[int, datetime | None] = {
        row.version_id: row.acknowledged_at for row in session.execute(query)
    }
    return {version_id: known.get(version_id) for version_id in ids}


def known_before(session: Session, customer: Customer, version: PolicyVersion) -> PolicyVersion | None:
    """The version of the same policy that a customer knows: the last they acknowledged, else the one before this."""
    earlier = [one for one in version.policy.versions if one.number < version.number and one.valid_from]
    query = select(PolicyNews.version_id).where(
        PolicyNews.customer_id == customer.id,
        PolicyNews.acknowledged_at.is_not(None),
        PolicyNews.version_id.in_([one.id for one in earlier]),
    )
    acknowledged = set(session.scalars(query))
    return next((one for one in earlier if one.id in acknowledged), next(iter(earlier), None))
