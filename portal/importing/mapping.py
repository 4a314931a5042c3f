"""Which column of the file means which field, and reading rows by it."""

import inspect
import re
import unicodedata
from collections import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from portal.i18n import LANGUAGES, N_, gettext, speaking
from portal.importing.cell import BLANK, Cell, CellError, Unreadable, shown
from portal.refusal import Refused

Parse = Callable[..., Any]

_REMEMBERED_LENGTH = 64
_REMEMBERED_CELLS = 20_000
_IN_BRACKETS = re.compile(r"[(\[（].*?[)\]）]")
_NUMBER_SIGN = re.compile(r"#|№")
_LATIN_ACCENTS = re.compile(r"[\u0300-\u036f]")
_NOT_WORDS = re.compile(r"[^\w\u0e00-\u0e7f]|_")


@dataclass(frozen=True)
class Column:
    """A field that rows of a file may give: what it is called here and elsewhere, how its cells are parsed.

    An empty cell, or a field without a column, gives `default`; `required` makes both an error.
    """

    key: str
    title: str
    parse: Parse
    required: bool = False
    default: Any = None
    synonyms: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class CellProblem:
    """Why a cell, or the whole row when no column is named, could not be used: an English msgid, its params."""

    column: str
    header: str
    value: str
    message: str
    params: abc.Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True)
class Mapping:
    """The place, from 0, of the column of the file that serves each field; None where none does."""

    headers: tuple[str, ...]
    places: abc.Mapping[str, int | None]

    @classmethod
    def of(cls, headers: Sequence[str], chosen: abc.Mapping[str, str | None]) -> "Mapping":
        """The mapping a person chose, by header names; an unknown header is refused beside its field."""
        places: dict[str, int | None] = {}
        for key, header in chosen.items():
            if header and header not in headers:
                raise Refused(N_("The file has no column “%(header)s”."), field=key, header=header)
            places[key] = headers.index(header) if header else None
        return cls(tuple(headers), places)

    @classmethod
    def guessed(cls, headers: Sequence[str], columns: Sequence[Column]) -> "Mapping":
        """The mapping that the names of the headers suggest."""
        return cls.of(headers, guess(headers, columns))

    def missing(self, columns: Sequence[Column]) -> list[Column]:
        """The required fields that no column of the file serves."""
        return [column for column in columns if column.required and self.places.get(column.key) is None]

    def check(self, columns: Sequence[Column]) -> None:
        """Refuse a mapping that leaves a required field without a column."""
        for column in self.missing(columns):
            raise Refused(
                N_("Choose the column of the file that gives “%(column)s”."),
                field=column.key,
                column=column.title,
            )

    def header(self, key: str) -> str:
        """The header that serves a field, or nothing."""
        place = self.places.get(key)
        return "" if place is None else self.headers[place]


def guess(headers: Sequence[str], columns: Sequence[Column]) -> dict[str, str | None]:
    """For each field the header that bears its key, title or a synonym; one header may serve several fields.

    Case, spaces, underscores, accents and remarks in brackets do not matter; earlier synonyms win.
    """
    known: dict[str, str] = {}
    for form in (normalised, lambda header: normalised(_IN_BRACKETS.sub("", header))):
        for header in headers:
            known.setdefault(form(header), header)
    known.pop("", None)
    return {
        column.key: next(
            (
                known[name]
                for name in map(normalised, (column.key, *_titles(column), *column.synonyms))
                if name in known
            ),
            None,
        )
        for column in columns
    }


def _titles(column: Column) -> list[str]:
    """What a column is called in each language, for the sample files are written in the one being spoken."""
    found = []
    for code in LANGUAGES:
        with speaking(code):
            found.append(gettext(column.title))
    return [column.title, *found]


def normalised(header: str) -> str:
    """A header stripped to what tells it from others: `Invoice No.`, `invoice_no` and `InvoiceNo` are one."""
    letters = unicodedata.normalize("NFKD", _NUMBER_SIGN.sub(" no ", header)).casefold()
    return _NOT_WORDS.sub("", _LATIN_ACCENTS.sub("", letters))


class RowReader:
    """Reads rows of one file by one mapping.

    `options` are what the person said of the whole file (`day_first`, `decimal_comma`, `zone` …); each parser
    is given those it knows.
    """

    def __init__(self, mapping: Mapping, columns: Sequence[Column], **options: object) -> None:
        mapping.check(columns)
        self._mapping = mapping
        self._columns = tuple(columns)
        places = mapping.places
        self._bound: list[tuple[str, int, Callable[[Cell], Any]]] = [
            (column.key, place, _Remembered(column, options).__getitem__)
            for column in columns
            if (place := places.get(column.key)) is not None
        ]
        self._unmapped = {column.key: column.default for column in columns if places.get(column.key) is None}

    def read(self, cells: Sequence[Cell]) -> tuple[dict[str, Any], list[CellProblem]]:
        """The values by field, and every problem of the row; a field with a problem has no value."""
        values = self._unmapped.copy()
        faults: list[tuple[str, int, CellError]] = []
        for key, place, parse in self._bound:
            try:
                values[key] = parse(cells[place])
            except CellError as fault:
                faults.append((key, place, fault))
        return values, (self._problems(cells, faults) if faults else [])

    def _problems(self, cells: Sequence[Cell], faults: list[tuple[str, int, CellError]]) -> list[CellProblem]:
        first = cells[0]
        if isinstance(first, Unreadable) and first.whole_row:
            return [CellProblem("", "", shown(first), first.message, first.params)]
        titles = {column.key: column.title for column in self._columns}
        return [
            CellProblem(
                titles[key], self._mapping.headers[place], shown(cells[place]), fault.message, fault.params
            )
            for key, place, fault in faults
        ]


def read_row(
    cells: Sequence[Cell], mapping: Mapping, columns: Sequence[Column], **options: object
) -> tuple[dict[str, Any], list[CellProblem]]:
    """One row read by a mapping; for many rows make one RowReader."""
    return RowReader(mapping, columns, **options).read(cells)


class _Remembered(dict[Cell, Any]):
    """The values of texts met before: dates, prices and customers come again and again in a file."""

    def __init__(self, column: Column, options: abc.Mapping[str, object]) -> None:
        super().__init__()
        known = inspect.signature(column.parse).parameters
        self._parse = partial(
            column.parse, **{name: given for name, given in options.items() if name in known}
        )
        self._required, self._default = column.required, column.default

    def __missing__(self, cell: Cell) -> Any:
        if type(cell) is not str:
            return self._parse(cell)
        if not cell.strip(BLANK):
            if self._required:
                raise CellError(N_("This must be filled in."))
            return self._default
        value = self._parse(cell)
        if len(cell) <= _REMEMBERED_LENGTH:
            if len(self) >= _REMEMBERED_CELLS:
                self.clear()
            self[cell] = value
        return value
