"""What the house itself offers beside its rooms: home, companies, people, jobs, the audit trail."""

from datetime import timedelta

from portal import jobs as work
from portal.accounts import inviting, signing_in, speaking
from portal.accounts.roles import Audience
from portal.customers import grouping, registering
from portal.customers.importing import CUSTOMERS
from portal.facts import FACTS
from portal.feature import Feature, Job, NavEntry
from portal.i18n import N_
from portal.importing import runs
from portal.permissions import GRANTS, House
from portal.views import companies, groups, history, home, imports, jobs, people

STAFF = Audience.STAFF
CUSTOMERS_SECTION, HOUSE_SECTION = N_("Customers"), N_("House")

VERBS: dict[str, str] = {
    signing_in.Verb.SIGNED_IN: N_("Signed in"),
    signing_in.Verb.SIGN_IN_FAILED: N_("Wrong password given"),
    signing_in.Verb.LOCKED: N_("Account locked after failed attempts"),
    signing_in.Verb.SIGNED_OUT: N_("Signed out"),
    inviting.Verb.ADDED: N_("Person added"),
    inviting.Verb.INVITED: N_("Invitation sent"),
    inviting.Verb.PASSWORD_SET: N_("Password chosen"),
    inviting.Verb.PASSWORD_FORGOTTEN: N_("Asked for a new password"),
    inviting.Verb.DEACTIVATED: N_("Account deactivated"),
    inviting.Verb.REACTIVATED: N_("Account reactivated"),
    speaking.Verb.LANGUAGE_CHOSEN: N_("Language chosen"),
    registering.Verb.REGISTERED: N_("Company registered"),
    registering.Verb.CHANGED: N_("Particulars changed"),
    grouping.Verb.FORMED: N_("Group formed"),
    grouping.Verb.RENAMED: N_("Group renamed"),
    grouping.Verb.JOINED: N_("Group changed"),
    work.Verb.REQUESTED: N_("Job asked for"),
    runs.Verb.ASKED: N_("Import asked for"),
    runs.Verb.AGAIN: N_("Import taken up again"),
    runs.Verb.ENDED: N_("Import ended"),
}

FEATURE = Feature(
    "house",
    blueprints=(companies.bp, groups.bp, imports.bp, people.bp, jobs.bp, history.bp),
    nav=(
        NavEntry(N_("Home"), "session.home", "home", Audience.CUSTOMER, order=0, on_phone=True),
        NavEntry(N_("Home"), "session.home", "home", STAFF, order=0, on_phone=True),
        NavEntry(
            N_("Customers"),
            "companies.companies",
            "building",
            STAFF,
            House.CUSTOMERS_VIEW,
            60,
            on_phone=True,
            section=CUSTOMERS_SECTION,
        ),
        NavEntry(
            N_("Customer groups"),
            "groups.index",
            "users",
            STAFF,
            House.CUSTOMERS_VIEW,
            61,
            section=CUSTOMERS_SECTION,
            under="companies.companies",
        ),
        NavEntry(
            N_("Imports"), "imports.runs_page", "upload", STAFF, House.IMPORTS_RUN, 90, section=HOUSE_SECTION
        ),
        NavEntry(N_("Jobs"), "jobs.overview", "clock", STAFF, House.JOBS_VIEW, 92, section=HOUSE_SECTION),
        NavEntry(
            N_("People"), "people.everybody", "users", STAFF, House.PEOPLE_INVITE, 94, section=HOUSE_SECTION
        ),
        NavEntry(
            N_("Audit trail"),
            "history.entries",
            "clipboard",
            STAFF,
            House.AUDIT_VIEW,
            96,
            section=HOUSE_SECTION,
        ),
    ),
    grants=GRANTS,
    jobs=(
        Job(
            "jobs.forget_old_runs",
            N_("Tidy up the record of runs"),
            timedelta(days=1),
            work.forget_old_runs,
            N_("Drops runs older than a fortnight and counts them."),
        ),
        Job(
            "accounts.forget_old_sign_ins",
            N_("Forget old sign-ins"),
            timedelta(days=1),
            signing_in.forget_old_sign_ins,
            N_("Drops sign-ins that have run out and counts them."),
        ),
    ),
    home=(
        jobs.attention,
        companies.getting_started,
        home.answers_needed,
        home.late_and_at_risk,
        home.waiting_for_us,
    ),
    customer_panels=(home.late_of_company,),
    searches=(companies.hits,),
    imports=(CUSTOMERS,),
    verbs=VERBS,
    facts=FACTS,
    subjects={
        "user": N_("Person"),
        "customer": N_("Company"),
        "customer_group": N_("Customer group"),
        "job": N_("Job"),
        "import": N_("Import"),
    },
)
