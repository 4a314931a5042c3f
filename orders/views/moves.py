"""What the pages of faster delivery, disruptions and legs offer the house."""

from orders.moves_lists import TO_DECIDE
from orders.permissions import Orders
from orders.views import (
    contingencies,
    desk_expedites,
    disruption_ends,
    disruption_steps,
    disruptions,
    exemptions,
    legs,
    my_disruptions,
    my_expedites,
)
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

BLUEPRINTS = (
    my_expedites.bp,
    desk_expedites.bp,
    disruptions.bp,
    disruption_ends.bp,
    disruption_steps.bp,
    contingencies.bp,
    exemptions.bp,
    my_disruptions.bp,
    legs.bp,
)
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
    NavEntry(
        N_("Contingency plans"),
        "contingencies.index",
        "file-text",
        Audience.STAFF,
        Orders.VIEW,
        order=27,
        under="disruptions.index",
        section=N_("Orders"),
    ),
)
