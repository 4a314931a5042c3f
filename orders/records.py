"""The events of an order that are put on record, by which policies may measure."""

from policies.measuring import Event

RECORDS = frozenset(
    {
        Event.ORDER_PLACED,
        Event.ORDER_ACKNOWLEDGED,
        Event.LINE_SHIPPED,
        Event.DELIVERED,
        Event.LINE_SHORT,
        Event.SUBSTITUTE_OFFERED,
        Event.EXPEDITE_ASKED,
        Event.EXPEDITE_DECIDED,
        Event.DELAY_FOUND,
        Event.DELAY_TOLD,
        Event.DOCUMENT_ISSUED,
    }
)
