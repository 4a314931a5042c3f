"""The service levels that can be promised, because the portal records the events they are measured by."""

from dataclasses import dataclass
from enum import StrEnum

from portal.i18n import N_


class Kind(StrEnum):
    """What a service level measures."""

    LEAD_TIME = "lead_time"
    LINE_FILL = "line_fill"


class Convention(StrEnum):
    """How the days of a lead time are counted."""

    CALENDAR_INCLUSIVE = "calendar_inclusive"
    CALENDAR = "calendar"
    WORKING = "working"


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
}

CONVENTION_TITLES = {
    Convention.CALENDAR_INCLUSIVE: N_("calendar days, the order day is day 1"),
    Convention.CALENDAR: N_("calendar days after the order day"),
    Convention.WORKING: N_("working days after the order day"),
}
