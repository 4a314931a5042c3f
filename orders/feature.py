"""What the orders room offers the house."""

from datetime import timedelta

from orders import finding, panels, panels_desk
from orders.demo import loading
from orders.importing.kind import PAST_ORDERS
from orders.permissions import GRANTS, Orders
from orders.trail import SUBJECTS, VERBS
from orders.views import customer, manager, shop, staff
from orders.watching import check_lead_times
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

FEATURE = Feature(
    "orders",
    blueprints=(shop.bp, customer.bp, staff.bp, manager.bp),
    nav=(
        NavEntry(N_("Catalogue"), "shop.catalogue", "search", Audience.CUSTOMER, order=10, on_phone=True),
        NavEntry(
            N_("Basket"),
            "shop.basket",
            "shopping-cart",
            Audience.CUSTOMER,
            order=20,
            on_phone=True,
            count=panels.basket_lines,
        ),
        NavEntry(N_("Orders"), "my_orders.orders", "list", Audience.CUSTOMER, order=30, on_phone=True),
        NavEntry(N_("Credit notes"), "my_orders.credits", "file-text", Audience.CUSTOMER, order=40),
        NavEntry(
            N_("Orders"), "desk_orders.orders", "list", Audience.STAFF, Orders.VIEW, order=10, on_phone=True
        ),
        NavEntry(
            N_("Picking"),
            "desk_orders.picking",
            "package",
            Audience.STAFF,
            Orders.FULFIL,
            order=20,
            on_phone=True,
        ),
        NavEntry(N_("Measures"), "measures.figures", "chart", Audience.STAFF, Orders.MEASURES, order=70),
    ),
    grants=GRANTS,
    verbs=VERBS,
    subjects=SUBJECTS,
    home=(
        panels.attention,
        panels.coming,
        panels.latest,
        panels_desk.headline_figures,
        panels_desk.late_and_at_risk,
        panels_desk.to_pick,
        panels_desk.due_today,
    ),
    customer_panels=(panels_desk.orders_of_company,),
    searches=(finding.find_own, panels_desk.find_orders),
    imports=(PAST_ORDERS,),
    demo=loading.load,
    jobs=(Job("orders.check_lead_times", N_("Lead-time check"), timedelta(minutes=1), check_lead_times),),
)
