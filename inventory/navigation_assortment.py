"""Where price lists and what customers see stand in the navigation."""

from inventory.permissions import Inventory
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

_STOCK = N_("Stock")
NAV = (
    NavEntry(
        N_("Price lists"),
        "price_lists.index",
        "tag",
        Audience.STAFF,
        Inventory.VIEW,
        order=31,
        under="products.index",
        section=_STOCK,
    ),
    NavEntry(
        N_("Who sees what"),
        "assortment.index",
        "eye",
        Audience.STAFF,
        Inventory.VIEW,
        order=31,
        under="products.index",
        section=_STOCK,
    ),
)
