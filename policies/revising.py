"""A policy is opened, drafted, changed, reviewed and published; a published version stays as it is for ever."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.announcing import announce
from policies.bounds import check
from policies.measuring import refuse_unmeasured
from policies.models import Policy, PolicyVersion, Scope, VersionState
from policies.publishable import refuse_day, refuse_empty, versions_of
from policies.terms import Terms, say, terms_of
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer, CustomerGroup
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "SP"


class Verb(StrEnum):
    """Acts on policies, for the audit trail."""

    OPENED = "policy.opened"
    DRAFTED = "policy.drafted"
    CHANGED = "policy.draft_changed"
    DISCARDED = "policy.draft_discarded"
    SUBMITTED = "policy.submitted"
    TAKEN_BACK = "policy.taken_back"
    SENT_BACK = "policy.sent_back"
    PUBLISHED = "policy.published"


VERB_TITLES = {
    Verb.OPENED: N_("Policy opened"),
    Verb.DRAFTED: N_("Version %(number)s drafted"),
    Verb.CHANGED: N_("Draft of version %(number)s changed"),
    Verb.DISCARDED: N_("Draft of version %(number)s discarded"),
    Verb.SUBMITTED: N_("Version %(number)s submitted for review"),
    Verb.TAKEN_BACK: N_("Version %(number)s taken back from review"),
    Verb.SENT_BACK: N_("Version %(number)s sent back"),
    Verb.PUBLISHED: N_("Version %(number)s published"),
}


def open_policy(
    session: Session,
    name_th: str,
    name_en: str,
    *,
    tier: str | None = None,
    group: CustomerGroup | None = None,
    customer: Customer | None = None,
    by: User,
    now: datetime,
) -> PolicyVersion:
    """A new policy for a tier, a customer group, one customer, or everybody, with its first draft.

    Refused without a name, and when that scope already has a policy: it is then revised, not opened again.
    """
    if not name_th.strip() and not name_en.strip():
        raise Refused(N_("Give the policy a name in at least one language."), field="name_th")
    scope = Scope.CUSTOMER if customer else Scope.GROUP if group else Scope.TIER if tier else Scope.DEFAULT
    _refuse_second(session, scope, tier, group, customer)
    policy = Policy(
        code=next_number(session, SERIES, business_day(now)),
        name_th=name_th.strip() or name_en.strip(),
        name_en=name_en.strip() or name_th.strip(),
        scope=scope,
        tier=tier if scope is Scope.TIER else None,
        group_id=group.id if group and scope is Scope.GROUP else None,
        customer_id=customer.id if customer else None,
    )
    draft = PolicyVersion(policy=policy, number=1, author_id=by.id, created_at=now, levels=[])
    with first_to_write(session, Refused(N_("Somebody else has just opened a policy for them."))):
        session.add(draft)
    whom = {
        "scope": scope,
        "tier": policy.tier,
        "group": group.code if group and scope is Scope.GROUP else None,
        "customer": customer.code if customer else None,
    }
    audit.record(session, Verb.OPENED, "policy", policy.code, by=by, now=now, after=whom)
    return draft


def draft_version(session: Session, policy: Policy, *, by: User, now: datetime) -> PolicyVersion:
    """A draft of the policy's next version that says what its latest says.

    Refused while another draft is open or in review.
    """
    lock(session, Policy, [policy.id])
    versions = versions_of(session, policy)
    if not versions:
        raise Refused(N_("This draft was discarded in the meantime."))
    latest = versions[0]
    if latest.state == VersionState.DRAFT:
        raise Refused(N_("A draft of this policy is open already: change, publish or discard that one."))
    if latest.state == VersionState.IN_REVIEW:
        raise Refused(N_("A version of this policy is in review: wait until it is published or sent back."))
    terms = terms_of(latest)
    draft = PolicyVersion(policy=policy, number=latest.number + 1, author_id=by.id, created_at=now)
    session.add(draft)
    say(draft, terms)
    audit.record(
        session, Verb.DRAFTED, "policy", policy.code, by=by, now=now, after={"version": draft.number}
    )
    return draft


def change_draft(session: Session, version: PolicyVersion, terms: Terms, *, by: User, now: datetime) -> None:
    """Have a draft say these terms; whoever changed it last is its author.

    Refuses terms out of bounds, and a version that is in review or published.
    """
    draft = _locked_draft(session, version)
    check(terms)
    before = terms_of(draft)
    if before == terms:
        return
    _empty(session, draft)
    say(draft, terms)
    draft.author_id = by.id
    if draft.reviewer_id == by.id:
        draft.reviewer_id = None  # who sent it back and then wrote it is its author, no longer its reviewer
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
    """Throw a draft away; a policy that never had another version goes with it.

    Refused for a version that is in review or published.
    """
    draft = _locked_draft(session, version)
    policy, said = draft.policy, {"version": draft.number} | terms_of(draft).as_facts()
    _empty(session, draft)
    session.delete(draft)
    session.flush()
    session.expire(policy, ["versions"])
    if said["version"] == 1:
        session.delete(policy)
    audit.record(session, Verb.DISCARDED, "policy", policy.code, by=by, now=now, before=said)


def submit(session: Session, version: PolicyVersion, *, by: User, now: datetime) -> None:
    """Give a draft to another person for review; until it comes back nobody can change it.

    Refused when it promises nothing, or something that cannot be measured.
    """
    draft = _locked_draft(session, version)
    terms = terms_of(draft)
    if terms.empty:
        raise Refused(
            N_("This version promises nothing yet: set at least one standard."), field="lead_time_0"
        )
    check(terms)
    refuse_unmeasured(terms)
    draft.state, draft.submitted_at = VersionState.IN_REVIEW, now
    draft.review_note, draft.reviewer_id = "", None
    _record(session, Verb.SUBMITTED, draft, by=by, now=now)


def take_back(session: Session, version: PolicyVersion, *, by: User, now: datetime) -> None:
    """Make a version that is in review a draft again, because its author wants to change it; refused for others."""
    found = _locked_in_review(session, version)
    if found.author_id != by.id:
        raise Refused(N_("Only its author takes a version back; a reviewer sends it back with a note."))
    found.state = VersionState.DRAFT
    _record(session, Verb.TAKEN_BACK, found, by=by, now=now)


def send_back(session: Session, version: PolicyVersion, note: str, *, by: User, now: datetime) -> None:
    """Make a version that is in review a draft again, with a note to its author about what to change.

    Refused without a note, and for the author.
    """
    found = _locked_in_review(session, version)
    _refuse_author(found, by)
    if not note.strip():
        raise Refused(N_("Say what should be changed; the author reads it beside the draft."), field="note")
    found.state, found.review_note, found.reviewer_id = VersionState.DRAFT, note.strip(), by.id
    _record(session, Verb.SENT_BACK, found, by=by, now=now, reason=found.review_note)


def publish(
    session: Session, version: PolicyVersion, valid_from: date, reason: str, *, by: User, now: datetime
) -> None:
    """Make a version that was reviewed hold from a day on, for good, and tell the customers it covers.

    The reviewer publishes it, who is another person than its author. Refused without a reason, for a day that is past
    or too far away, when a published version of the policy holds from that day or later, when it promises nothing or
    what cannot be measured, and when no lead time would be left to promise. Of two people who publish at once the first
    wins and the other is refused.
    """
    found = _locked_in_review(session, version)
    _refuse_author(found, by)
    if not reason.strip():
        raise Refused(
            N_("Say why this version is published; customers and colleagues will read it."), field="reason"
        )
    refuse_day(session, found, valid_from, business_day(now))
    refuse_empty(session, found, valid_from)
    terms = terms_of(found)
    check(terms)
    refuse_unmeasured(terms)
    found.valid_from, found.reason = valid_from, reason.strip()
    found.reviewer_id = found.publisher_id = by.id
    found.state, found.published_at, found.review_note = VersionState.PUBLISHED, now, ""
    said = {"valid_from": valid_from.isoformat(), "reason": found.reason} | terms.as_facts()
    _record(session, Verb.PUBLISHED, found, by=by, now=now, **said)
    announce(session, found, now=now)


def _record(
    session: Session, verb: Verb, version: PolicyVersion, *, by: User, now: datetime, **said: object
) -> None:
    after = {"version": version.number} | said
    audit.record(session, verb, "policy", version.policy.code, by=by, now=now, after=after)


def _refuse_second(
    session: Session, scope: Scope, tier: str | None, group: CustomerGroup | None, customer: Customer | None
) -> None:
    query = select(Policy.code).where(Policy.scope == scope)
    if scope is Scope.TIER:
        query = query.where(Policy.tier == tier)
    elif scope is Scope.GROUP and group:
        query = query.where(Policy.group_id == group.id)
    elif customer:
        query = query.where(Policy.customer_id == customer.id)
    taken = session.scalar(query)
    if taken:
        raise Refused(
            N_("Policy %(code)s covers them already: draft a new version of it."),
            field="scope" if scope is Scope.DEFAULT else scope,
            code=taken,
        )


def _refuse_author(version: PolicyVersion, by: User) -> None:
    if version.author_id == by.id:
        raise Refused(
            N_(
                "You wrote this version yourself, so another person has to review it: they publish it or send it back."
            )
        )


def _empty(session: Session, draft: PolicyVersion) -> None:
    for level in draft.levels:
        session.delete(level)
    session.flush()  # a place has one level of a kind, so the old ones leave before the new ones come
    session.expire(draft, ["levels"])


def _locked_draft(session: Session, version: PolicyVersion) -> PolicyVersion:
    """The draft, locked behind its policy and read anew; refused once it is in review, published or gone."""
    found = _locked(session, version)
    if found.state == VersionState.IN_REVIEW:
        raise Refused(
            N_("This version is in review, so it cannot be changed until it is sent or taken back.")
        )
    return found


def _locked_in_review(session: Session, version: PolicyVersion) -> PolicyVersion:
    """The version in review, locked behind its policy and read anew; refused in any other state."""
    found = _locked(session, version)
    if found.state == VersionState.DRAFT:
        raise Refused(N_("This version is a draft: submit it for review, then another person publishes it."))
    return found


def _locked(session: Session, version: PolicyVersion) -> PolicyVersion:
    lock(session, Policy, [version.policy_id])
    found = lock(session, PolicyVersion, [version.id])
    if not found:
        raise Refused(N_("This draft was discarded in the meantime."))
    if found[0].state == VersionState.PUBLISHED:
        raise Refused(N_("This version is published already, so it can no longer be changed."))
    session.expire(found[0], ["levels"])
    return found[0]
