"""A manager publishes in which order scarce goods are dealt, with the reason; what was published stays on record."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from inventory.dealings import DealingRule
from inventory.turns import USUAL, Key
from portal import audit
from portal.accounts.models import User
from portal.db import first_to_write
from portal.i18n import N_
from portal.keyset import Keyset, keyset
from portal.refusal import Refused

FARTHEST = timedelta(days=366)
_PUBLISHED_MEANWHILE = N_("Somebody else has published a rule since you opened this page. Read it first.")


class Verb(StrEnum):
    """Acts on the rule, for the audit trail."""

    PUBLISHED = "dealing_rule.published"


def publish(
    session: Session,
    keys: Sequence[Key],
    reason: str,
    valid_from: datetime | None = None,
    *,
    seen: int,
    by: User,
    now: datetime,
) -> DealingRule:
    """The order of keys by which scarce goods are dealt from now on, or from an instant to come.

    `seen` is the edition that the manager looked at, 0 for none: of two managers at once the second is refused, and so
    are an order without a key or with one twice, no reason, and an instant that has passed or is over a year away.
    """
    if not keys or len(set(keys)) != len(keys):
        raise Refused(N_("Name each key once, and at least one."), field="first")
    if not reason.strip():
        raise Refused(N_("Say why; it stays on record."), field="reason")
    starts = valid_from or now
    if not now <= starts <= now + FARTHEST:
        raise Refused(N_("A rule holds from now or from a day within a year."), field="valid_from")
    if latest_edition(session) != seen:
        raise Refused(_PUBLISHED_MEANWHILE)
    before = keys_in_force(session, now)
    rule = DealingRule(
        edition=seen + 1,
        keys=[str(key) for key in keys],
        reason=reason.strip(),
        valid_from=starts,
        published_at=now,
        by_id=by.id,
    )
    with first_to_write(session, Refused(_PUBLISHED_MEANWHILE)):
        session.add(rule)
        session.flush()  # who comes second is told here
    audit.record(
        session,
        Verb.PUBLISHED,
        "dealing_rule",
        str(rule.edition),
        by=by,
        now=now,
        before={"keys": [str(key) for key in before]},
        after={"keys": rule.keys, "reason": rule.reason, "valid_from": starts.isoformat()},
    )
    return rule


def rule_in_force(session: Session, now: datetime) -> DealingRule | None:
    """The rule that holds at an instant; None before the first.

    The last one published whose day has come: what was planned before for that day or later never comes in force.
    """
    query = (
        select(DealingRule).where(DealingRule.valid_from <= now).order_by(DealingRule.edition.desc()).limit(1)
    )
    return session.scalars(query).first()


def keys_of(rule: DealingRule | None) -> tuple[Key, ...]:
    """What decides under a rule; without one the promised day, then the time of the order."""
    return tuple(Key(key) for key in rule.keys) if rule else USUAL


def keys_in_force(session: Session, now: datetime) -> tuple[Key, ...]:
    """What decides at an instant who is served first; one query."""
    return keys_of(rule_in_force(session, now))


def latest_edition(session: Session) -> int:
    """The number of the rule that was published last, in force or not; 0 before the first."""
    query = select(DealingRule.edition).order_by(DealingRule.edition.desc()).limit(1)
    return session.scalar(query) or 0


def replaced(session: Session, rules: Collection[DealingRule]) -> dict[int, int]:
    """Of these rules those that never came in force or never will, by id, each with the edition that took its place."""
    later = aliased(DealingRule)
    query = (
        select(DealingRule.id, func.min(later.edition))
        .join(later, and_(later.edition > DealingRule.edition, later.valid_from <= DealingRule.valid_from))
        .where(DealingRule.id.in_([one.id for one in rules]))
        .group_by(DealingRule.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def published(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[DealingRule]:
    """A page of all that was published, the latest first, with who published it."""
    query = select(DealingRule).options(joinedload(DealingRule.by))
    return keyset(session, query, DealingRule.id, older_than=older_than, newer_than=newer_than)
