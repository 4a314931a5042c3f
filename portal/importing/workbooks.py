"""Tables kept in Excel workbooks, read row by row without loading the sheet."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from portal.i18n import N_
from portal.importing.delimited import Record
from portal.importing.sheet_xml import SheetRows
from portal.importing.source import Limits, Source, damaged
from portal.refusal import Refused

_LAST_ROW = 1_048_576


class WorkbookSheet:
    """One sheet of a workbook; formulas are read as the results that were saved with them."""

    def __init__(self, source: Source, *, limits: Limits, sheet: str | None) -> None:
        self.source, self.limits = source, limits
        self._row = 0
        with self._book() as book:
            sheets = {each.title: each for each in book.worksheets}
            self.names = tuple(sheets)
            visible = [name for name, each in sheets.items() if each.sheet_state == "visible"]
            if sheet is not None and sheet not in sheets:
                raise Refused(N_("The workbook has no sheet named “%(sheet)s”."), field="sheet", sheet=sheet)
            if not sheets:
                raise Refused(N_("The workbook holds no sheet with cells."), field="file")
            self.name = sheet if sheet is not None else (visible or list(sheets))[0]
            self._last = sheets[self.name].max_row or _LAST_ROW

    def progress(self) -> float:
        """The share of the sheet read so far, from 0 to 1, by the size that the workbook claims."""
        return min(1.0, self._row / self._last)

    def records(self) -> Iterator[Record]:
        """Each row that is kept in the sheet, with the row number that Excel shows."""
        with self._book() as book:
            sheet, inside = cast(Any, book[self.name]), cast(Any, book)
            rows = SheetRows(
                sheet._shared_strings,  # noqa: SLF001 - openpyxl offers no public door to the parts of a sheet
                epoch=inside.epoch,
                dates=inside._date_formats,  # noqa: SLF001
                durations=inside._timedelta_formats,  # noqa: SLF001
                columns=self.limits.columns + 1,
                cell_chars=self.limits.cell_chars,
            )
            with sheet._get_source() as xml:  # noqa: SLF001
                for number, cells in rows.read(xml):
                    self._row = number
                    yield number, cells
        self._row = self._last

    @contextmanager
    def _book(self) -> Iterator[Workbook]:
        with self.source.opened() as stream, _told_as_damage():
            with _quietly():
                book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()


@contextmanager
def _quietly() -> Iterator[None]:
    # openpyxl warns of styles and extensions it leaves out; none of them carries data.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _told_as_damage() -> Iterator[None]:
    try:
        yield
    except (Refused, GeneratorExit):
        raise
    except Exception as fault:
        # A malformed package makes openpyxl fail in every way, from KeyError to a forbidden XML entity.
        raise damaged() from fault
