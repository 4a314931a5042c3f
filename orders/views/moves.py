"""What the pages of faster delivery, disruptions and legs offer the house."""

from orders.moves_lists import TO_DECIDE
from orders.permissions import Orders
from orders.views import desk_expedites, disruptions, legs, my_disruptions, my_expedites
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

BLUEPRINTS = (my_expedites.bp, desk_expedites.bp, disruptions.bp, my_disruptions.bp, legs.bp)
NAV = (
    NavEntry(
        N_("Faster delivery"),
        "my_expedites.index",
        "clock",
        Audience.CUSTOMER,
        order=35,
        under="my_orders.orders",
    ),
    NavEntry(
        N_("Faster delivery"),
        "desk_expedites.index",
        "clock",
        Audience.STAFF,
        Orders.VIEW,
        order=24,
        count=TO_DECIDE,
        section=N_("Orders"),
    ),
    NavEntry(
        N_("Disruptions"),
        "disruptions.index",
        "alert-triangle",
        Audience.STAFF,
        Orders.VIEW,
        order=26,
        section=N_("Orders"),
    ),
)
