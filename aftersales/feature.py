"""What this room offers the house."""

from datetime import timedelta

from aftersales import (
    demo,
    finding,
    finding_numbers,
    panels,
    panels_answers,
    panels_home,
    panels_repairs,
    panels_waiting,
    subject_pages,
    trail_repairs,
)
from aftersales.document_accuracy import document_accuracy
from aftersales.escalating import escalate_late
from aftersales.expiring import expire_authorisations
from aftersales.issuing_notices import hold_recalled
from aftersales.navigation import NAV
from aftersales.offering import offer_settlements
from aftersales.panels_orders import cases_of_order
from aftersales.panels_papers import papers_panel
from aftersales.permissions import GRANTS
from aftersales.proposing import propose_grown
from aftersales.reaching_holders import reach_new_holders
from aftersales.records import RECORDS
from aftersales.registering import register_warranties
from aftersales.reminding import remind_loans
from aftersales.settling_late import settle_late
from aftersales.telling_offers import tell_offers
from aftersales.trail import SUBJECTS, VERBS
from aftersales.trail_facts import FACTS
from aftersales.unanswered import UNANSWERED
from aftersales.views import (
    compensations_staff,
    complaints_customer,
    complaints_staff,
    customer,
    desk_document_errors,
    desk_limits,
    desk_loaners,
    desk_notices,
    desk_repairs,
    desk_serials,
    my_compensation,
    my_notices,
    my_papers,
    my_repairs,
    my_units,
    staff,
)
from aftersales.waiting import hold_promises
from portal.feature import Feature, Job
from portal.i18n import N_

FEATURE = Feature(
    "aftersales",
    blueprints=(
        customer.bp,
        staff.bp,
        complaints_customer.bp,
        complaints_staff.bp,
        compensations_staff.bp,
        my_compensation.bp,
        desk_limits.bp,
        desk_document_errors.bp,
        my_papers.bp,
        my_units.bp,
        my_repairs.bp,
        my_notices.bp,
        desk_repairs.bp,
        desk_loaners.bp,
        desk_notices.bp,
        desk_serials.bp,
    ),
    nav=NAV,
    grants=GRANTS,
    home=(panels_home.what_we_own, panels_home.compensation, panels_home.open_notices),
    answers=(panels_answers.answers,),
    dangers=(panels_waiting.dangers,),
    queues=(panels_waiting.queues,),
    customer_panels=(panels.returns_panel, panels.complaints_panel, panels_repairs.repairs_of_company),
    searches=(finding.find_units, finding_numbers.find_cases),
    subject_pages=(subject_pages.pages_of,),
    order_panels=(cases_of_order, papers_panel),
    demo=demo.load,
    jobs=(
        Job(
            "aftersales.expire_returns",
            N_("Closing of returns that did not come"),
            timedelta(hours=1),
            expire_authorisations,
            N_("Closes authorised returns whose goods did not come in time; counts them."),
        ),
        Job(
            "aftersales.propose_compensation",
            N_("Compensation for promises done late"),
            timedelta(minutes=10),
            propose_grown,
            N_("Works out what a promise done late is worth to who complained of it; counts the proposals."),
        ),
        Job(
            "aftersales.offer_settlements",
            N_("Settlement of missed promises"),
            timedelta(minutes=10),
            offer_settlements,
            N_("Offers what missed promises are worth, withdraws offers for excused ones; counts both."),
        ),
        Job(
            "aftersales.tell_offers",
            N_("Messages about compensation offered"),
            timedelta(minutes=10),
            tell_offers,
            N_("Tells each company once a day of the compensation offered to it; counts the companies."),
        ),
        Job(
            "aftersales.settle_late",
            N_("Compensation that was credited too late"),
            timedelta(minutes=10),
            settle_late,
            N_("Owes the second compensation where the first was not credited in time; counts them."),
        ),
        Job(
            "aftersales.register_warranties",
            N_("Registering of warranties"),
            timedelta(minutes=1),
            register_warranties,
            N_("Registers the warranty of each serial that was delivered; counts them."),
        ),
        Job(
            "aftersales.hold_repair_promises",
            N_("Repairs that wait for their customer"),
            timedelta(minutes=1),
            hold_promises,
            N_("Moves the promised day of repairs that wait for an answer of the customer; counts them."),
        ),
        Job(
            "aftersales.remind_loans",
            N_("Reminders of loaners"),
            timedelta(minutes=10),
            remind_loans,
            N_("Reminds customers of loaners that are due or overdue; counts the reminders."),
        ),
        Job(
            "aftersales.hold_recalled_stock",
            N_("Holding of recalled stock"),
            timedelta(minutes=1),
            hold_recalled,
            N_("Puts units that are called back into quarantine wherever they turn up; counts them."),
        ),
        Job(
            "aftersales.reach_new_holders",
            N_("Product notices to new holders"),
            timedelta(minutes=10),
            reach_new_holders,
            N_(
                "Tells companies that got affected units after a product notice was issued; counts the companies."
            ),
        ),
    ),
    verbs={**VERBS, **trail_repairs.VERBS},
    facts=FACTS,
    subjects={**SUBJECTS, **trail_repairs.SUBJECTS},
    records=RECORDS,
    rates=(document_accuracy,),
    unanswered=(escalate_late, *UNANSWERED),
)
