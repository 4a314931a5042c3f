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
    ROTA = "policies:rota:change"
    ATTAINMENT = "policies:attainment:read"
    RESTATE = "policies:report:restate"
    EXEMPT = "policies:promise:exempt"
    SEMINARS = "policies:seminar:plan"
    ADVICE = "policies:advice:give"
    CONSULTANTS = "policies:consultant:name"


GRANTS = {
    Role.STAFF: frozenset({Policies.READ, Policies.SEMINARS, Policies.ADVICE}),
    Role.MANAGER: frozenset(Policies),
    Role.ADMIN: frozenset(Policies),
}
