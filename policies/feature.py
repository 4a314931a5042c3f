"""What the rule book offers the house."""

from datetime import timedelta

from policies import (  # noqa: F401 - their tables belong to the house's metadata
    announcing,
    catching_up,
    consultations,
    escalating,
    jobs,
    promises,
    reports,
    seminars,
    sweeping,
)
from policies.demo import loading
from policies.finding_events import find_events
from policies.measuring import Event
from policies.navigation_events import NAV as EVENTS_NAV
from policies.panels import attained, attained_for, getting_started, missed_most, order_contact, policy_panel
from policies.panels_events import events_of_company
from policies.panels_events import queues as event_queues
from policies.panels_reading import unread_versions
from policies.panels_reports import reports_of_company
from policies.permissions import GRANTS, Policies
from policies.reminding import remind
from policies.report_papers import paper_of
from policies.report_telling import PAPER
from policies.reporting import make_due
from policies.trail import SUBJECTS, VERBS
from policies.trail_events import SUBJECTS as EVENT_SUBJECTS
from policies.trail_events import VERBS as EVENT_VERBS
from policies.trail_facts import FACTS
from policies.views import (
    attainment,
    calendar,
    contacts,
    customer,
    desk_consultants,
    desk_consulting,
    desk_seminars,
    exempting,
    manager,
    my_attainment,
    my_consulting,
    my_reports,
    my_seminars,
    rota,
    units,
    versions,
)
from policies.views import reports as report_pages
from portal.accounts.roles import Audience
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_

POLICIES_SECTION = N_("Policies and figures")

FEATURE = Feature(
    "policies",
    blueprints=(
        customer.bp,
        manager.bp,
        versions.bp,
        calendar.bp,
        contacts.bp,
        contacts.desk,
        units.bp,
        rota.bp,
        attainment.bp,
        exempting.bp,
        my_attainment.bp,
        report_pages.bp,
        my_reports.bp,
        my_seminars.bp,
        my_consulting.bp,
        desk_seminars.bp,
        desk_consultants.bp,
        desk_consulting.bp,
    ),
    nav=(
        NavEntry(N_("Service policy"), "policies_customer.mine", "shield", Audience.CUSTOMER, order=60),
        NavEntry(
            N_("Service reports"),
            "my_reports.index",
            "file-text",
            Audience.CUSTOMER,
            order=61,
            under="policies_customer.mine",
        ),
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
            permission=Policies.READ,
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
        NavEntry(
            N_("Service reports"),
            "service_reports.index",
            "file-text",
            Audience.STAFF,
            permission=Policies.ATTAINMENT,
            order=81,
            under="attainment.show",
            section=POLICIES_SECTION,
        ),
        *EVENTS_NAV,
    ),
    grants=GRANTS,
    verbs={**VERBS, **EVENT_VERBS},
    facts=FACTS,
    subjects={**SUBJECTS, **EVENT_SUBJECTS},
    records=frozenset({Event.PROMISE_MISSED}),
    jobs=(
        Job(
            "policies.sweep",
            N_("Check of promised answers"),
            timedelta(minutes=5),
            sweeping.sweep,
            N_("Marks promised answers as at risk or missed; counts the promises it changed."),
        ),
        Job(
            "policies.escalate",
            N_("Escalation of unanswered cases"),
            timedelta(minutes=10),
            escalating.escalate,
            N_("Passes on what its unit has left unanswered for too long; counts the cases."),
        ),
        Job(
            "policies.catch_up",
            N_("Answers promised while the calendar changed"),
            timedelta(minutes=1),
            catching_up.catch_up,
            N_("Moves the times of answers that were promised as the calendar changed; counts the promises."),
        ),
        Job(
            "policies.extend_calendar",
            N_("Fill in public holidays"),
            timedelta(days=1),
            jobs.extend_calendar,
            N_("Fills in the public holidays of the years to come; counts the years."),
        ),
        Job(
            "policies.remind_readers",
            N_("Reminders to acknowledge a policy"),
            timedelta(hours=6),
            announcing.remind,
            N_(
                "Tells who came later of the versions that hold, and reminds, once after a week, who has not "
                "acknowledged one; counts the people."
            ),
        ),
        Job(
            "policies.make_reports",
            N_("Service reports"),
            timedelta(hours=1),
            make_due,
            N_(
                "Makes and sends each policy's reports on the working day after their period; counts the reports."
            ),
        ),
        Job(
            "policies.remind_events",
            N_("Reminders of seminars and appointments"),
            timedelta(minutes=10),
            remind,
            N_("Reminds people of what is on the next working day; counts the reminders."),
        ),
    ),
    answers=(unread_versions,),
    papers={PAPER: paper_of},
    home=(getting_started, attained, missed_most),
    queues=(event_queues,),
    searches=(find_events,),
    customer_panels=(policy_panel, attained_for, reports_of_company, events_of_company),
    order_panels=(order_contact,),
    demo=loading.load,
)
