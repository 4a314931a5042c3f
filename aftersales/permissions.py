"""What people of the distributor may do with what is owed after delivery."""

from enum import StrEnum

from portal.accounts.models import User
from portal.accounts.roles import Role


class Aftersales(StrEnum):
    """Rights over goods that come back."""

    VIEW = "aftersales:return:view"
    RECORD = "aftersales:return:record"


class Repairs(StrEnum):
    """Rights over repairs, loaners and what units have been through."""

    VIEW = "aftersales:repair:view"
    SERVE = "aftersales:repair:serve"
    LEND = "aftersales:loaner:lend"


class ProductNotices(StrEnum):
    """Rights over product notices."""

    VIEW = "aftersales:product_notice:view"
    ISSUE = "aftersales:product_notice:issue"


class Complaints(StrEnum):
    """Rights over complaints and compensation."""

    VIEW = "aftersales:complaint:view"
    HANDLE = "aftersales:complaint:handle"
    APPROVE = "aftersales:compensation:approve"
    LIMIT = "aftersales:compensation_limit:set"


GRANTS = {
    Role.STAFF: frozenset({*Aftersales, *Complaints, *Repairs, ProductNotices.VIEW} - {Complaints.LIMIT}),
    Role.MANAGER: frozenset({*Aftersales, *Complaints, *Repairs, *ProductNotices}),
    Role.ADMIN: frozenset({*Aftersales, *Complaints, *Repairs, *ProductNotices}),
}


def holds(person: User, permission: StrEnum) -> bool:
    """Whether a person's role holds a permission of this room; no buyer's does."""
    return permission in GRANTS.get(Role(person.role), frozenset())
