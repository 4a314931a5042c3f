"""What the house itself lets people of the distributor do."""

from enum import StrEnum

from portal.accounts.roles import Role


class House(StrEnum):
    """Rights over companies, people, imports, jobs and the audit trail."""

    CUSTOMERS_VIEW = "house:customer:view"
    CUSTOMERS_CHANGE = "house:customer:change"
    BUYERS_INVITE = "house:buyer:invite"
    PEOPLE_INVITE = "house:people:invite"
    IMPORTS_RUN = "house:import:run"
    JOBS_VIEW = "house:job:view"
    JOBS_RUN = "house:job:run"
    AUDIT_VIEW = "house:audit:view"


_STAFF = frozenset({House.CUSTOMERS_VIEW, House.IMPORTS_RUN})
_MANAGER = _STAFF | {
    House.CUSTOMERS_CHANGE,
    House.BUYERS_INVITE,
    House.JOBS_VIEW,
    House.JOBS_RUN,
    House.AUDIT_VIEW,
}

GRANTS = {Role.STAFF: _STAFF, Role.MANAGER: _MANAGER, Role.ADMIN: frozenset(House)}
