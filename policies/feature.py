"""What the rule book offers the house."""

from datetime import timedelta

from policies import jobs, promises, sweeping  # noqa: F401 - the tables of promises belong to the house's metadata
from policies.demo import loading
from policies.panels import attained, attained_for, getting_started, missed_most, order_contact, policy_panel
from policies.permissions import GRANTS, Policies
from policies.trail import SUBJECTS, VERBS
from policies.views import attainment, calendar, contacts, customer, manager, units
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

POLICIES_SECTION = N_("Policies and figures")

FEATURE = Feature(
    "policies",
    blueprints=(customer.bp, manager.bp, calendar.bp, contacts.bp, contacts.desk, units.bp, attainment.bp),
    nav=(
        NavEntry(N_("Service policy"), "policies_customer.mine", "shield", Audience.CUSTOMER, order=60),
        NavEntry(N_("Contacts"), "my_contacts.show", "phone", Audience.CUSTOMER, order=65),
        NavEntry(
            N_("Contacts"),
            "desk_contacts.show",
            "phone",
            Audience.STAFF,
            permission=Policies.READ,
            order=62,
            section=N_("Customers"),
        ),
        NavEntry(
            N_("Policies"),
            "policies_manager.index",
            "shield",
            Audience.STAFF,
            permission=Policies.DRAFT,
            order=70,
            section=POLICIES_SECTION,
        ),
        NavEntry(
            N_("Calendar"),
            "policies_calendar.year",
            "calendar",
            Audience.STAFF,
            permission=Policies.CALENDAR,
            order=72,
            under="policies_manager.index",
            section=POLICIES_SECTION,
        ),
        NavEntry(
            N_("Attainment"),
            "attainment.show",
            "percent",
            Audience.STAFF,
            permission=Policies.ATTAINMENT,
            order=80,
            section=POLICIES_SECTION,
        ),
    ),
    grants=GRANTS,
    verbs=VERBS,
    subjects=SUBJECTS,
    jobs=(
        Job(
            "policies.sweep",
            N_("Check of promised answers"),
            timedelta(minutes=5),
            sweeping.sweep,
            N_("Marks promised answers as at risk or missed; counts the promises it changed."),
        ),
        Job(
            "policies.extend_calendar",
            N_("Fill in public holidays"),
            timedelta(days=1),
            jobs.extend_calendar,
            N_("Fills in the public holidays of the years to come; counts the years."),
        ),
    ),
    home=(getting_started, attained, missed_most),
    customer_panels=(policy_panel, attained_for),
    order_panels=(order_contact,),
    demo=loading.load,
)
