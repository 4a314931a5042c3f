"""What people of the distributor may do with orders."""

from enum import StrEnum

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


_STAFF = frozenset({Orders.VIEW, Orders.FULFIL, Orders.CANCEL, Orders.OFFER, Orders.EXPEDITE})

GRANTS = {Role.STAFF: _STAFF, Role.MANAGER: frozenset(Orders), Role.ADMIN: frozenset(Orders)}
