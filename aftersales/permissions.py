"""What people of the distributor may do with returns."""

from enum import StrEnum

from portal.accounts.roles import Role


class Aftersales(StrEnum):
    """Rights over goods that come back."""

    VIEW = "aftersales:return:view"
    RECORD = "aftersales:return:record"


GRANTS = {
    Role.STAFF: frozenset(Aftersales),
    Role.MANAGER: frozenset(Aftersales),
    Role.ADMIN: frozenset(Aftersales),
}
