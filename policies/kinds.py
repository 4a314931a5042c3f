"""The service levels that can be promised, because the portal records the events they are measured by."""

from dataclasses import dataclass
from enum import StrEnum

from portal.i18n import N_


class Kind(StrEnum):
    """What a service level measures."""

    LEAD_TIME = "lead_time"
    LINE_FILL = "line_fill"
    SUBSTITUTION_OFFER = "substitution_offer"
    EXPEDITE_ANSWER = "expedite_answer"
    COMPLAINT_ANSWER = "complaint_answer"
    RETURN_DECISION = "return_decision"
    REFUND = "refund"
    REPAIR_QUOTE = "repair_quote"
    REPAIR = "repair"
    LOANER = "loaner"
    ORDER_CONFIRMATION = "order_confirmation"
    DELAY_NOTICE = "delay_notice"
    SETTLEMENT = "settlement"
    DOCUMENT_ACCURACY = "document_accuracy"
    STOCK_ACCURACY = "stock_accuracy"


PLACE = {kind: place for place, kind in enumerate(Kind)}
"""The order in which kinds are listed."""


class Convention(StrEnum):
    """How the days of a lead time are counted."""

    CALENDAR_INCLUSIVE = "calendar_inclusive"
    CALENDAR = "calendar"
    WORKING = "working"


class Every(StrEnum):
    """How often something comes round."""

    WEEK = "weekly"
    MONTH = "monthly"
    QUARTER = "quarterly"


@dataclass(frozen=True)
class KindFacts:
    """A kind in words: what it is called, the events that measure it, how its figure is defined."""

    title: str
    measured_by: str
    definition: str


KINDS = {
    Kind.LEAD_TIME: KindFacts(
        N_("Lead time"),
        N_("order placed, delivery recorded"),
        N_(
            "Lines delivered by the promised date, of lines delivered or due. "
            "Lines still open after their date count as missed."
        ),
    ),
    Kind.LINE_FILL: KindFacts(
        N_("Line fill rate"),
        N_("order placed, first shipment of each line"),
        N_(
            "Lines shipped complete from stock at their first shipment, of lines ordered; "
            "what the customer cancelled is left out."
        ),
    ),
    Kind.SUBSTITUTION_OFFER: KindFacts(
        N_("Substitute offered"),
        N_("line found short, substitute offered"),
        N_("Short lines with a substitute for which one was offered by the due time, of all such lines due."),
    ),
    Kind.EXPEDITE_ANSWER: KindFacts(
        N_("Answer to an expedite request"),
        N_("expedite asked for, decision recorded"),
        N_("Expedite requests decided by the due time, of requests decided or due."),
    ),
    Kind.COMPLAINT_ANSWER: KindFacts(
        N_("Answer to a complaint"),
        N_("complaint opened, answer sent"),
        N_("Complaints answered by the due time, of complaints answered or due."),
    ),
    Kind.RETURN_DECISION: KindFacts(
        N_("Decision on a return"),
        N_("return asked for, authorised or refused"),
        N_("Return requests decided by the due time, of requests decided or due."),
    ),
    Kind.REFUND: KindFacts(
        N_("Refund"),
        N_("returned goods received, credit or replacement issued"),
        N_("Returns settled by the due time, of returns settled or due."),
    ),
    Kind.REPAIR_QUOTE: KindFacts(
        N_("Diagnosis of a repair"),
        N_("unit received, diagnosis and quote sent"),
        N_("Repairs diagnosed by the due time, of repairs diagnosed or due."),
    ),
    Kind.REPAIR: KindFacts(
        N_("Repair"),
        N_("unit received, unit sent back"),
        N_("Repaired units sent back by the due time, of repairs sent back or due."),
    ),
    Kind.LOANER: KindFacts(
        N_("Loaner handed over"),
        N_("loaner asked for, loaner handed over"),
        N_("Loaners handed over by the due time, of loaners handed over or due."),
    ),
    Kind.ORDER_CONFIRMATION: KindFacts(
        N_("Order confirmation"),
        N_("order placed, acknowledgement issued"),
        N_("Orders whose acknowledgement was issued by the due time, of orders placed."),
    ),
    Kind.DELAY_NOTICE: KindFacts(
        N_("Notice of a delay"),
        N_("delay found, customer told"),
        N_(
            "Late deliveries of which the customer was told so long before the promised date, of all deliveries "
            "that were late."
        ),
    ),
    Kind.SETTLEMENT: KindFacts(
        N_("Compensation credited"),
        N_("promise missed, compensation credited"),
        N_("Compensations credited by the due time, of those owed and credited or due."),
    ),
    Kind.DOCUMENT_ACCURACY: KindFacts(
        N_("Document accuracy"),
        N_("document issued, mistake on it recorded"),
        N_("Documents on which no mistake was recorded, of documents issued."),
    ),
    Kind.STOCK_ACCURACY: KindFacts(
        N_("Stock record accuracy"),
        N_("bin counted, difference recorded"),
        N_("Bins counted within tolerance, of bins counted."),
    ),
}

RATE_KINDS = (Kind.LINE_FILL, Kind.DOCUMENT_ACCURACY, Kind.STOCK_ACCURACY)
"""The kinds that are a share of what was done, and count no time."""

CASE_KINDS = (
    Kind.SUBSTITUTION_OFFER,
    Kind.EXPEDITE_ANSWER,
    Kind.COMPLAINT_ANSWER,
    Kind.RETURN_DECISION,
    Kind.REFUND,
    Kind.REPAIR_QUOTE,
    Kind.REPAIR,
    Kind.LOANER,
)
"""The kinds promised on a request or case; each counts days from its opening by a counting convention."""

CONVENTION_TITLES = {
    Convention.CALENDAR_INCLUSIVE: N_("calendar days, the order day is day 1"),
    Convention.CALENDAR: N_("calendar days after the order day"),
    Convention.WORKING: N_("working days after the order day"),
}
ONE_DAY_TITLES = {
    Convention.CALENDAR_INCLUSIVE: N_("calendar day, the order day is day 1"),
    Convention.CALENDAR: N_("calendar day after the order day"),
    Convention.WORKING: N_("working day after the order day"),
}
"""The same after the number 1."""

EVERY_TITLES = {
    Every.WEEK: N_("every week"),
    Every.MONTH: N_("every month"),
    Every.QUARTER: N_("every quarter"),
}
