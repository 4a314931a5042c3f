"""Reading for the screens: policies with their versions, and what a person may see of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVarTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from policies.book import CLOSEST_FIRST, covering, in_force_now
from policies.kinds import CASE_KINDS
from policies.models import Policy, PolicyVersion, Scope, VersionState
from policies.owed import OWED
from policies.promises import Promise, PromiseState
from portal.customers.models import Customer
from portal.i18n import N_
from portal.keyset import Keyset, keyset

Columns = TypeVarTuple("Columns")
MOST_OPTIONS = 500
IN_FORCE, UPCOMING, SUPERSEDED = "in_force", "upcoming", "superseded"
DRAFT, IN_REVIEW = "draft", "in_review"
STANDS = {
    IN_FORCE: N_("In force"),
    UPCOMING: N_("Published, not yet in force"),
    SUPERSEDED: N_("Superseded"),
    DRAFT: N_("Draft"),
    IN_REVIEW: N_("In review"),
}
_BROADEST_FIRST = case({scope: -place for place, scope in enumerate(Scope)}, value=Policy.scope)


@dataclass(frozen=True)
class Edition:
    """A version together with where it stands on a day and, once superseded, its last day."""

    version: PolicyVersion
    stands: str
    until: date | None = None


@dataclass(frozen=True)
class Due:
    """A promised answer that is owed, and to whom."""

    promise: Promise
    customer: Customer


@dataclass(frozen=True)
class PolicyRow:
    """A policy and the versions that matter on a day."""

    policy: Policy
    in_force: PolicyVersion | None
    upcoming: PolicyVersion | None
    draft: PolicyVersion | None


def general_rows(session: Session, on: date) -> list[PolicyRow]:
    """The policies for everybody, each tier and each group, the broadest first, with what holds of them on a day."""
    query = _with_versions(select(Policy)).where(Policy.scope != Scope.CUSTOMER)
    rows = session.scalars(query.order_by(_BROADEST_FIRST, Policy.tier, Policy.code))
    return [_row(policy, on) for policy in rows]


def policy_page(
    session: Session, on: date, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[PolicyRow]:
    """A page of policies with what holds of each on a day: the general ones, then agreements, the newest first."""
    agreements = _with_versions(select(Policy)).where(Policy.scope == Scope.CUSTOMER)
    found = keyset(session, agreements, Policy.id, older_than=older_than, newer_than=newer_than)
    rows = [_row(policy, on) for policy in found.rows]
    return Keyset(
        rows if found.newer else general_rows(session, on) + rows, older=found.older, newer=found.newer
    )


def editions(versions: Sequence[PolicyVersion], on: date) -> list[Edition]:
    """The versions of one policy, newest first, each with where it stands on a day."""
    found: list[Edition] = []
    ends: date | None = None
    for version in sorted(versions, key=lambda v: v.number, reverse=True):
        if version.state != VersionState.PUBLISHED or version.valid_from is None:
            found.append(Edition(version, version.state))
            continue
        if version.valid_from > on:
            stands = UPCOMING
        elif in_force_now(version, list(versions), on):
            stands = IN_FORCE
        else:
            stands = SUPERSEDED
        found.append(Edition(version, stands, ends))
        ends = date.fromordinal(version.valid_from.toordinal() - 1)
    return found


def edition(version: PolicyVersion, on: date) -> Edition:
    """One version with where it stands on a day among its policy's versions."""
    return next(e for e in editions(version.policy.versions, on) if e.version.id == version.id)


def published_for(session: Session, customer: Customer) -> list[PolicyVersion]:
    """Every published version of the policies that cover a customer, the latest date first."""
    query = (
        select(PolicyVersion)
        .join(PolicyVersion.policy)
        .where(
            PolicyVersion.state == VersionState.PUBLISHED,
            covering(customer),
        )
        .options(
            joinedload(PolicyVersion.policy).selectinload(Policy.versions), selectinload(PolicyVersion.levels)
        )
        .order_by(PolicyVersion.valid_from.desc(), CLOSEST_FIRST)
    )
    return list(session.scalars(query))


def customer_options(session: Session) -> list[Customer]:
    """Companies by their code, for choosing one; the first of very many."""
    return list(session.scalars(select(Customer).order_by(Customer.code).limit(MOST_OPTIONS)))


def find_customer(session: Session, code: str) -> Customer | None:
    """The company with this code, if there is one."""
    return session.scalars(select(Customer).where(Customer.code == code)).one_or_none()


def due_soonest(session: Session, customer: Customer | None = None, *, limit: int = 10) -> list[Due]:
    """The promised answers that are owed to one customer or to all, the overdue and then the soonest due first."""
    query = (
        select(Promise, Customer)
        .join(Customer, Customer.id == Promise.customer_id)
        .where(Promise.kind.in_(CASE_KINDS), OWED)
        .order_by(Promise.due_at, Promise.id)
        .limit(limit)
    )
    if customer is not None:
        query = query.where(Promise.customer_id == customer.id)
    return [Due(promise, of) for promise, of in session.execute(query)]


def owed(session: Session) -> dict[PromiseState, int]:
    """How many promised answers are owed, by state: open, at risk, and missed but not yet given."""
    query = (
        select(Promise.state, func.count()).where(Promise.kind.in_(CASE_KINDS), OWED).group_by(Promise.state)
    )
    return {PromiseState(state): count for state, count in session.execute(query)}


def _with_versions(query: Select[*Columns]) -> Select[*Columns]:
    versions = selectinload(Policy.versions).selectinload(PolicyVersion.levels)
    return query.options(joinedload(Policy.customer), joinedload(Policy.group), versions)


def _row(policy: Policy, on: date) -> PolicyRow:
    found: dict[str, PolicyVersion] = {}
    for one in editions(policy.versions, on):
        found[one.stands] = one.version  # of several to come, the soonest is the last we see
    return PolicyRow(
        policy, found.get(IN_FORCE), found.get(UPCOMING), found.get(DRAFT) or found.get(IN_REVIEW)
    )
