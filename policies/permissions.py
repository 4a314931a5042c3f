"""Rights over policies and the calendar, and who holds them."""

from enum import StrEnum

from portal.accounts.roles import Role


class Policies(StrEnum):
    """What people of the distributor may do with the rule book."""

    READ = "policies:policy:read"
    DRAFT = "policies:version:draft"
    PUBLISH = "policies:version:publish"
    CALENDAR = "policies:calendar:change"
    CONTACTS = "policies:contacts:change"
    ATTAINMENT = "policies:attainment:read"


GRANTS = {
    Role.STAFF: frozenset({Policies.READ}),
    Role.MANAGER: frozenset(Policies),
    Role.ADMIN: frozenset(Policies),
}
