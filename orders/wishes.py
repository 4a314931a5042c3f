"""What can be wished for at all, whatever there is: how many lines and units, and for which days."""

from collections.abc import Sequence
from datetime import date, timedelta

from portal.i18n import N_
from portal.refusal import Refused

MOST_LINES = 10_000
MOST_UNITS = 1_000_000
FARTHEST_REQUEST = timedelta(days=365)


def refuse_bad_shape(lines: Sequence[tuple[int, int]], requested_on: date | None, today: date) -> None:
    """Refuse lines (product id, units) and a day that cannot be asked for."""
    if not lines:
        raise Refused(N_("The basket is empty."))
    if len(lines) > MOST_LINES:
        raise Refused(N_("An order holds at most %(most)s lines."), most=MOST_LINES)
    if any(not 0 < quantity <= MOST_UNITS for _, quantity in lines):
        raise Refused(N_("Each quantity must be between 1 and %(most)s."), most=MOST_UNITS)
    if requested_on is not None and not today <= requested_on <= today + FARTHEST_REQUEST:
        raise Refused(N_("Ask for a day from today on, within a year."), field="requested_on")
