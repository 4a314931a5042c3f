"""What the pages of stock-outs, substitutes and followed products offer the house."""

from orders.panels_short import WAITING_OFFERS
from orders.permissions import Orders
from orders.views import dealings, desk_offers, desk_ways, fill_rates, following, my_offers, stock_outs
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

BLUEPRINTS = (
    following.bp,
    my_offers.bp,
    desk_offers.bp,
    desk_ways.bp,
    stock_outs.bp,
    dealings.bp,
    fill_rates.bp,
)
NAV = (
    NavEntry(
        N_("Offers"),
        "my_offers.index",
        "repeat",
        Audience.CUSTOMER,
        order=34,
        count=WAITING_OFFERS,
        under="my_orders.orders",
    ),
    NavEntry(
        N_("Products I follow"),
        "following.index",
        "bell",
        Audience.CUSTOMER,
        order=12,
        under="shop.catalogue",
    ),
    NavEntry(
        N_("Stock-outs"),
        "stock_outs.board",
        "hourglass",
        Audience.STAFF,
        Orders.VIEW,
        order=34,
        section=N_("Stock"),
    ),
    NavEntry(
        N_("Substitutes offered"),
        "desk_offers.index",
        "repeat",
        Audience.STAFF,
        Orders.VIEW,
        order=35,
        under="stock_outs.board",
        section=N_("Stock"),
    ),
    NavEntry(
        N_("Scarce goods"),
        "dealings.index",
        "layers",
        Audience.STAFF,
        Orders.VIEW,
        order=37,
        under="stock_outs.board",
        section=N_("Stock"),
    ),
    NavEntry(
        N_("Stock-outs and fill rate"),
        "fill_rates.figures",
        "chart",
        Audience.STAFF,
        Orders.VIEW,
        order=36,
        under="stock_outs.board",
        section=N_("Stock"),
    ),
)
