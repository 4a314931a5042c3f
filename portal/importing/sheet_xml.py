"""The rows of one sheet of a workbook, cut from its XML as it streams by.

openpyxl reads the rest of the workbook; for the rows its safe parser takes about ten times as long.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import IO
from xml.parsers import expat

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.escape import unescape

from portal.i18n import N_
from portal.importing.cell import Cell, Unreadable, too_long, with_nul

_PIECE = 1 << 16
_MOST_PIECES_OF_A_TEXT = 256
_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_TAGS = {f"{space} {tag}": tag for space in _NAMESPACES for tag in ("row", "c", "v", "f", "t", "rPh")}


class SheetRows:
    """Rows as `(row number, cells)`, in flat memory; cells beyond `columns` are left out.

    A document type declaration, the way into entities of any kind, ends the reading with ValueError.
    """

    def __init__(
        self,
        shared: Sequence[str],
        *,
        epoch: datetime,
        dates: Collection[int],
        durations: Collection[int],
        columns: int,
        cell_chars: int,
    ) -> None:
        self._shared, self._shared_cells = shared, dict[str, Cell]()
        self._epoch = epoch
        self._dates, self._durations = ({str(style) for style in styles} for styles in (dates, durations))
        self._columns, self._cell_chars = columns, cell_chars
        self._places: dict[str, int] = {}
        self._done: list[tuple[int, list[Cell]]] = []
        self._number = 0
        self._row: list[Cell] = []
        self._place = 0
        self._kind = self._style = ""
        self._value: str | None = None
        self._formula = self._phonetic = self._listening = False
        self._heard: list[str] = []

    def read(self, xml: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
        """The rows that are there, each under its own number."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = _PIECE
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._hear
        parser.StartDoctypeDeclHandler = _refuse_document_type
        while True:
            piece = xml.read(_PIECE)
            parser.Parse(piece, not piece)
            yield from self._done
            self._done.clear()
            if not piece:
                return

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._value, self._formula = None, False
            reference = attributes.get("r")
            self._place = self._place_of(reference) if reference else self._place + 1
        elif tag == "v" or (tag == "t" and not self._phonetic):
            self._listening = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._number = int(attributes["r"]) if "r" in attributes else self._number + 1
            self._row, self._place = [], 0
        elif tag == "rPh":
            self._phonetic = True

    def _end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self._put()
        elif tag in {"v", "t"}:
            if self._listening:
                # A text in several styles comes in several pieces.
                self._value = (self._value or "") + "".join(self._heard)
                self._listening = False
                self._heard.clear()
        elif tag == "row":
            self._done.append((self._number, self._row))
        elif tag == "rPh":
            self._phonetic = False

    def _hear(self, words: str) -> None:
        if self._listening and len(self._heard) < _MOST_PIECES_OF_A_TEXT:
            self._heard.append(words)

    def _place_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in self._places:
            self._places[letters] = column_index_from_string(letters)
        return self._places[letters]

    def _put(self) -> None:
        cell = self._cell()
        if cell == "" or self._place > self._columns:
            return
        row = self._row
        row.extend([""] * (self._place - 1 - len(row)))
        if self._place <= len(row):
            row[self._place - 1] = cell
        else:
            row.append(cell)

    def _cell(self) -> Cell:
        kind, value = self._kind, self._value
        if not value:
            # An empty text is a result too: Excel saves it as a text without letters.
            if self._formula and (kind != "str" or value is None):
                return Unreadable(
                    N_("The cell holds a formula without a saved result. Save the workbook in Excel first.")
                )
            return ""
        if kind == "s":
            if value not in self._shared_cells:
                self._shared_cells[value] = self._text(self._shared[int(value)])
            return self._shared_cells[value]
        if kind in {"n", "d"}:
            return self._number_or_date(value)
        if kind == "b":
            return value.strip() not in {"0", "false"}
        if kind == "e":
            return Unreadable(N_("The cell shows the error %(error)s."), shown=value, error=value)
        return self._text(value)

    def _number_or_date(self, value: str) -> Cell:
        try:
            if self._kind == "d":
                return datetime.fromisoformat(value)
            number = float(value) if "." in value or "E" in value or "e" in value else int(value)
            if self._style not in self._dates:
                return number
            found = from_excel(number, self._epoch, timedelta=self._style in self._durations)
        except (ValueError, OverflowError):
            return Unreadable(N_("The cell shows neither a number nor a date that exists."), shown=value)
        return "" if found is None else found

    def _text(self, value: str) -> Cell:
        if "_x" in value:
            value = unescape(value)
        if len(value) > self._cell_chars:
            return too_long(value, self._cell_chars)
        return with_nul(value) if "\0" in value else value


def _refuse_document_type(*_: object) -> None:
    raise ValueError("a sheet has no document type")
