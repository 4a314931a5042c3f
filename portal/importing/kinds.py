"""What can be imported: a kind with its sheets, columns and options. Rooms declare kinds as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.i18n import N_
from portal.importing import mapping
from portal.importing.cell import CellError
from portal.importing.mapping import CellProblem, Column
from portal.importing.telling import Told
from portal.permissions import House
from portal.refusal import Refused

if TYPE_CHECKING:
    from portal.feature import Feature

Choices = Sequence[tuple[str, str]]
Worth = tuple[str, Decimal]
"""A currency (empty where amounts are no money) and an exact amount of it."""


@dataclass(frozen=True)
class Sheet:
    """One of the tables that a kind takes; `examples` fill the sample file, in the order of the columns."""

    name: str
    title: str
    columns: tuple[Column, ...]
    optional: bool = False
    examples: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Option:
    """What a person says of the whole file: a tick, a choice of some, or a text that `read` understands."""

    name: str
    title: str
    default: str = ""
    help: str = ""
    flag: bool = False
    choices: Choices | Callable[[Session], Choices] | None = None
    read: Callable[[str], Any] | None = None

    def offered(self, session: Session) -> Choices:
        """The choices there are now."""
        return self.choices(session) if callable(self.choices) else self.choices or ()

    def value(self, written: str | None) -> Any:
        """What the person said, understood; refused beside the option when it means nothing."""
        said = self.default if written is None else written.strip()
        if self.flag:
            return said.lower() in {"1", "y", "yes", "true", "on"}
        if self.read is None:
            return said
        try:
            return self.read(said)
        except CellError as fault:
            raise Refused(fault.message, field=self.name, **fault.params) from None


@dataclass
class Row:
    """A row as it was read: where it stands, its values by field, what is wrong with its cells, what it is worth."""

    sheet: str
    number: int
    values: dict[str, Any]
    problems: list[CellProblem]
    worth: Worth


@dataclass(frozen=True)
class Given:
    """What a run was given: understood options, the mapping of each sheet that a table serves, and who asked when."""

    options: Mapping[str, Any]
    mappings: Mapping[str, mapping.Mapping]
    by: User | None
    now: datetime

    def maps(self, key: str) -> bool:
        """Whether any table of the run gives this field."""
        return any(one.places.get(key) is not None for one in self.mappings.values())


class Booking(Protocol):
    """How the rows of one run become things of a room. One is made for each run.

    Rows come in file order, in pieces, each piece in a transaction of its own. Every row that comes must be told:
    booked, unchanged or reported, at once or by the end. A row that comes a second time must change nothing.
    """

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book some rows of a sheet and tell what became of each."""

    def finish(self, session: Session, told: Told) -> None:
        """Tell of the rows that waited for others which never came."""


def no_worth(sheet: str, values: Mapping[str, Any], given: Given) -> Worth:
    """For kinds whose rows are only counted."""
    return "", Decimal(0)


def no_check(given: Given) -> None:
    """For kinds whose required columns say all."""


@dataclass(frozen=True)
class ImportKind:
    """A kind of import. Sheets that others lean on come first; the last one is the main one and always needed."""

    name: str
    title: str
    about: str
    sheets: tuple[Sheet, ...]
    options: tuple[Option, ...]
    begin: Callable[[Session, Given], Booking]
    check: Callable[[Given], None] = no_check
    worth: Callable[[str, Mapping[str, Any], Given], Worth] = no_worth
    counted: Mapping[str, str] = field(default_factory=dict)
    permission: StrEnum = House.IMPORTS_RUN

    @property
    def main(self) -> Sheet:
        """The sheet without which there is nothing to import."""
        return self.sheets[-1]

    def sheet(self, name: str) -> Sheet:
        """A sheet of this kind by its name."""
        return next(sheet for sheet in self.sheets if sheet.name == name)

    def given(
        self,
        options: Mapping[str, str],
        mappings: Mapping[str, mapping.Mapping],
        *,
        by: User | None,
        now: datetime,
    ) -> Given:
        """What a person gave, understood and found complete; refused beside the field that is wrong or missing.

        A field of a sheet is named `sheet__field`.
        """
        given = Given({one.name: one.value(options.get(one.name)) for one in self.options}, mappings, by, now)
        for sheet in self.sheets:
            if sheet.name in mappings:
                _check_complete(sheet, mappings[sheet.name])
            elif not sheet.optional:
                raise Refused(
                    N_("Choose the table that holds “%(sheet)s”."),
                    field=f"table__{sheet.name}",
                    sheet=sheet.title,
                )
        self.check(given)
        return given


def _check_complete(sheet: Sheet, mapped: mapping.Mapping) -> None:
    for column in mapped.missing(sheet.columns):
        raise Refused(
            N_("Choose the column of the file that gives “%(column)s”."),
            field=f"{sheet.name}__{column.key}",
            column=column.title,
        )


def kinds_of(features: Iterable[Feature]) -> dict[str, ImportKind]:
    """Every kind that these features offer, by name."""
    return {kind.name: kind for feature in features for kind in feature.imports}
