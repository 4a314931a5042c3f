"""Roles people hold, and the audiences pages are made for."""

from enum import StrEnum

from portal.i18n import N_


class Role(StrEnum):
    """What a person is in the portal; each role belongs to one audience."""

    BUYER = "buyer"
    STAFF = "staff"
    MANAGER = "manager"
    ADMIN = "admin"


class Audience(StrEnum):
    """For whom a page is made: people of a customer company, or of the distributor."""

    CUSTOMER = "customer"
    STAFF = "staff"


ROLE_TITLES = {
    Role.BUYER: N_("Buyer"),
    Role.STAFF: N_("Service staff"),
    Role.MANAGER: N_("Manager"),
    Role.ADMIN: N_("Administrator"),
}
CUSTOMER_ROLES = frozenset({Role.BUYER})
MANAGING_ROLES = frozenset({Role.MANAGER, Role.ADMIN})
STAFF_ROLES = frozenset({Role.STAFF, Role.MANAGER, Role.ADMIN})


def audience_of(role: Role) -> Audience:
    """The audience a role belongs to."""
    return Audience.CUSTOMER if role in CUSTOMER_ROLES else Audience.STAFF
