"""Rights over products and stock."""

from enum import StrEnum

from portal.accounts.roles import Role


class Inventory(StrEnum):
    """What a person of the distributor may be allowed to do here."""

    VIEW = "inventory:product:view"
    EDIT = "inventory:product:edit"
    PLACES = "inventory:place:change"
    RECEIVE = "inventory:receipt:book"
    MOVE = "inventory:stock:move"
    COUNT = "inventory:count:enter"
    ADJUST = "inventory:adjustment:propose"
    APPROVE = "inventory:adjustment:approve"
    BUY = "inventory:purchase:order"
    PLAN = "inventory:plan:change"
    PRICES = "inventory:price:change"
    ASSORT = "inventory:assortment:change"
    CODES = "inventory:customer_item:change"
    DEAL = "inventory:stock:deal"
    RULE = "inventory:dealing_rule:publish"


_STAFF = frozenset(
    {
        Inventory.VIEW,
        Inventory.RECEIVE,
        Inventory.MOVE,
        Inventory.BUY,
        Inventory.PLAN,
        Inventory.COUNT,
        Inventory.ADJUST,
        Inventory.CODES,
        Inventory.DEAL,
    }
)

GRANTS = {Role.STAFF: _STAFF, Role.MANAGER: frozenset(Inventory), Role.ADMIN: frozenset(Inventory)}


def roles_with(permission: Inventory) -> set[Role]:
    """The roles that hold a permission of this room."""
    return {role for role, held in GRANTS.items() if permission in held}
