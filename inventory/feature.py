"""What this room offers the house."""

from datetime import timedelta

from inventory import jobs, panels
from inventory.demo import loading
from inventory.expired import set_expired_aside
from inventory.importing.catalogue import CATALOGUE
from inventory.importing.stock import OPENING_STOCK
from inventory.permissions import Inventory
from inventory.running_out import watch_stock
from inventory.trail import SUBJECTS, VERBS
from inventory.trail_facts import FACTS
from inventory.views import finding, identities, places, products, receipts, substitutes, transfers
from portal.accounts.roles import Audience, Role
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

STOCK_SECTION = N_("Stock")

FEATURE = Feature(
    "inventory",
    blueprints=(products.bp, identities.bp, receipts.bp, transfers.bp, places.bp, substitutes.bp),
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
    ),
    verbs={**VERBS, jobs.Verb.DIFFERS: N_("Stock differs from its records")},
    facts=FACTS,
    subjects=SUBJECTS,
    grants={
        Role.STAFF: frozenset({Inventory.VIEW, Inventory.RECEIVE, Inventory.MOVE}),
        Role.MANAGER: frozenset(Inventory),
        Role.ADMIN: frozenset(Inventory),
    },
    jobs=(
        Job(
            "inventory.watch_stock",
            N_("Stock watch"),
            timedelta(minutes=1),
            watch_stock,
            N_("Records what ran out or is back, and tells who follows it; counts stock-outs and notices."),
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
    ),
    home=(panels.getting_started,),
    queues=(panels.queues,),
    searches=(finding.find_products, finding.find_moves),
    imports=(CATALOGUE, OPENING_STOCK),
    demo=loading.load,
)
