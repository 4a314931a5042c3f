"""Rights over products and stock."""

from enum import StrEnum


class Inventory(StrEnum):
    """What a person of the distributor may be allowed to do here."""

    VIEW = "inventory:product:view"
    EDIT = "inventory:product:edit"
    PLACES = "inventory:place:change"
    RECEIVE = "inventory:receipt:book"
    MOVE = "inventory:stock:move"
