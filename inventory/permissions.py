"""Rights over products and stock."""

from enum import StrEnum


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
