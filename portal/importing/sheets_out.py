"""Tables written for people: sample files to fill in, and lists of reported rows."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import xlsxwriter

from portal.i18n import gettext
from portal.importing.cell import STARTS_A_FORMULA
from portal.importing.kinds import Sheet


def sample_rows(sheet: Sheet) -> list[list[str]]:
    """The headers of a sheet in the language being spoken, and its examples below them."""
    headers = [gettext(column.title) for column in sheet.columns]
    return [headers, *([row.get(column.key, "") for column in sheet.columns] for row in sheet.examples)]


def as_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """CSV that Excel opens with its Thai letters intact, and in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def as_xlsx(rows: Iterable[Sequence[str]], name: str) -> bytes:
    """A workbook with one sheet; every cell is text, as codes and dates must not be guessed at."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name[:31])
        bold = book.add_format({"bold": True})
        as_text = book.add_format({"num_format": "@"})
        for n, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(n, place, cell, bold if n == 0 else as_text)
        sheet.set_column(0, 40, 18, as_text)
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def harmless(cell: object) -> object:
    """A text that no spreadsheet runs as a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
