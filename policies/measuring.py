"""By which events each standard is measured; one whose events nobody records can be promised by nobody."""

from enum import StrEnum

from policies.kinds import KINDS, Kind
from policies.terms import Terms
from portal.i18n import N_, gettext
from portal.recording import recorded
from portal.refusal import Refused


class Event(StrEnum):
    """What happens and is put on record by some room."""

    ORDER_PLACED = "order.placed"
    ORDER_ACKNOWLEDGED = "order.acknowledged"
    LINE_SHIPPED = "line.shipped"
    DELIVERED = "delivery.recorded"
    LINE_SHORT = "line.short"
    SUBSTITUTE_OFFERED = "substitute.offered"
    EXPEDITE_ASKED = "expedite.asked"
    EXPEDITE_DECIDED = "expedite.decided"
    DELAY_FOUND = "delay.found"
    DELAY_TOLD = "delay.told"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_MISTAKE = "document.mistake"
    COMPLAINT_OPENED = "complaint.opened"
    COMPLAINT_ANSWERED = "complaint.answered"
    RETURN_ASKED = "return.asked"
    RETURN_DECIDED = "return.decided"
    RETURN_RECEIVED = "return.received"
    RETURN_SETTLED = "return.settled"
    REPAIR_RECEIVED = "repair.received"
    REPAIR_QUOTED = "repair.quoted"
    REPAIR_RETURNED = "repair.returned"
    LOANER_ASKED = "loaner.asked"
    LOANER_HANDED_OVER = "loaner.handed_over"
    PROMISE_MISSED = "promise.missed"
    COMPENSATION_CREDITED = "compensation.credited"
    BIN_COUNTED = "bin.counted"
    STOCK_DIFFERENCE = "stock.difference"


EVENT_TITLES = {
    Event.ORDER_PLACED: N_("order placed"),
    Event.ORDER_ACKNOWLEDGED: N_("acknowledgement issued"),
    Event.LINE_SHIPPED: N_("line shipped"),
    Event.DELIVERED: N_("delivery recorded"),
    Event.LINE_SHORT: N_("line found short"),
    Event.SUBSTITUTE_OFFERED: N_("substitute offered"),
    Event.EXPEDITE_ASKED: N_("faster delivery asked for"),
    Event.EXPEDITE_DECIDED: N_("faster delivery decided"),
    Event.DELAY_FOUND: N_("delay found"),
    Event.DELAY_TOLD: N_("customer told of the delay"),
    Event.DOCUMENT_ISSUED: N_("document issued"),
    Event.DOCUMENT_MISTAKE: N_("mistake on a document recorded"),
    Event.COMPLAINT_OPENED: N_("complaint opened"),
    Event.COMPLAINT_ANSWERED: N_("complaint answered"),
    Event.RETURN_ASKED: N_("return asked for"),
    Event.RETURN_DECIDED: N_("return authorised or refused"),
    Event.RETURN_RECEIVED: N_("returned goods received"),
    Event.RETURN_SETTLED: N_("credit or replacement issued"),
    Event.REPAIR_RECEIVED: N_("unit received for repair"),
    Event.REPAIR_QUOTED: N_("diagnosis and quote sent"),
    Event.REPAIR_RETURNED: N_("repaired unit sent back"),
    Event.LOANER_ASKED: N_("loaner asked for"),
    Event.LOANER_HANDED_OVER: N_("loaner handed over"),
    Event.PROMISE_MISSED: N_("promise missed"),
    Event.COMPENSATION_CREDITED: N_("compensation credited"),
    Event.BIN_COUNTED: N_("bin counted"),
    Event.STOCK_DIFFERENCE: N_("difference between count and record noted"),
}

MEASURED_BY = {
    Kind.LEAD_TIME: (Event.ORDER_PLACED, Event.DELIVERED),
    Kind.LINE_FILL: (Event.ORDER_PLACED, Event.LINE_SHIPPED),
    Kind.SUBSTITUTION_OFFER: (Event.LINE_SHORT, Event.SUBSTITUTE_OFFERED),
    Kind.EXPEDITE_ANSWER: (Event.EXPEDITE_ASKED, Event.EXPEDITE_DECIDED),
    Kind.COMPLAINT_ANSWER: (Event.COMPLAINT_OPENED, Event.COMPLAINT_ANSWERED),
    Kind.RETURN_DECISION: (Event.RETURN_ASKED, Event.RETURN_DECIDED),
    Kind.REFUND: (Event.RETURN_RECEIVED, Event.RETURN_SETTLED),
    Kind.REPAIR_QUOTE: (Event.REPAIR_RECEIVED, Event.REPAIR_QUOTED),
    Kind.REPAIR: (Event.REPAIR_RECEIVED, Event.REPAIR_RETURNED),
    Kind.LOANER: (Event.LOANER_ASKED, Event.LOANER_HANDED_OVER),
    Kind.ORDER_CONFIRMATION: (Event.ORDER_PLACED, Event.ORDER_ACKNOWLEDGED),
    Kind.DELAY_NOTICE: (Event.DELAY_FOUND, Event.DELAY_TOLD),
    Kind.SETTLEMENT: (Event.PROMISE_MISSED, Event.COMPENSATION_CREDITED),
    Kind.DOCUMENT_ACCURACY: (Event.DOCUMENT_ISSUED, Event.DOCUMENT_MISTAKE),
    Kind.STOCK_ACCURACY: (Event.BIN_COUNTED, Event.STOCK_DIFFERENCE),
}


def missing(kind: Kind) -> list[Event]:
    """The events by which a kind of standard would be measured, but which no room records."""
    known = recorded()
    return [event for event in MEASURED_BY[kind] if event not in known]


def missing_text(kind: Kind) -> str:
    """These events in the language being spoken, with commas between; empty when the kind can be measured."""
    return ", ".join(gettext(EVENT_TITLES[event]) for event in missing(kind))


def refuse_unmeasured(terms: Terms) -> None:
    """Refuse terms with a standard that cannot be measured, naming it and the event that is missing."""
    for kind in terms.kinds:
        if missing(kind):
            raise Refused(
                N_("“%(standard)s” cannot be published: nothing here records “%(event)s”."),
                field=f"{kind}_0",
                standard=gettext(KINDS[kind].title),
                event=missing_text(kind),
            )
