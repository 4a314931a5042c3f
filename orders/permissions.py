"""What people of the distributor may do with orders."""

from enum import StrEnum

from portal.accounts.models import User
from portal.accounts.roles import Role


class Orders(StrEnum):
    """Rights over orders, shipments and figures."""

    VIEW = "orders:order:view"
    FULFIL = "orders:order:fulfil"
    CANCEL = "orders:order:cancel"
    OFFER = "orders:substitute:offer"
    MEASURES = "orders:measures:view"
    EXPEDITE = "orders:expedite:decide"
    EXPEDITE_TERMS = "orders:expedite:terms"
    DISRUPT = "orders:disruption:declare"
    STEPS = "orders:disruption:take_steps"
    PLAN_AHEAD = "orders:contingency:write"


_STAFF = frozenset({Orders.VIEW, Orders.FULFIL, Orders.CANCEL, Orders.OFFER, Orders.EXPEDITE, Orders.STEPS})

GRANTS = {Role.STAFF: _STAFF, Role.MANAGER: frozenset(Orders), Role.ADMIN: frozenset(Orders)}


def holds(person: User, permission: StrEnum) -> bool:
    """Whether a person's role holds a permission of this room; no buyer's does."""
    return permission in GRANTS.get(Role(person.role), frozenset())
