"""Opening any spreadsheet as one thing: a table with headers and numbered rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from openpyxl.utils import get_column_letter

from portal.i18n import N_
from portal.importing.cell import Cell, CellError, Unreadable, plain
from portal.importing.delimited import DelimitedText, Record
from portal.importing.encodings import NAMES
from portal.importing.source import DEFAULT_LIMITS, Limits, Source, recognise
from portal.importing.workbooks import WorkbookSheet
from portal.refusal import Refused

_ROWS_ABOVE_THE_TABLE = 30


@dataclass(frozen=True)
class Table:
    """A table of a file. Iterating gives `(row number, cells)`, from the start each time and in flat memory.

    Row numbers are those the person sees: the row of the sheet, or the line of the text file where the record
    starts. Each row has as many cells as there are headers; empty rows are left out; a row that could not be
    read holds one `Unreadable` in every cell.
    """

    filename: str
    headers: list[str]
    header_row: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    _content: DelimitedText | WorkbookSheet

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        width = len(self.headers)
        for number, cells in self._content.records():
            if number <= self.header_row:
                continue
            if isinstance(cells, Unreadable):
                yield number, [cells] * width
            elif len(cells) == width:
                if not _empty(cells):
                    yield number, cells
            elif not _empty(cells):
                yield number, self._fitted(cells, width)

    def _fitted(self, cells: list[Cell], width: int) -> list[Cell]:
        if len(cells) < width:
            return cells + [""] * (width - len(cells))
        # In a sheet they are notes beside the table; in a text a stray delimiter has shifted what follows it.
        if self.sheet is not None or _empty(cells[width:]):
            return cells[:width]
        fault = Unreadable(
            N_("The row has %(found)s cells, but there are only %(expected)s headers."),
            shown=" | ".join(str(cell) for cell in cells[:4] if not isinstance(cell, Unreadable)),
            whole_row=True,
            found=len(_trimmed(cells)),
            expected=width,
        )
        return [fault] * width

    @property
    def encoding_name(self) -> str | None:
        """The encoding as people know it, e.g. `TIS-620 / Windows-874`; None for a workbook."""
        return NAMES.get(self.encoding, self.encoding) if self.encoding else None

    def progress(self) -> float:
        """The share of the file that the latest iteration has read, from 0 to 1."""
        return self._content.progress()


def open_table(
    file: str | Path | BinaryIO,
    filename: str | None = None,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """The table in a CSV (plain or gzip) or XLSX file; raises Refused when there is none to read.

    An open file must be seekable, is read from its beginning and is left open. Encoding and delimiter are
    found out unless they are given; blank and title rows above the headers are skipped.
    """
    name = filename or (Path(file).name if isinstance(file, str | Path) else "")
    source = Source(file)
    kind = recognise(source, name, limits)
    content: DelimitedText | WorkbookSheet
    if kind == "workbook":
        content = WorkbookSheet(source, limits=limits, sheet=sheet)
    else:
        content = DelimitedText(
            source, packed=kind == "gzip", limits=limits, encoding=encoding, delimiter=delimiter
        )
    number, cells = _header(content.records(), limits)
    table = Table(
        filename=name,
        headers=_names(cells),
        header_row=number,
        encoding=content.encoding if isinstance(content, DelimitedText) else None,
        delimiter=content.delimiter if isinstance(content, DelimitedText) else None,
        sheet=content.name if isinstance(content, WorkbookSheet) else None,
        sheets=content.names if isinstance(content, WorkbookSheet) else (),
        _content=content,
    )
    if next(iter(table), None) is None:
        raise Refused(N_("There are no rows below the headers."), field="file")
    return table


def _header(records: Iterator[Record], limits: Limits) -> tuple[int, list[Cell]]:
    """The first row as wide as a header: with at least half as many filled cells as the widest row near it."""
    candidates: list[tuple[int, list[Cell]]] = []
    for number, cells in records:
        if isinstance(cells, Unreadable):
            if candidates:
                break
            raise Refused(
                N_("Row %(row)s, where the headers should be, cannot be read."), field="file", row=number
            )
        if not _empty(cells) and not (number == 1 and str(cells[0]).lower().startswith("sep=")):
            candidates.append((number, cells))
        if len(candidates) == _ROWS_ABOVE_THE_TABLE:
            break
    if not candidates:
        raise Refused(N_("There is nothing in the file but empty rows."), field="file")
    widest = max(_filled(cells) for _, cells in candidates)
    number, cells = next(each for each in candidates if _filled(each[1]) * 2 >= widest + (widest > 1))
    used = max(len(_trimmed(below)) for above, below in candidates if above >= number)
    cells = cells[: max(used, len(_trimmed(cells)))]
    if len(cells) > limits.columns:
        raise Refused(N_("The table has more than %(most)s columns."), field="file", most=limits.columns)
    return number, cells


def _names(cells: list[Cell]) -> list[str]:
    """Header texts, each different: an unnamed column is called by its letter, a repeated one numbered."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        try:
            name = " ".join(plain(cell).split())
        except CellError:
            name = ""
        name = name or f"({get_column_letter(place)})"
        count = 2
        unique = name
        while unique in names:
            unique = f"{name} ({count})"
            count += 1
        names.append(unique)
    return names


def _empty(cells: list[Cell]) -> bool:
    return not any(map(_something, cells))


def _something(cell: Cell) -> bool:
    return bool(cell.strip()) if type(cell) is str else True


def _filled(cells: list[Cell]) -> int:
    return sum(map(_something, cells))


def _trimmed(cells: list[Cell]) -> list[Cell]:
    last = len(cells)
    while last and not _something(cells[last - 1]):
        last -= 1
    return cells[:last]
