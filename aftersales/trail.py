"""What the audit trail says of what is owed after delivery, in words."""

from aftersales import (
    answering,
    answering_offers,
    approval_limits,
    calling_off,
    compensating,
    complaining,
    concluding,
    deciding,
    escalating,
    inspecting,
    offering,
    receiving,
    requesting,
    returning,
    settling,
)
from policies import settling as paying
from portal.i18n import N_

VERBS: dict[str, str] = {
    requesting.Verb.REQUESTED: N_("Return asked for"),
    deciding.Verb.AUTHORISED: N_("Return authorised"),
    deciding.Verb.REFUSED: N_("Return refused"),
    calling_off.Verb.CANCELLED: N_("Return called off"),
    calling_off.Verb.EXPIRED: N_("Return closed, because the goods did not come"),
    receiving.Verb.RECEIVED: N_("Returned goods received"),
    inspecting.Verb.INSPECTED: N_("Returned goods inspected"),
    settling.Verb.SETTLED: N_("Return settled"),
    returning.Verb.TAKEN_BACK: N_("Goods taken back"),
    complaining.Verb.OPENED: N_("Complaint opened"),
    answering.Verb.TAKEN: N_("Complaint taken on"),
    answering.Verb.NOTED: N_("Complaint noted on"),
    answering.Verb.ANSWERED: N_("Complaint answered"),
    escalating.Verb.ESCALATED: N_("Complaint passed on"),
    concluding.Verb.SETTLED: N_("Complaint settled"),
    concluding.Verb.REOPENED: N_("Complaint opened again"),
    compensating.Verb.PROPOSED: N_("Compensation proposed"),
    compensating.Verb.CREDITED: N_("Compensation credited"),
    compensating.Verb.REJECTED: N_("Compensation rejected"),
    compensating.Verb.TAKEN_UP: N_("Compensation taken up with a complaint"),
    offering.Verb.OFFERED: N_("Compensation offered"),
    offering.Verb.WITHDRAWN: N_("Offer of compensation withdrawn"),
    answering_offers.Verb.ACCEPTED: N_("Offer of compensation accepted"),
    answering_offers.Verb.DISMISSED: N_("Offer of compensation dismissed"),
    answering_offers.Verb.REOPENED: N_("Dismissed compensation taken up again"),
    approval_limits.Verb.CHANGED: N_("Approval limit changed"),
    paying.Verb.OWED: N_("Compensation owed for a promise changed"),
    paying.Verb.PAID: N_("Compensation for a promise credited"),
}
SUBJECTS = {
    "return": N_("Return"),
    "complaint": N_("Complaint"),
    "compensation": N_("Compensation"),
    "approval_limit": N_("Approval limit"),
    "promise": N_("Promise"),
}
