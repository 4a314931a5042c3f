"""What the orders room offers the house."""

from datetime import timedelta

from orders import (  # noqa: F401 - their tables belong to the house's metadata
    calendar_moves,
    contingencies,
    finding,
    finding_numbers,
    panels,
    panels_desk,
    panels_moves,
    panels_short,
    panels_waiting,
    subject_pages,
)
from orders.calendar_stragglers import follow_calendar
from orders.delay_notices import judge_notices
from orders.demand import count_demand
from orders.demo import loading
from orders.disruptions import DISRUPTION_TITLES
from orders.exempting_lines import excuse_by, excuses_between
from orders.expedite_charges import lapse_charges
from orders.freeing import tell_freed
from orders.importing.kind import PAST_ORDERS
from orders.offering_round import go_round
from orders.permissions import GRANTS, Orders
from orders.plan_reviews import remind_owners
from orders.rates import fill_rates
from orders.records import RECORDS
from orders.trail import SUBJECTS, VERBS
from orders.trail_facts import FACTS
from orders.unanswered import UNANSWERED
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
            N_("Our codes"), "my_codes.index", "tag", Audience.CUSTOMER, order=12, under="shop.catalogue"
        ),
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
    facts=FACTS,
    subjects=SUBJECTS,
    records=RECORDS,
    excuses={kind.value: title for kind, title in DISRUPTION_TITLES.items()},
    unanswered=UNANSWERED,
    excusing=(excuse_by,),
    excuses_between=(excuses_between,),
    rates=(fill_rates,),
    subject_pages=(subject_pages.pages_of,),
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
    order_panels=(*panels_moves.OF_AN_ORDER, panels_short.ways_out_of_order),
    followers=(calendar_moves.follow,),
    searches=(finding.find_own, panels_desk.find_orders, finding_numbers.find_numbered),
    imports=(PAST_ORDERS,),
    demo=loading.load,
    jobs=(
        Job(
            "orders.count_demand",
            N_("Count the demand"),
            timedelta(days=1),
            count_demand,
            N_(
                "Counts what customers asked for by product, warehouse and day; counts the figures that changed."
            ),
        ),
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
            "orders.follow_calendar",
            N_("Orders placed while the calendar changed"),
            timedelta(minutes=1),
            follow_calendar,
            N_(
                "Moves the promised days of orders that were placed as the calendar changed; counts the parts."
            ),
        ),
        Job(
            "orders.judge_delay_notices",
            N_("Were buyers told of delays in time"),
            timedelta(minutes=5),
            judge_notices,
            N_(
                "Records for each part that is late whether its buyer was told as early as promised; counts the parts."
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
            "orders.lapse_expedite_charges",
            N_("Charges for faster delivery that nobody accepted"),
            timedelta(minutes=5),
            lapse_charges,
            N_("Closes offers of faster delivery for a charge that were not answered in time; counts them."),
        ),
        Job(
            "orders.remind_plan_reviews",
            N_("Reminders to review contingency plans"),
            timedelta(hours=6),
            remind_owners,
            N_(
                "Reminds the owner of each plan once when the day of its review has come; counts the reminders."
            ),
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
