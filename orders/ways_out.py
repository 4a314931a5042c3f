"""The ways out for units that wait for stock, and the order in which they serve the customer best; pure.

What can be done comes before what cannot. Of what can be done, first what brings all the units by the day promised
first without asking the customer; then what brings all of them, then what brings a part, then what brings nothing; then
the earliest day; then the lowest cost to us, an unknown one last; then waiting, moving, substituting, expediting,
cancelling.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from orders.expedite_sums import COST_CURRENCY
from portal.i18n import N_
from portal.money import Money
from portal.refusal import Refused


class Kind(StrEnum):
    """What can be done about units that are short; of two as good the one named first is taken."""

    WAIT = "wait"
    MOVE = "move"
    SUBSTITUTE = "substitute"
    EXPEDITE = "expedite"
    CANCEL = "cancel"


TITLES = {
    Kind.WAIT: N_("Wait for the goods"),
    Kind.MOVE: N_("Move stock from another warehouse"),
    Kind.SUBSTITUTE: N_("Send a substitute"),
    Kind.EXPEDITE: N_("Send it faster once the goods are here"),
    Kind.CANCEL: N_("Cancel these units"),
}


@dataclass(frozen=True)
class Way:
    """One way out: for how many of the units that wait, when they arrive, what it costs us, what the customer pays.

    `cost` is what it costs us beyond the order as it stands, None while unknown; `pays` is for these units, before tax.
    `about` is what it is done with: a warehouse, a substitute, a fast service, a receipt. `no` says why it cannot be.
    An `estimate` of the day stands on no receipt.
    """

    kind: Kind
    units: int
    arrives_on: date | None = None
    cost: Money | None = None
    pays: Money | None = None
    consent: bool = False
    no: Refused | None = None
    about: Any = None
    estimate: bool = False


@dataclass(frozen=True)
class Ranked:
    """A way out with the calendar days it comes after the day promised first, None where no day is to be had."""

    way: Way
    days_late: int | None


def ranked(ways: Iterable[Way], units: int, promised_on: date | None) -> list[Ranked]:
    """The ways out for so many units that were first promised for a day, the best first."""
    return sorted(
        (Ranked(way, days_late(way, promised_on)) for way in ways), key=lambda one: _place(one, units)
    )


def days_late(way: Way, promised_on: date | None) -> int | None:
    """Calendar days by which a way comes after the day promised first; 0 in time, None without either day."""
    if way.arrives_on is None or promised_on is None:
        return None
    return max(0, (way.arrives_on - promised_on).days)


def _place(one: Ranked, units: int) -> tuple[Any, ...]:
    way = one.way
    whole = way.units >= units
    cost = way.cost.minor if way.cost is not None and way.cost.currency == COST_CURRENCY else None
    return (
        way.no is not None,
        not (whole and one.days_late == 0 and not way.consent),
        way.arrives_on is None,
        not whole,
        way.arrives_on or date.max,
        cost is None,
        cost or 0,
        list(Kind).index(way.kind),
    )
