"""What people of the distributor may do with orders."""

from enum import StrEnum

from portal.accounts.roles import Role


class Orders(StrEnum):
    """Rights over orders, shipments and figures."""

    VIEW = "orders:order:view"
    FULFIL = "orders:order:fulfil"
    CANCEL = "orders:order:cancel"
    MEASURES = "orders:measures:view"


_STAFF = frozenset({Orders.VIEW, Orders.FULFIL, Orders.CANCEL})

GRANTS = {Role.STAFF: _STAFF, Role.MANAGER: frozenset(Orders), Role.ADMIN: frozenset(Orders)}
