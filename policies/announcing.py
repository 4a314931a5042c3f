"""A published version is told to the customers it decides something for, once, with the wish to acknowledge it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, func, literal, or_, select, true
from sqlalchemy.orm import Session

from policies.book import current_versions
from policies.models import Policy, PolicyNews, PolicyVersion, Scope, ServiceLevel, VersionState
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import Instant, transaction, upsert
from portal.outbox import Message, post_all

REMIND_AFTER = timedelta(days=7)
NEW, REMINDER = "policies/notices/new_version.txt", "policies/notices/acknowledge.txt"


def announce(session: Session, version: PolicyVersion, *, now: datetime) -> int:
    """Tell each customer for whom a version decides something, and ask them to acknowledge it; says how many.

    A customer whom closer policies cover in everything that it sets is not told.
    """
    session.flush()
    told = _tell(session, version, version.valid_from, now=now)
    _post(session, version, NEW, "policy-news", _readers(PolicyNews.version_id == version.id), now=now)
    return len(told)


def tell_arrivals(session: Session, now: datetime) -> int:
    """Tell customers of the versions in force or to come that concern them only since they were published.

    They are new, or changed their tier or group, or a closer policy left something to a wider one. Counts the people
    who are told.
    """
    today, count = business_day(now), 0
    published = PolicyVersion.state == VersionState.PUBLISHED
    query = select(PolicyVersion).where(published, _holds_or_will(today)).order_by(PolicyVersion.id)
    for version in session.scalars(query).all():
        arrived = _tell(session, version, max(today, version.valid_from or today), now=now)
        if arrived:
            theirs = PolicyNews.version_id == version.id, PolicyNews.customer_id.in_(arrived)
            count += _post(session, version, NEW, "policy-news", _readers(*theirs), now=now)
    return count


def remind(session: Session, now: datetime) -> int:
    """Job: tell who has come since, and remind, once, who was told a week ago and has not acknowledged.

    What was superseded since is let go, and so are customers for whom it decides nothing any more. Counts the people
    who were told or reminded.
    """
    with transaction(session):
        count = tell_arrivals(session, now)
    today = business_day(now)
    with transaction(session):
        current = _holds_or_will(today)
        waiting = (
            select(PolicyVersion)
            .join(PolicyNews, PolicyNews.version_id == PolicyVersion.id)
            .where(PolicyNews.acknowledged_at.is_(None), PolicyNews.told_at <= now - REMIND_AFTER, current)
            .distinct()
            .order_by(PolicyVersion.id)
        )
        for version in session.scalars(waiting):
            overdue = and_(
                PolicyNews.version_id == version.id,
                PolicyNews.acknowledged_at.is_(None),
                PolicyNews.told_at <= now - REMIND_AFTER,
            )
            still = concerned(version, max(today, version.valid_from or today))
            readers = _readers(overdue, *still)
            count += _post(session, version, REMINDER, "policy-reminder", readers, now=now)
    return count


def _holds_or_will(today: date) -> ColumnElement[bool]:
    return or_(PolicyVersion.id.in_(current_versions(today)), PolicyVersion.valid_from > today)


def _tell(session: Session, version: PolicyVersion, on: date | None, *, now: datetime) -> list[int]:
    """Put on record that each customer whom a version concerns on a day is told; the ids of those who were not yet."""
    known = select(PolicyNews.customer_id).where(
        PolicyNews.version_id == version.id, PolicyNews.customer_id == Customer.id
    )
    told = select(literal(version.id, Integer), Customer.id, literal(now, Instant())).where(
        *concerned(version, on), ~known.exists()
    )
    putting = upsert(session, PolicyNews).from_select(["version_id", "customer_id", "told_at"], told)
    return list(session.scalars(putting.on_conflict_do_nothing().returning(PolicyNews.customer_id)))


def concerned(version: PolicyVersion, on: date | None = None) -> Iterable[ColumnElement[bool]]:
    """Which customers a version decides something for on a day, its first unless another is asked for."""
    on = on or version.valid_from
    policy, scopes = version.policy, list(Scope)
    match policy.scope:
        case Scope.CUSTOMER:
            covered: Any = Customer.id == policy.customer_id
        case Scope.GROUP:
            covered = Customer.group_id == policy.group_id
        case Scope.TIER:
            covered = Customer.tier == policy.tier
        case _:
            covered = true()
    closer = scopes[: scopes.index(Scope(policy.scope))]
    if not closer or on is None:
        return [covered]
    kinds = {level.kind for level in version.levels}
    of_closer = _of_closer(closer, on)
    left = [of_closer(func.count(ServiceLevel.kind.distinct()), kinds) < len(kinds)] if kinds else []
    if version.return_days is not None:
        left.append(of_closer(func.count(PolicyVersion.return_days), None) == 0)
    return [covered, or_(*left)]


def _of_closer(scopes: list[Scope], on: date) -> Any:
    """Counts what the closer policies of a customer set on a day: standards for everywhere, or return windows."""

    def count(what: Any, kinds: set[str] | None) -> ColumnElement[int]:
        query: Select[int] = (
            select(what)
            .select_from(PolicyVersion)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(
                Policy.scope.in_(scopes),
                or_(
                    Policy.customer_id == Customer.id,
                    Policy.group_id == Customer.group_id,
                    Policy.tier == Customer.tier,
                ),
                PolicyVersion.id.in_(current_versions(on)),
            )
            .correlate(Customer)
        )
        if kinds is not None:
            query = query.join(ServiceLevel, ServiceLevel.version_id == PolicyVersion.id).where(
                ServiceLevel.kind.in_(kinds), ServiceLevel.provinces == ""
            )
        return query.scalar_subquery()

    return count


def _readers(*conditions: ColumnElement[bool]) -> Select[int]:
    """The people of the customers whose news this is."""
    return (
        select(User.id)
        .join(PolicyNews, PolicyNews.customer_id == User.customer_id)
        .join(Customer, Customer.id == User.customer_id)
        .where(*conditions, User.active)
        .order_by(User.id)
    )


def _post(
    session: Session, version: PolicyVersion, template: str, key: str, readers: Select[int], *, now: datetime
) -> int:
    policy = version.policy
    facts = {
        "name_th": policy.name_th,
        "name_en": policy.name_en,
        "number": version.number,
        "valid_from": version.valid_from.isoformat() if version.valid_from else None,
        "reason": version.reason,
    }
    path = f"/my/policy/{policy.code}/{version.number}"
    messages: list[Message] = [
        (user_id, facts, f"{key}-{version.id}-{user_id}", path) for user_id in session.scalars(readers)
    ]
    return post_all(session, messages, template, now=now)
