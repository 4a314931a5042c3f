"""Which lot is meant for whom: what is promised keeps its lot, and what has none gets those first to expire; pure."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

Pair = tuple[int, int]
"""The ids of a reservation and of a lot."""


@dataclass(frozen=True)
class Lot:
    """A lot in one place: its units there that may be sold, none when it was stopped, has expired or has gone."""

    id: int
    units: int
    expires_on: date | None = None


@dataclass(frozen=True)
class Demand:
    """A reservation and the units it holds."""

    id: int
    held: int


def allot(
    lots: Iterable[Lot],
    demands: Sequence[Demand],
    allotted: Mapping[Pair, int],
    picked: Mapping[Pair, int] | None = None,
) -> dict[Pair, int]:
    """The units of each lot meant for each reservation of one place; demands stand in the order of their promises.

    Picked units keep their lot, then what was allotted stays as far as it is held and the lot has it, and what is held
    beyond that takes the lots first to expire, those without a day last, then the oldest. Nobody gets more than they
    hold and no lot gives more than it has; who gets less holds units that are not known by their lot.
    """
    shelf = sorted(lots, key=lambda lot: (lot.expires_on is None, lot.expires_on or date.max, lot.id))
    left = Counter({lot.id: lot.units for lot in shelf})
    open_ = Counter({demand.id: demand.held for demand in demands})
    found = Counter[Pair]()

    def give(pair: Pair, most: int) -> None:
        units = min(most, open_[pair[0]], left[pair[1]])
        if units > 0:
            found[pair] += units
            open_[pair[0]] -= units
            left[pair[1]] -= units

    pairs = [(demand.id, lot.id) for demand, lot in _crossed(demands, shelf, allotted, picked or {})]
    for pair in pairs:
        give(pair, (picked or {}).get(pair, 0))
    for pair in pairs:
        give(pair, allotted.get(pair, 0) - found[pair])
    free = deque(shelf)
    for demand in demands:
        while free and open_[demand.id]:
            give((demand.id, free[0].id), open_[demand.id])
            if not left[free[0].id]:
                free.popleft()
    return dict(+found)


def _crossed(
    demands: Sequence[Demand], shelf: Sequence[Lot], *known: Mapping[Pair, int]
) -> Iterator[tuple[Demand, Lot]]:
    """The demands and lots that know each other already, in the order in which they are served."""
    lots: dict[int, set[int]] = {}
    for pair in (pair for some in known for pair in some):
        lots.setdefault(pair[0], set()).add(pair[1])
    for demand in demands:
        if mine := lots.get(demand.id):
            yield from ((demand, lot) for lot in shelf if lot.id in mine)
