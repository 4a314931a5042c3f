"""What can be promised of a product, and from which day: available to promise with look-ahead; pure.

    PAB(t) = on hand - held + receipts up to t - commitments up to t
    ATP(t) = max(0, min over s >= t of PAB(s))

The projected available balance (PAB) is that of master production scheduling (APICS Dictionary); the look-ahead takes
the lowest of it from a day on, so that what is promised today is not taken from a commitment of a later day.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple


class Balance(NamedTuple):
    """Units projected to be there at the end of a day, and how many of them can be promised from that day on."""

    day: date
    projected: int
    promisable: int


def balances(on_hand: int, changes: Iterable[tuple[date, int]], today: date) -> list[Balance]:
    """The balance of today and of every later day on which something comes (positive) or is owed (negative).

    `on_hand` leaves out what is held back. What should have come or gone before today counts today.
    """
    daily = {today: 0}
    for day, units in changes:
        counted = max(day, today)
        daily[counted] = daily.get(counted, 0) + units
    days = sorted(daily)
    projected = list(accumulate((daily[day] for day in days), initial=on_hand))[1:]
    lowest = list(accumulate(reversed(projected), min))[::-1]
    return [Balance(day, units, max(0, low)) for day, units, low in zip(days, projected, lowest, strict=True)]


def promisable_on(found: Sequence[Balance], day: date) -> int:
    """How many units can be promised for a day: those of the last day of balances up to it; none before the first."""
    return next((one.promisable for one in reversed(found) if one.day <= day), 0)


def in_parts(quantity: int, found: Sequence[Balance]) -> list[tuple[date, int]]:
    """On which days how many of so many units can be promised, as early as possible; fewer in all when there are not.

    Later days only ever add to what can be promised, so each part takes what its day adds.
    """
    parts: list[tuple[date, int]] = []
    given = 0
    for one in found:
        more = min(quantity, one.promisable) - given
        if more > 0:
            parts.append((one.day, more))
            given += more
    return parts
