"""Where counting stands in the navigation, and its scheduled work."""

from datetime import timedelta

from inventory.classing import class_products
from inventory.drawing_counts import draw_sheets
from inventory.permissions import Inventory
from portal.accounts.roles import Audience
from portal.feature import Job, NavEntry
from portal.i18n import N_

_SECTION = N_("Stock")

NAV = (
    NavEntry(
        N_("Warehouses"),
        "warehouses.board",
        "warehouse",
        Audience.STAFF,
        Inventory.VIEW,
        order=29,
        section=_SECTION,
    ),
    NavEntry(
        N_("Counts"), "counts.index", "clipboard", Audience.STAFF, Inventory.VIEW, order=38, section=_SECTION
    ),
    NavEntry(
        N_("Adjustments"),
        "adjustments.index",
        "pencil",
        Audience.STAFF,
        Inventory.VIEW,
        order=39,
        under="counts.index",
        section=_SECTION,
    ),
    NavEntry(
        N_("Stock proof"),
        "products.proof",
        "check",
        Audience.STAFF,
        Inventory.VIEW,
        order=40,
        under="counts.index",
        section=_SECTION,
    ),
)
JOBS = (
    Job(
        "inventory.class_products",
        N_("Class products by what leaves"),
        timedelta(days=1),
        class_products,
        N_(
            "Sorts products into A, B and C by the value of what left in a year; counts those that changed class."
        ),
    ),
    Job(
        "inventory.draw_sheets",
        N_("Draw count sheets"),
        timedelta(hours=6),
        draw_sheets,
        N_(
            "Draws what is to be counted on this working day, what was counted longest ago first; counts sheets."
        ),
    ),
)
