"""The events of cases after an order that are put on record, by which policies may measure.

A mistake on a document is known from complaints about documents alone, whose count says nothing of the others; it is
not an event of ours until each document is checked.
"""

from policies.measuring import Event

RECORDS = frozenset(
    {
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
