"""What this room offers the house."""

from datetime import timedelta

from inventory import (
    jobs,
    navigation_alerts,
    navigation_assortment,
    navigation_counts,
    panels,
    panels_assortment,
    trail_assortment,
    trail_counts,
)
from inventory.accuracy import RECORDS, stock_accuracy
from inventory.basket_holds import end_expired
from inventory.demo import loading
from inventory.expired import set_expired_aside
from inventory.importing.catalogue import CATALOGUE
from inventory.importing.own_codes import OWN_CODES
from inventory.importing.prices import PRICES
from inventory.importing.stock import OPENING_STOCK
from inventory.permissions import GRANTS, Inventory
from inventory.planning import plan_all
from inventory.proposing import propose_all
from inventory.proving import named_differences
from inventory.purchase_papers import paper_of
from inventory.purchasing import PAPER
from inventory.reclassing import reclass
from inventory.running_out import watch_stock
from inventory.supplier_records import measure_suppliers
from inventory.trail import SUBJECTS, VERBS
from inventory.trail_facts import FACTS
from inventory.views import (
    adjustments,
    alerts,
    assortment,
    counts,
    customer_codes,
    dealing_rules,
    finding,
    identities,
    lot_days,
    my_codes,
    places,
    price_lists,
    product_files,
    product_packs,
    products,
    receipts,
    substitutes,
    supply,
    transfers,
    warehouses,
)
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

STOCK_SECTION = N_("Stock")

FEATURE = Feature(
    "inventory",
    blueprints=(
        *supply.BLUEPRINTS,
        products.bp,
        alerts.bp,
        identities.bp,
        lot_days.bp,
        receipts.bp,
        transfers.bp,
        places.bp,
        substitutes.bp,
        price_lists.bp,
        assortment.bp,
        my_codes.bp,
        customer_codes.bp,
        product_packs.bp,
        product_files.bp,
        counts.bp,
        adjustments.bp,
        warehouses.bp,
        dealing_rules.bp,
    ),
    nav=(
        NavEntry(
            N_("Products"),
            "products.index",
            "package",
            Audience.STAFF,
            Inventory.VIEW,
            order=30,
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Places"),
            "places.index",
            "warehouse",
            Audience.STAFF,
            Inventory.PLACES,
            order=31,
            under="products.index",
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Receipts"),
            "receipts.index",
            "truck",
            Audience.STAFF,
            Inventory.VIEW,
            order=32,
            on_phone=True,
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Transfers"),
            "transfers.index",
            "repeat",
            Audience.STAFF,
            Inventory.VIEW,
            order=33,
            under="receipts.index",
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Replenishment"),
            "replenishment.board",
            "refresh",
            Audience.STAFF,
            Inventory.VIEW,
            order=34,
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Purchase orders"),
            "purchases.index",
            "shopping-cart",
            Audience.STAFF,
            Inventory.VIEW,
            order=35,
            under="replenishment.board",
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Lots and serials"),
            "identities.index",
            "tag",
            Audience.STAFF,
            Inventory.VIEW,
            order=36,
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Quarantine"),
            "identities.quarantine",
            "shield",
            Audience.STAFF,
            Inventory.VIEW,
            order=37,
            under="identities.index",
            section=STOCK_SECTION,
        ),
        NavEntry(
            N_("Dealing rule"),
            "dealing_rules.show",
            "layers",
            Audience.STAFF,
            Inventory.VIEW,
            order=31,
            under="products.index",
            section=STOCK_SECTION,
        ),
        *navigation_alerts.NAV,
        *navigation_counts.NAV,
        *navigation_assortment.NAV,
    ),
    papers={PAPER: paper_of},
    verbs={
        **VERBS,
        **trail_counts.VERBS,
        **trail_assortment.VERBS,
        jobs.Verb.DIFFERS: N_("Stock differs from its records"),
    },
    facts={**trail_assortment.FACTS, **FACTS, **trail_counts.FACTS},
    subjects={**SUBJECTS, **trail_counts.SUBJECTS},
    grants=GRANTS,
    jobs=(
        Job(
            "inventory.measure_suppliers",
            N_("Measure suppliers"),
            timedelta(days=1),
            measure_suppliers,
            N_(
                "Works out suppliers' lead times and usual delay from a year of deliveries; counts the suppliers."
            ),
        ),
        Job(
            "inventory.plan_stock",
            N_("Plan the stock"),
            timedelta(days=1),
            plan_all,
            N_(
                "Forecasts each product in each warehouse and works out when how much is ordered; counts them."
            ),
        ),
        Job(
            "inventory.propose_orders",
            N_("Propose what to order"),
            timedelta(hours=1),
            propose_all,
            N_(
                "Proposes what has fallen to its reorder point; counts proposals made, changed and overtaken."
            ),
        ),
        Job(
            "inventory.watch_stock",
            N_("Stock watch"),
            timedelta(minutes=1),
            watch_stock,
            N_("Records what ran out or is back, and tells who follows it; counts stock-outs and notices."),
        ),
        Job(
            "inventory.end_basket_holds",
            N_("Let go of what baskets held too long"),
            timedelta(minutes=1),
            end_expired,
            N_("Frees what baskets held for as long as they may, for whoever waits; counts the holds."),
        ),
        Job(
            "inventory.set_expired_aside",
            N_("Expired goods into quarantine"),
            timedelta(hours=1),
            set_expired_aside,
            N_("Puts lots that are past their last day of use into quarantine; counts their units."),
        ),
        Job(
            "inventory.prove_stock",
            N_("Prove the stock against its records"),
            timedelta(days=1),
            jobs.prove_stock,
            N_(
                "Adds up the movements of each product and compares them with its balance; counts what differs."
            ),
        ),
        *navigation_alerts.JOBS,
        *navigation_counts.JOBS,
    ),
    reclassing=(reclass,),
    home=(panels.getting_started, panels.alerts),
    queues=(panels.queues,),
    searches=(finding.find_products, finding.find_moves),
    customer_panels=(panels_assortment.seen_by_company,),
    imports=(CATALOGUE, PRICES, OWN_CODES, OPENING_STOCK),
    records=RECORDS,
    rates=(stock_accuracy,),
    proofs=(named_differences,),
    demo=loading.load,
)
