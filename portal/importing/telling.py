"""What a booking tells of each row while it works, gathered so that it can be kept with the run and taken up again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.i18n import kept_day
from portal.importing.cell import shown
from portal.importing.outcomes import Reconciliation, Tally

if TYPE_CHECKING:
    from portal.importing.kinds import Row
    from portal.importing.mapping import Mapping as ColumnMapping


@dataclass
class Sums:
    """Counts and amounts of a run by currency, and how many documents and the like it met."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)

    def of(self, currency: str) -> Tally:
        """The tally of one currency."""
        tally = self.tallies.get(currency)
        if tally is None:
            tally = self.tallies[currency] = Tally()
        return tally

    @property
    def rows_read(self) -> int:
        """Rows read in all."""
        return sum(tally.rows_read for tally in self.tallies.values())

    def rows(self, outcome: str) -> int:
        """Rows that were `booked`, `unchanged` or `reported`."""
        return sum(tally.rows[outcome] for tally in self.tallies.values())

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why rows were reported, the commonest reason first."""
        total: Counter[str] = Counter()
        for tally in self.tallies.values():
            total += tally.reasons
        return total.most_common()

    @property
    def holds(self) -> bool:
        """Whether every row read was told exactly once and all amounts agree to the last digit."""
        return all(tally.reconcile().holds for tally in self.tallies.values())

    def reconciled(self) -> list[tuple[str, Reconciliation]]:
        """By currency, both sides of the sum; currencies without any amount are left out."""
        sums = [(currency, tally.reconcile()) for currency, tally in sorted(self.tallies.items())]
        return [
            (currency, one)
            for currency, one in sums
            if any((one.read, one.booked, one.unchanged, one.reported))
        ]

    def written(self) -> dict[str, Any]:
        """As plain JSON; amounts as text, so that no digit is lost."""
        return {
            "counted": dict(self.counted),
            "tallies": {currency: _written(tally) for currency, tally in self.tallies.items()},
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Sums:
        """What `written` gave."""
        tallies = {currency: _tally(one) for currency, one in kept.get("tallies", {}).items()}
        return cls(tallies, Counter(kept.get("counted", {})))


class Told:
    """What became of the rows of one piece; with `heard` off everything is let go, for rows that were told before."""

    def __init__(self, sums: Sums, mappings: Mapping[str, ColumnMapping], *, heard: bool = True) -> None:
        self._sums = sums if heard else Sums()
        self._mappings = mappings
        self.problems: list[dict[str, Any]] = []

    def read(self, row: Row) -> None:
        """A row was read; said by whoever reads, not by whoever books."""
        currency, amount = row.worth
        self._sums.of(currency).read(amount)

    def booked(self, row: Row, booked_as: Decimal | None = None) -> None:
        """The row was booked, with this amount after rounding."""
        currency, amount = row.worth
        self._sums.of(currency).booked(amount, booked_as)

    def unchanged(self, row: Row, booked_as: Decimal | None = None) -> None:
        """What the row says was known; nothing was done."""
        currency, amount = row.worth
        self._sums.of(currency).unchanged(amount, booked_as)

    def reported(self, row: Row, key: str, message: str, **params: object) -> None:
        """The row was not booked, because of what stands in this field (empty: the row as a whole)."""
        header, value = "", ""
        if key:
            header = self._mappings[row.sheet].header(key)
            kept = row.values.get(key)
            value = (
                "" if kept is None else shown(f"{kept.normalize():f}" if isinstance(kept, Decimal) else kept)
            )
        self._reported(row, message, [(header, value, message, params)])

    def reported_cells(self, row: Row) -> None:
        """The row was not booked, because of cells that could not be read."""
        found = [(one.header or one.column, one.value, one.message, one.params) for one in row.problems]
        self._reported(row, row.problems[0].message, found)

    def count(self, what: str, number: int = 1) -> None:
        """Met so many documents, or whatever else the kind counts."""
        if number:
            self._sums.counted[what] += number

    def _reported(
        self, row: Row, reason: str, found: list[tuple[str, str, str, Mapping[str, object]]]
    ) -> None:
        currency, amount = row.worth
        self._sums.of(currency).reported(reason, amount)
        self.problems += [
            {
                "sheet": row.sheet,
                "row": row.number,
                "column": header[:200],
                "value": value[:80],
                "message": message,
                "params": {name: _plain(param) for name, param in params.items()},
            }
            for header, value, message, params in found
        ]


def _plain(value: object) -> str | int | dict[str, str]:
    if isinstance(value, date):
        return kept_day(value)  # in the language of who will read it
    return value if isinstance(value, int) else str(value)


def _written(tally: Tally) -> dict[str, Any]:
    return {
        "rows_read": tally.rows_read,
        "amount_read": str(tally.amount_read),
        "rows": dict(tally.rows),
        "amounts": {name: str(amount) for name, amount in tally.amounts.items()},
        "rounding": str(tally.rounding),
        "reasons": dict(tally.reasons),
        "reason_amounts": {name: str(amount) for name, amount in tally.reason_amounts.items()},
    }


def _tally(kept: Mapping[str, Any]) -> Tally:
    return Tally(
        rows_read=kept["rows_read"],
        amount_read=Decimal(kept["amount_read"]),
        rows=Counter(kept["rows"]),
        amounts=_amounts(kept["amounts"]),
        rounding=Decimal(kept["rounding"]),
        reasons=Counter(kept["reasons"]),
        reason_amounts=_amounts(kept["reason_amounts"]),
    )


def _amounts(kept: Mapping[str, str]) -> defaultdict[str, Decimal]:
    return defaultdict(Decimal, {name: Decimal(amount) for name, amount in kept.items()})
