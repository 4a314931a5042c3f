"""What became of every row of a file, and the proof that nothing was lost on the way."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portal.importing.mapping import CellProblem

NOTHING = Decimal(0)


@dataclass(frozen=True)
class RowProblem:
    """A row that was reported: the number the person sees, the column if one is to blame, and the reason."""

    row: int
    column: str
    value: str
    reason: str
    params: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, row: int, problem: CellProblem) -> "RowProblem":
        """A problem of a cell, placed in its row; the column is named by the header of the file."""
        return cls(row, problem.header or problem.column, problem.value, problem.message, problem.params)

    def __str__(self) -> str:
        return self.reason % self.params if self.params else self.reason


@dataclass(frozen=True)
class Reconciliation:
    """Both sides of the sum: `read` = `booked` + `unchanged` + `reported` + `rounding`, to the last digit."""

    rows_read: int
    rows_told: int
    read: Decimal
    booked: Decimal
    unchanged: Decimal
    reported: Decimal
    rounding: Decimal

    @property
    def difference(self) -> Decimal:
        """What cannot be explained; zero unless an importer lost or doubled a row."""
        return self.read - self.booked - self.unchanged - self.reported - self.rounding

    @property
    def holds(self) -> bool:
        """Whether every row read had exactly one outcome and the amounts agree exactly."""
        return self.rows_read == self.rows_told and not self.difference


@dataclass
class Tally:
    """Counts rows and exact amounts of one currency: each row is first read, then told what became of it."""

    rows_read: int = 0
    amount_read: Decimal = NOTHING
    rows: Counter[str] = field(default_factory=Counter)
    amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    rounding: Decimal = NOTHING
    reasons: Counter[str] = field(default_factory=Counter)
    reason_amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def read(self, amount: Decimal = NOTHING) -> None:
        """A row was read; `amount` is what it says, unrounded (nothing if it cannot be told)."""
        self.rows_read += 1
        self.amount_read += amount

    def booked(self, amount: Decimal = NOTHING, booked_as: Decimal | None = None) -> None:
        """A row of this exact amount was booked, as `booked_as` after rounding."""
        self._told("booked", amount, booked_as)

    def unchanged(self, amount: Decimal = NOTHING, booked_as: Decimal | None = None) -> None:
        """A row was found as it had been booked before, and nothing was done."""
        self._told("unchanged", amount, booked_as)

    def reported(self, reason: str, amount: Decimal = NOTHING) -> None:
        """A row was not booked but reported, for this reason (an English msgid)."""
        self._told("reported", amount, None)
        self.reasons[reason] += 1
        self.reason_amounts[reason] += amount

    def reconcile(self) -> Reconciliation:
        """The sum of what was read against the sum of what was told."""
        return Reconciliation(
            rows_read=self.rows_read,
            rows_told=self.rows.total(),
            read=self.amount_read,
            booked=self.amounts["booked"],
            unchanged=self.amounts["unchanged"],
            reported=self.amounts["reported"],
            rounding=self.rounding,
        )

    def _told(self, outcome: str, amount: Decimal, booked_as: Decimal | None) -> None:
        kept = amount if booked_as is None else booked_as
        self.rows[outcome] += 1
        self.amounts[outcome] += kept
        self.rounding += amount - kept
