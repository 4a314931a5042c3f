"""A policy is opened, drafted, changed and published; a published version stays as it is for ever."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from policies.models import Policy, PolicyVersion, Scope, VersionState
from policies.terms import Terms, check, levels_for, terms_of
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_, day_text
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "SP"
FARTHEST = timedelta(days=730)
"""A version is announced at most two years ahead; a later date is a slip, such as a year of the Buddhist era."""


class Verb(StrEnum):
    """Acts on policies, for the audit trail."""

    OPENED = "policy.opened"
    DRAFTED = "policy.drafted"
    CHANGED = "policy.draft_changed"
    DISCARDED = "policy.draft_discarded"
    PUBLISHED = "policy.published"


VERB_TITLES = {
    Verb.OPENED: N_("Policy opened"),
    Verb.DRAFTED: N_("Version %(number)s drafted"),
    Verb.CHANGED: N_("Draft of version %(number)s changed"),
    Verb.DISCARDED: N_("Draft of version %(number)s discarded"),
    Verb.PUBLISHED: N_("Version %(number)s published"),
}


def open_policy(
    session: Session,
    name_th: str,
    name_en: str,
    *,
    tier: str | None = None,
    customer: Customer | None = None,
    by: User,
    now: datetime,
) -> PolicyVersion:
    """A new policy for a tier, for one customer, or for everybody, with its first draft.

    Refused without a name, and when that scope already has a policy: it is then revised, not opened again.
    """
    if not name_th.strip() and not name_en.strip():
        raise Refused(N_("Give the policy a name in at least one language."), field="name_th")
    scope = Scope.CUSTOMER if customer else Scope.TIER if tier else Scope.DEFAULT
    _refuse_second(session, scope, tier, customer)
    policy = Policy(
        code=next_number(session, SERIES, business_day(now)),
        name_th=name_th.strip() or name_en.strip(),
        name_en=name_en.strip() or name_th.strip(),
        scope=scope,
        tier=tier if scope is Scope.TIER else None,
        customer_id=customer.id if customer else None,
    )
    draft = PolicyVersion(policy=policy, number=1, author_id=by.id, created_at=now, levels=[])
    session.add(draft)
    whom = {"scope": scope, "tier": policy.tier, "customer": customer.code if customer else None}
    audit.record(session, Verb.OPENED, "policy", policy.code, by=by, now=now, after=whom)
    return draft


def draft_version(session: Session, policy: Policy, *, by: User, now: datetime) -> PolicyVersion:
    """A draft of the policy's next version that says what its latest says; refused while another draft is open."""
    lock(session, Policy, [policy.id])
    latest = _versions(session, policy)[0]
    if latest.state == VersionState.DRAFT:
        raise Refused(N_("A draft of this policy is open already: change, publish or discard that one."))
    terms = terms_of(latest)
    draft = PolicyVersion(
        policy=policy,
        number=latest.number + 1,
        intro_th=terms.intro_th,
        intro_en=terms.intro_en,
        return_days=terms.return_days,
        author_id=by.id,
        created_at=now,
        levels=levels_for(terms),
    )
    session.add(draft)
    audit.record(
        session, Verb.DRAFTED, "policy", policy.code, by=by, now=now, after={"version": draft.number}
    )
    return draft


def change_draft(session: Session, version: PolicyVersion, terms: Terms, *, by: User, now: datetime) -> None:
    """Have a draft say these terms; refuses terms out of bounds, and a version that is published already."""
    draft = _locked_draft(session, version)
    check(terms)
    before = terms_of(draft)
    if before == terms:
        return
    for level in draft.levels:
        session.delete(level)
    session.flush()  # a version has one level of a kind, so the old ones leave before the new ones come
    session.expire(draft, ["levels"])
    draft.intro_th, draft.intro_en, draft.levels = terms.intro_th, terms.intro_en, levels_for(terms)
    draft.return_days = terms.return_days
    audit.record(
        session,
        Verb.CHANGED,
        "policy",
        draft.policy.code,
        by=by,
        now=now,
        before={"version": draft.number} | before.as_facts(),
        after={"version": draft.number} | terms.as_facts(),
    )


