"""The events of cases after an order that are put on record, by which policies may measure."""

from policies.measuring import Event

RECORDS = frozenset(
    {
        Event.DOCUMENT_MISTAKE,
        Event.COMPLAINT_OPENED,
        Event.COMPLAINT_ANSWERED,
        Event.RETURN_ASKED,
        Event.RETURN_DECIDED,
        Event.RETURN_RECEIVED,
        Event.RETURN_SETTLED,
        Event.REPAIR_RECEIVED,
        Event.REPAIR_QUOTED,
        Event.REPAIR_RETURNED,
        Event.LOANER_ASKED,
        Event.LOANER_HANDED_OVER,
        Event.COMPENSATION_CREDITED,
    }
)
