"""Which policy holds: the one door through which the rooms above ask for a standard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, contains_eager, defer, joinedload, selectinload

from policies.kinds import Kind
from policies.models import Policy, PolicyVersion, Scope, ServiceLevel, VersionState
from portal.customers.models import Address, Customer
from portal.i18n import N_
from portal.refusal import Refused

CLOSEST_FIRST = case({scope: place for place, scope in enumerate(Scope)}, value=Policy.scope)
"""Customer, group, tier, everybody."""


@dataclass(frozen=True)
class Standing:
    """What holds for a customer on a day: the versions in force, closest first, and the levels that decide.

    `clauses` are all levels that hold somewhere, kind by kind; `levels` has for each kind the one that holds at the
    customer's own address.
    """

    versions: tuple[PolicyVersion, ...]
    levels: dict[Kind, ServiceLevel]
    clauses: tuple[ServiceLevel, ...] = ()

    @property
    def closest(self) -> PolicyVersion | None:
        """The version written closest for this customer, if any policy is in force."""
        return self.versions[0] if self.versions else None

    def decides(self, version: PolicyVersion) -> list[Kind]:
        """The kinds of standard that are taken from this version, everywhere or in some provinces."""
        taken = {level.kind for level in self.clauses if level.version_id == version.id}
        return [kind for kind in Kind if kind in taken]


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
        .where(covering(customer), PolicyVersion.id.in_(current_versions(on)))
        .order_by(CLOSEST_FIRST)
        .options(
            joinedload(PolicyVersion.policy).options(joinedload(Policy.customer), joinedload(Policy.group)),
            selectinload(PolicyVersion.levels),
        )
    )
    versions = tuple(session.scalars(query))
    clauses = tuple(level for kind in Kind for level in _deciding(versions, kind))
    home = customer.ship_to.province if customer.ship_to else None
    levels: dict[Kind, ServiceLevel] = {}
    for level in clauses:
        if not level.provinces or home in level.provinces.split(","):
            levels.setdefault(Kind(level.kind), level)
    return Standing(versions, levels, clauses)


def in_force(
    session: Session, customer: Customer, kind: Kind, on: date, province: str | None = None
) -> ServiceLevel:
    """The standard of a kind that holds for a customer on a day: in the closest policy that sets one.

    Refused when no policy in force sets it, because nothing could then be promised.
    """
    level = find_in_force(session, customer, kind, on, province)
    if level is None:
        if kind is Kind.LEAD_TIME:
            raise no_lead_time()
        raise Refused(N_("No service policy in force sets this standard."))
    return level


def find_in_force(
    session: Session, customer: Customer, kind: Kind, on: date, province: str | None = None
) -> ServiceLevel | None:
    """The standard of a kind that holds for a customer on a day, or None where no policy in force sets one.

    Within a version a level that names the province comes before one for everywhere. The province is the one asked
    for, else that of the customer's own address.
    """
    facts = {
        "customer_id": customer.id,
        "group_id": customer.group_id,
        "tier": customer.tier,
        "kind": kind,
        "on_day": on,
        "province": province,
    }
    return session.scalars(_IN_FORCE, facts).first()


def both_in_force(
    session: Session, customer: Customer, kind: Kind, also: Kind, on: date
) -> dict[Kind, ServiceLevel]:
    """The standards of two kinds that hold for a customer on a day, each as `find_in_force` gives it; one query."""
    facts = {
        "customer_id": customer.id,
        "group_id": customer.group_id,
        "tier": customer.tier,
        "kind": kind,
        "also": also,
        "on_day": on,
        "province": None,
    }
    found: dict[Kind, ServiceLevel] = {}
    for level in session.scalars(_BOTH_IN_FORCE, facts):
        found.setdefault(Kind(level.kind), level)
    return found


def no_lead_time() -> Refused:
    """What is said where no policy in force promises a lead time."""
    return Refused(N_("No service policy in force promises a lead time, so no order can be confirmed yet."))


def return_window(session: Session, customer: Customer, on: date) -> int | None:
    """For how many days after delivery a customer may send goods back, by the closest policy that says so.

    None where no policy in force sets a window: each return is then decided on its own.
    """
    query = (
        select(PolicyVersion.return_days)
        .join(PolicyVersion.policy)
        .where(
            covering(customer),
            PolicyVersion.id.in_(current_versions(on)),
            PolicyVersion.return_days.is_not(None),
        )
        .order_by(CLOSEST_FIRST)
    )
    return session.scalars(query.limit(1)).first()


def levels_for_everybody(session: Session, on: date) -> dict[Kind, ServiceLevel]:
    """The standards of the policy for everybody on a day, by kind; empty while none is in force.

    Of several of a kind the one for everywhere stands for all.
    """
    query = (
        select(ServiceLevel)
        .join(ServiceLevel.version)
        .join(PolicyVersion.policy)
        .where(Policy.scope == Scope.DEFAULT, PolicyVersion.id.in_(current_versions(on)))
        .order_by(ServiceLevel.provinces.desc(), ServiceLevel.id)
    )
    return {Kind(level.kind): level for level in session.scalars(query)}


def lead_time_in_force(session: Session, on: date) -> bool:
    """Whether any policy in force on a day promises anybody a lead time."""
    query = select(ServiceLevel.id).where(
        ServiceLevel.kind == Kind.LEAD_TIME, ServiceLevel.version_id.in_(current_versions(on))
    )
    return session.scalar(query.limit(1)) is not None


def in_force_now(version: PolicyVersion, versions: list[PolicyVersion], on: date) -> bool:
    """Whether a version is the one of its policy that holds on a day."""
    published = [
        v for v in versions if v.state == VersionState.PUBLISHED and v.valid_from and v.valid_from <= on
    ]
    return bool(published) and max(published, key=lambda v: v.valid_from or date.min).id == version.id


def covering(customer: Customer) -> ColumnElement[bool]:
    """The policies written for a customer, their group, their tier, or everybody."""
    # Compared with a bound value, which is never true of NULL; None itself would ask for policies of no group.
    return written_for(customer.id, literal(customer.group_id, Integer), customer.tier)


def written_for(customer_id: Any, group_id: Any, tier: Any) -> ColumnElement[bool]:
    """The policies written for a customer of such a group and tier."""
    return or_(
        Policy.customer_id == customer_id,
        Policy.group_id == group_id,
        Policy.tier == tier,
        Policy.scope == Scope.DEFAULT,
    )


def holds_in(province: Any) -> ColumnElement[bool]:
    """Whether a level holds in a province."""
    named = (literal(",") + ServiceLevel.provinces + ",").like(literal("%,") + province + ",%")
    return or_(ServiceLevel.provinces == "", named)


def _deciding(versions: Sequence[PolicyVersion], kind: Kind) -> list[ServiceLevel]:
    """The levels of a kind that hold somewhere: the closest first, until one holds everywhere."""
    found: list[ServiceLevel] = []
    settled: set[str] = set()
    for version in versions:
        for level in sorted(
            (one for one in version.levels if one.kind == kind), key=lambda one: (not one.provinces, one.id)
        ):
            places = set(level.provinces.split(",")) if level.provinces else set()
            if not places:
                return [*found, level]
            if places - settled:
                found.append(level)
            settled |= places
    return found


def current_versions(on: Any) -> Select[int]:
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


_HOME = (
    select(Address.province)
    .where(Address.customer_id == bindparam("customer_id"))
    .order_by(Address.id)
    .limit(1)
    .scalar_subquery()
)
_PLACE = func.coalesce(bindparam("province", type_=String(5)), _HOME)
_HOLDING = (
    select(ServiceLevel)
    .join(ServiceLevel.version)
    .join(PolicyVersion.policy)
    .where(
        written_for(bindparam("customer_id"), bindparam("group_id"), bindparam("tier")),
        PolicyVersion.id.in_(current_versions(bindparam("on_day"))),
        holds_in(_PLACE),
    )
    .order_by(CLOSEST_FIRST, ServiceLevel.provinces == "")
    .options(
        contains_eager(ServiceLevel.version)
        .options(defer(PolicyVersion.intro_th), defer(PolicyVersion.intro_en))
        .contains_eager(PolicyVersion.policy)
    )
)
_IN_FORCE = _HOLDING.where(ServiceLevel.kind == bindparam("kind")).limit(1)
_BOTH_IN_FORCE = _HOLDING.where(
    or_(ServiceLevel.kind == bindparam("kind"), ServiceLevel.kind == bindparam("also"))
)
"""Built once: every order asks it, and putting it together anew costs more than its answer."""
