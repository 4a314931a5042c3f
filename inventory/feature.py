"""What this room offers the house."""

from datetime import timedelta

from inventory import jobs, panels
from inventory.demo import loading
from inventory.importing.catalogue import CATALOGUE
from inventory.importing.stock import OPENING_STOCK
from inventory.permissions import Inventory
from inventory.trail import SUBJECTS, VERBS
from inventory.views import finding, places, products, receipts
from portal.accounts.roles import Audience, Role
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

FEATURE = Feature(
    "inventory",
    blueprints=(products.bp, receipts.bp, places.bp),
    nav=(
        NavEntry(
            N_("Receipts"), "receipts.index", "truck", Audience.STAFF, Inventory.VIEW, order=30, on_phone=True
        ),
        NavEntry(N_("Products"), "products.index", "package", Audience.STAFF, Inventory.VIEW, order=40),
        NavEntry(N_("Places"), "places.index", "warehouse", Audience.STAFF, Inventory.PLACES, order=42),
    ),
    verbs={**VERBS, jobs.Verb.DIFFERS: N_("Stock differs from its records")},
    subjects=SUBJECTS,
    grants={
        Role.STAFF: frozenset({Inventory.VIEW, Inventory.RECEIVE}),
        Role.MANAGER: frozenset(Inventory),
        Role.ADMIN: frozenset(Inventory),
    },
    jobs=(
        Job(
            "inventory.prove_stock",
            N_("Prove the stock against its records"),
            timedelta(days=1),
            jobs.prove_stock,
        ),
    ),
    home=(panels.getting_started, panels.receipts_due),
    searches=(finding.find_products,),
    imports=(CATALOGUE, OPENING_STOCK),
    demo=loading.load,
)
