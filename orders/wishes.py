"""What a company wishes for, and what can be wished for at all: how many lines and units, and for which days."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.i18n import N_
from portal.refusal import Refused

MOST_LINES = 10_000
MOST_UNITS = 1_000_000
FARTHEST_REQUEST = timedelta(days=365)


@dataclass(frozen=True)
class Wish:
    """What a company wants: `key` makes asking twice give one order; `seen_total_minor` is the total the buyer saw.

    `seen_days` are the units and days that the buyer saw for each product. `held` names what the basket holds (by
    purpose); it goes over to the order under the lock of the stock.
    """

    key: str
    lines: Sequence[tuple[int, int]]
    requested_on: date | None = None
    po_number: str | None = None
    note: str | None = None
    seen_total_minor: int | None = None
    seen_days: Mapping[int, Sequence[tuple[int, date]]] | None = None
    held: Collection[str] = ()


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