def discard_draft(session: Session, version: PolicyVersion, *, by: User, now: datetime) -> None:
    """Throw a draft away; a policy that never had another version goes with it. Refused for a published version."""
    draft = _locked_draft(session, version)
    policy, said = draft.policy, {"version": draft.number} | terms_of(draft).as_facts()
    for level in draft.levels:
        session.delete(level)
    session.flush()  # levels leave before their version, and the version before its policy
    session.expire(draft, ["levels"])
    session.delete(draft)
    session.flush()
    session.expire(policy, ["versions"])
    if said["version"] == 1:
        session.delete(policy)
    audit.record(session, Verb.DISCARDED, "policy", policy.code, by=by, now=now, before=said)


def publish(
    session: Session, version: PolicyVersion, valid_from: date, reason: str, *, by: User, now: datetime
) -> None:
    """Make a draft hold from a day on, for good.

    Refused without a reason, for a day that is past or too far away, when a published version of the policy holds from
    that day or later, when the draft promises nothing, and when no lead time would be left to promise. Of two people
    who publish at once the first wins and the other is refused.
    """
    draft = _locked_draft(session, version)
    today = business_day(now)
    if not reason.strip():
        raise Refused(
            N_("Say why this version is published; customers and colleagues will read it."), field="reason"
        )
    if valid_from < today:
        raise Refused(
            N_("A version cannot hold from a past day: promises of those days are already made."),
            field="valid_from",
        )
    if valid_from > today + FARTHEST:
        raise Refused(N_("That day is more than two years away. Please check the year."), field="valid_from")
    _refuse_overlap(session, draft, valid_from)
    _refuse_empty(session, draft, valid_from)
    check(terms_of(draft))
    draft.valid_from, draft.reason = valid_from, reason.strip()
    draft.state, draft.published_at, draft.publisher_id = VersionState.PUBLISHED, now, by.id
    audit.record(
        session,
        Verb.PUBLISHED,
        "policy",
        draft.policy.code,
        by=by,
        now=now,
        after={"version": draft.number, "valid_from": valid_from.isoformat(), "reason": draft.reason}
        | terms_of(draft).as_facts(),
    )


def _refuse_second(session: Session, scope: Scope, tier: str | None, customer: Customer | None) -> None:
    query = select(Policy.code).where(Policy.scope == scope)
    if scope is Scope.TIER:
        query = query.where(Policy.tier == tier)
    elif customer:
        query = query.where(Policy.customer_id == customer.id)
    taken = session.scalar(query)
    if taken:
        field = {Scope.CUSTOMER: "customer", Scope.TIER: "tier"}.get(scope, "scope")
        raise Refused(
            N_("Policy %(code)s covers them already: draft a new version of it."), field=field, code=taken
        )


def _refuse_overlap(session: Session, draft: PolicyVersion, valid_from: date) -> None:
    published = [v for v in _versions(session, draft.policy) if v.state == VersionState.PUBLISHED]
    later = next((v for v in published if v.valid_from and v.valid_from >= valid_from), None)
    if later:
        raise Refused(
            N_("Version %(number)s of this policy is published from %(day)s: choose a later day."),
            field="valid_from",
            number=later.number,
            day=day_text(later.valid_from),
        )


def _refuse_empty(session: Session, draft: PolicyVersion, valid_from: date) -> None:
    terms = terms_of(draft)
    if terms.lead_time:
        return
    if draft.policy.scope == Scope.DEFAULT:
        raise Refused(
            N_("The policy for everybody needs a lead time: without one no order could be confirmed."),
            field="lead_time",
        )
    if terms.empty:
        raise Refused(N_("This version promises nothing yet: set at least one standard."), field="lead_time")
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
            field="lead_time",
        )


def _locked_draft(session: Session, version: PolicyVersion) -> PolicyVersion:
    """The draft, locked behind its policy and read anew; refused once it is published or gone."""
    lock(session, Policy, [version.policy_id])
    found = lock(session, PolicyVersion, [version.id])
    if not found:
        raise Refused(N_("This draft was discarded in the meantime."))
    if found[0].state != VersionState.DRAFT:
        raise Refused(N_("This version is published already, so it can no longer be changed."))
    session.expire(found[0], ["levels"])
    return found[0]


def _versions(session: Session, policy: Policy) -> list[PolicyVersion]:
    query = (
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy.id)
        .order_by(PolicyVersion.number.desc())
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
