"""What the rule book offers the house."""

from datetime import timedelta

from policies import demo, jobs, promises  # noqa: F401 - the tables of promises belong to the house's metadata
from policies.panels import getting_started, policy_panel
from policies.permissions import GRANTS, Policies
from policies.trail import SUBJECTS, VERBS
from policies.views import calendar, customer, manager
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

FEATURE = Feature(
    "policies",
    blueprints=(customer.bp, manager.bp, calendar.bp),
    nav=(
        NavEntry(N_("Service policy"), "policies_customer.mine", "shield", Audience.CUSTOMER, order=60),
        NavEntry(
            N_("Policies"),
            "policies_manager.index",
            "shield",
            Audience.STAFF,
            permission=Policies.DRAFT,
            order=60,
        ),
        NavEntry(
            N_("Calendar"),
            "policies_calendar.year",
            "calendar",
            Audience.STAFF,
            permission=Policies.CALENDAR,
            order=62,
        ),
    ),
    grants=GRANTS,
    verbs=VERBS,
    subjects=SUBJECTS,
    jobs=(
        Job(
            "policies.extend_calendar", N_("Fill in public holidays"), timedelta(days=1), jobs.extend_calendar
        ),
    ),
    home=(getting_started,),
    customer_panels=(policy_panel,),
    demo=demo.load,
)
