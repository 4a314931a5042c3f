"""Why which policy holds: every step from the closest policy to the broadest, in words."""

from dataclasses import dataclass

from policies.book import Standing
from policies.kinds import KINDS
from policies.models import SCOPE_TITLES, PolicyVersion, Scope
from portal.customers.models import TIER_TITLES, Customer, Tier
from portal.i18n import _, name_of


@dataclass(frozen=True)
class Step:
    """One scope: the version in force there, the standards it decides, and why."""

    title: str
    version: PolicyVersion | None
    decides: tuple[str, ...]
    why: str


def steps(holds: Standing, customer: Customer) -> list[Step]:
    """The scopes from the closest to the broadest, in the language being spoken."""
    found = {Scope(version.policy.scope): version for version in holds.versions}
    return [_step(scope, found.get(scope), holds, customer) for scope in Scope]


def _step(scope: Scope, version: PolicyVersion | None, holds: Standing, customer: Customer) -> Step:
    title = _(SCOPE_TITLES[scope])
    if version is None:
        return Step(title, None, (), _("No such policy is in force on this day."))
    decides = tuple(_(KINDS[kind].title) for kind in holds.decides(version))
    if not decides:
        return Step(title, version, (), _("A closer policy sets every standard that this one sets."))
    match scope:
        case Scope.CUSTOMER:
            why = _("It is written for this company alone, so it comes first.")
        case Scope.GROUP:
            group = name_of(version.policy.group)
            why = _("The company is in the group %(group)s, and no policy of its own sets this.", group=group)
        case Scope.TIER:
            tier = _(TIER_TITLES[Tier(customer.tier)])
            why = _("The company is in the tier %(tier)s, and no closer policy sets this.", tier=tier)
        case _:
            why = _("No closer policy sets this, so the one for everybody does.")
    return Step(title, version, decides, why)
