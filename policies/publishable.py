"""What stands in the way of publishing a version: its day, and what would be left to promise."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from policies.kinds import Kind
from policies.models import Policy, PolicyVersion, Scope, VersionState
from policies.terms import terms_of
from portal.i18n import N_, day_text
from portal.refusal import Refused

FARTHEST = timedelta(days=730)
"""A version is announced at most two years ahead; a later date is a slip, such as a year of the Buddhist era."""


def refuse_day(session: Session, version: PolicyVersion, valid_from: date, today: date) -> None:
    """Refuse a day that is past or too far away, or on or before one from which another version holds."""
    if valid_from < today:
        raise Refused(
            N_("A version cannot hold from a past day: promises of those days are already made."),
            field="valid_from",
        )
    if valid_from > today + FARTHEST:
        raise Refused(N_("That day is more than two years away. Please check the year."), field="valid_from")
    published = [v for v in versions_of(session, version.policy) if v.state == VersionState.PUBLISHED]
    later = next((v for v in published if v.valid_from and v.valid_from >= valid_from), None)
    if later:
        raise Refused(
            N_("Version %(number)s of this policy is published from %(day)s: choose a later day."),
            field="valid_from",
            number=later.number,
            day=day_text(later.valid_from),
        )


def refuse_empty(session: Session, version: PolicyVersion, valid_from: date) -> None:
    """Refuse a version that promises nothing, or that would leave some order without a lead time."""
    terms = terms_of(version)
    if any(not clause.provinces for clause in terms.of(Kind.LEAD_TIME)):
        return
    if version.policy.scope == Scope.DEFAULT:
        raise Refused(
            N_(
                "The policy for everybody needs a lead time for everywhere: else no order could be confirmed."
            ),
            field="lead_time_0",
        )
    if terms.empty:
        raise Refused(
            N_("This version promises nothing yet: set at least one standard."), field="lead_time_0"
        )
    default_since = session.scalar(
        select(func.min(PolicyVersion.valid_from))
        .join(PolicyVersion.policy)
        .where(Policy.scope == Scope.DEFAULT, PolicyVersion.state == VersionState.PUBLISHED)
    )
    if default_since is None or default_since > valid_from:
        raise Refused(
            N_(
                "No other policy would promise a lead time from that day: set one here, "
                "or publish the one for everybody first."
            ),
            field="lead_time_0",
        )


def versions_of(session: Session, policy: Policy) -> list[PolicyVersion]:
    """The versions of a policy as the database has them now, the newest first."""
    query = (
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy.id)
        .order_by(PolicyVersion.number.desc())
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
