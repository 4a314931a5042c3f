"""What the orders room offers the house."""

from datetime import timedelta

from orders import finding, panels, panels_desk, panels_moves, panels_short, panels_waiting
from orders.demo import loading
from orders.freeing import tell_freed
from orders.importing.kind import PAST_ORDERS
from orders.offering_round import go_round
from orders.permissions import GRANTS, Orders
from orders.trail import SUBJECTS, VERBS
from orders.views import customer, delivery_notes, manager, moves, shop, short, staff
from orders.watching import check_lead_times
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

ORDERS_SECTION, FIGURES_SECTION = N_("Orders"), N_("Policies and figures")

FEATURE = Feature(
    "orders",
    blueprints=(
        shop.bp,
        customer.bp,
        staff.bp,
        manager.bp,
        delivery_notes.bp,
        *moves.BLUEPRINTS,
        *short.BLUEPRINTS,
    ),
    nav=(
        NavEntry(N_("Catalogue"), "shop.catalogue", "search", Audience.CUSTOMER, order=10, on_phone=True),
        NavEntry(
            N_("Basket"),
            "shop.basket",
            "shopping-cart",
            Audience.CUSTOMER,
            order=20,
            on_phone=True,
            count=panels.BASKET_LINES,
        ),
        NavEntry(N_("Orders"), "my_orders.orders", "list", Audience.CUSTOMER, order=30, on_phone=True),
        NavEntry(
            N_("Credit notes"),
            "my_orders.credits",
            "file-text",
            Audience.CUSTOMER,
            order=38,
            under="my_orders.orders",
        ),
        NavEntry(
            N_("Orders"),
            "desk_orders.orders",
            "list",
            Audience.STAFF,
            Orders.VIEW,
            order=10,
            on_phone=True,
            section=ORDERS_SECTION,
        ),
        NavEntry(
            N_("Credit notes"),
            "desk_orders.credits",
            "file-text",
            Audience.STAFF,
            Orders.VIEW,
            order=11,
            under="desk_orders.orders",
            section=ORDERS_SECTION,
        ),
        NavEntry(
            N_("Picking"),
            "desk_orders.picking",
            "package",
            Audience.STAFF,
            Orders.FULFIL,
            order=20,
            on_phone=True,
            section=ORDERS_SECTION,
        ),
        *moves.NAV,
        *short.NAV,
        NavEntry(
            N_("Measures"),
            "measures.figures",
            "chart",
            Audience.STAFF,
            Orders.MEASURES,
            order=84,
            section=FIGURES_SECTION,
        ),
    ),
    grants=GRANTS,
    verbs=VERBS,
    subjects=SUBJECTS,
    home=(
        panels.coming,
        panels.latest,
        panels_desk.headline_figures,
        panels_desk.worst_products,
        panels_desk.months_charted,
        panels_desk.to_pick,
        panels_desk.due_today,
        panels_moves.disruptions_now,
    ),
    answers=(panels_waiting.answers,),
    dangers=(panels_waiting.dangers,),
    queues=(panels_waiting.queues,),
    customer_panels=(
        panels_desk.orders_of_company,
        panels_short.consent_of_company,
        panels_moves.expedites_of_company,
    ),
    order_panels=(*panels_moves.OF_AN_ORDER, panels_short.substitutes_of_order),
    searches=(finding.find_own, panels_desk.find_orders),
    imports=(PAST_ORDERS,),
    demo=loading.load,
    jobs=(
        Job(
            "orders.check_lead_times",
            N_("Lead-time check"),
            timedelta(minutes=1),
            check_lead_times,
            N_(
                "Marks promised days at risk or missed, with the cause, and tells the buyers; counts the promises."
            ),
        ),
        Job(
            "orders.tell_freed",
            N_("Tell buyers that goods have come"),
            timedelta(minutes=1),
            tell_freed,
            N_("Tells buyers which goods have come in for them; counts how often goods were dealt out."),
        ),
        Job(
            "orders.offer_substitutes",
            N_("Offer substitutes"),
            timedelta(minutes=5),
            go_round,
            N_(
                "Offers a substitute for what waits, and closes offers that were not answered in time; counts both."
            ),
        ),
    ),
)
