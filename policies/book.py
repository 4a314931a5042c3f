"""Which policy holds: the one door through which the rooms above ask for a standard."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, case, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, defer, joinedload, selectinload

from policies.kinds import Kind
from policies.models import Policy, PolicyVersion, Scope, ServiceLevel, VersionState
from portal.customers.models import Customer
from portal.i18n import N_
from portal.refusal import Refused

_CLOSEST_FIRST = case({Scope.CUSTOMER: 0, Scope.TIER: 1, Scope.DEFAULT: 2}, value=Policy.scope)


@dataclass(frozen=True)
class Standing:
    """What holds for a customer on a day: the versions in force, closest first, and the level of each kind."""

    versions: tuple[PolicyVersion, ...]
    levels: dict[Kind, ServiceLevel]

    @property
    def closest(self) -> PolicyVersion | None:
        """The version written closest for this customer, if any policy is in force."""
        return self.versions[0] if self.versions else None

    def decides(self, version: PolicyVersion) -> list[Kind]:
        """The kinds of standard that are taken from this version."""
        return [kind for kind, level in self.levels.items() if level.version_id == version.id]


def version_in_force(session: Session, customer: Customer, on: date) -> PolicyVersion | None:
    """The version that holds for a customer on a day: the closest scope wins, then the latest date.

    A policy counts only from the day its first version is valid; until then the next closest holds.
    """
    return standing(session, customer, on).closest


def standing(session: Session, customer: Customer, on: date) -> Standing:
    """Every policy in force for a customer on a day, closest first; a closer policy overrides kind by kind."""
    query = (
        select(PolicyVersion)
        .join(PolicyVersion.policy)
        .where(_covers(customer), PolicyVersion.id.in_(_current_versions(on)))
        .order_by(_CLOSEST_FIRST)
        .options(joinedload(PolicyVersion.policy), selectinload(PolicyVersion.levels))
    )
    versions = tuple(session.scalars(query))
    levels = {Kind(level.kind): level for version in reversed(versions) for level in version.levels}
    return Standing(versions, {kind: levels[kind] for kind in Kind if kind in levels})


def in_force(session: Session, customer: Customer, kind: Kind, on: date) -> ServiceLevel:
    """The standard of a kind that holds for a customer on a day: in the closest policy that sets one.

    Refused when no policy in force sets it, because nothing could then be promised.
    """
    level = find_in_force(session, customer, kind, on)
    if level is None:
        if kind is Kind.LEAD_TIME:
            raise Refused(
                N_("No service policy in force promises a lead time, so no order can be confirmed yet.")
            )
        raise Refused(N_("No service policy in force sets this standard."))
    return level


def find_in_force(session: Session, customer: Customer, kind: Kind, on: date) -> ServiceLevel | None:
    """The standard of a kind that holds for a customer on a day, or None where no policy in force sets one."""
    facts = {"customer_id": customer.id, "tier": customer.tier, "kind": kind, "on_day": on}
    return session.scalars(_IN_FORCE, facts).first()


def return_window(session: Session, customer: Customer, on: date) -> int | None:
    """For how many days after delivery a customer may send goods back, by the closest policy that says so.

    None where no policy in force sets a window: each return is then decided on its own.
    """
    query = (
        select(PolicyVersion.return_days)
        .join(PolicyVersion.policy)
        .where(
            _covers(customer),
            PolicyVersion.id.in_(_current_versions(on)),
            PolicyVersion.return_days.is_not(None),
        )
        .order_by(_CLOSEST_FIRST)
    )
    return session.scalars(query.limit(1)).first()


def levels_for_everybody(session: Session, on: date) -> dict[Kind, ServiceLevel]:
    """The standards of the policy for everybody on a day, by kind; empty while none is in force."""
    query = (
        select(ServiceLevel)
        .join(ServiceLevel.version)
        .join(PolicyVersion.policy)
        .where(Policy.scope == Scope.DEFAULT, PolicyVersion.id.in_(_current_versions(on)))
    )
    return {Kind(level.kind): level for level in session.scalars(query)}


def lead_time_in_force(session: Session, on: date) -> bool:
    """Whether any policy in force on a day promises anybody a lead time."""
    query = select(ServiceLevel.id).where(
        ServiceLevel.kind == Kind.LEAD_TIME, ServiceLevel.version_id.in_(_current_versions(on))
    )
    return session.scalar(query.limit(1)) is not None


def in_force_now(version: PolicyVersion, versions: list[PolicyVersion], on: date) -> bool:
    """Whether a version is the one of its policy that holds on a day."""
    published = [
        v for v in versions if v.state == VersionState.PUBLISHED and v.valid_from and v.valid_from <= on
    ]
    return bool(published) and max(published, key=lambda v: v.valid_from or date.min).id == version.id


def _covers(customer: Customer) -> Any:
    return or_(
        Policy.customer_id == customer.id,
        Policy.tier == customer.tier,
        Policy.scope == Scope.DEFAULT,
    )


def _current_versions(on: Any) -> Select[int]:
    """The ids of the versions that hold on a day, one for each policy that has any."""
    later = aliased(PolicyVersion)
    superseded = (
        select(later.id)
        .where(
            later.policy_id == PolicyVersion.policy_id,
            later.state == VersionState.PUBLISHED,
            later.valid_from <= on,
            later.valid_from > PolicyVersion.valid_from,
        )
        .exists()
    )
    return select(PolicyVersion.id).where(
        PolicyVersion.state == VersionState.PUBLISHED, PolicyVersion.valid_from <= on, ~superseded
    )


_IN_FORCE = (
    select(ServiceLevel)
    .join(ServiceLevel.version)
    .join(PolicyVersion.policy)
    .where(
        ServiceLevel.kind == bindparam("kind"),
        or_(
            Policy.customer_id == bindparam("customer_id"),
            Policy.tier == bindparam("tier"),
            Policy.scope == Scope.DEFAULT,
        ),
        PolicyVersion.id.in_(_current_versions(bindparam("on_day"))),
    )
    .order_by(_CLOSEST_FIRST)
    .limit(1)
    .options(
        contains_eager(ServiceLevel.version)
        .options(defer(PolicyVersion.intro_th), defer(PolicyVersion.intro_en))
        .contains_eager(PolicyVersion.policy)
    )
)
"""Built once: every order asks it, and putting it together anew costs more than its answer."""
