"""Tables kept as text: CSV and its relatives, plain or compressed, read record by record."""

import csv
import gzip
import io
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

from portal.i18n import N_
from portal.importing.cell import Cell, Unreadable, too_long, with_nul
from portal.importing.encodings import TextSurvey
from portal.importing.source import Limits, Source, damaged, refuse_what_is_not_text
from portal.refusal import Refused

DELIMITERS = (",", ";", "\t", "|")

_PIECE = 1 << 20
_SAMPLE_CHARS = 64_000
_LINES_OF_ONE_RECORD = 1_000
_CHARS_OF_ONE_RECORD = 2_000_000

Record = tuple[int, list[Cell] | Unreadable]


class DelimitedText:
    """A file of delimited text: how it is written was found out once, by reading it through."""

    def __init__(
        self, source: Source, *, packed: bool, limits: Limits, encoding: str | None, delimiter: str | None
    ) -> None:
        self.source, self.packed, self.limits = source, packed, limits
        self.size = source.size()
        survey = self._survey()
        verdict = (encoding, True) if encoding else survey.verdict()
        if verdict is None:
            raise Refused(
                N_("The letters of the file could not be told. Save it as “CSV UTF-8” and try again."),
                field="file",
            )
        self.encoding, damaged_letters = verdict
        self._suspect = damaged_letters or survey.nul
        self._at: BinaryIO | None = None
        self.delimiter = delimiter or self._sniff()

    def progress(self) -> float:
        """The share of the file read so far, from 0 to 1."""
        return min(1.0, self._at.tell() / self.size) if self._at and not self._at.closed else 1.0

    def records(self) -> Iterator[Record]:
        """Each record with the number of the line it starts on; blank lines come as empty records.

        A quotation mark that is never closed spoils its own line only: reading goes on with the next one.
        """
        with self._text() as text:
            try:
                yield from _Records(text, self.delimiter, self.limits, suspect=self._suspect)
            except (EOFError, zlib.error, OSError, UnicodeError):
                raise damaged() from None

    @contextmanager
    def _bytes(self) -> Iterator[BinaryIO]:
        with self.source.opened() as stream:
            self._at = stream
            yield cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")) if self.packed else stream

    @contextmanager
    def _text(self) -> Iterator[TextIO]:
        with self._bytes() as stream:
            text = io.TextIOWrapper(stream, encoding=self.encoding, errors="surrogateescape", newline="")
            try:
                yield text
            finally:
                # The wrapper would otherwise close a file that was handed in.
                text.detach()

    def _survey(self) -> TextSurvey:
        survey, expanded, lines, unbroken = TextSurvey(), 0, 0, 0
        with self._bytes() as stream:
            try:
                while piece := stream.read(_PIECE):
                    if not expanded:
                        refuse_what_is_not_text(piece)
                    expanded += len(piece)
                    broken = piece.count(b"\n") or piece.count(b"\r")
                    lines += broken
                    unbroken = 0 if broken else unbroken + len(piece)
                    self._check(expanded, lines, unbroken)
                    survey.feed(piece)
            except (EOFError, zlib.error, OSError):
                raise damaged() from None
        if not expanded:
            raise Refused(N_("The file is empty."), field="file")
        return survey

    def _check(self, expanded: int, lines: int, unbroken: int) -> None:
        if self.packed:
            self.limits.check_expansion(self.size, expanded)
        if unbroken > self.limits.line_bytes:
            raise Refused(N_("The file is not a table but something else under its name."), field="file")
        if lines > self.limits.rows:
            raise Refused(
                N_("The file has more than %(most)s rows. Split it."), field="file", most=self.limits.rows
            )

    def _sniff(self) -> str:
        with self._text() as text:
            try:
                sample = text.read(_SAMPLE_CHARS)
            except (EOFError, zlib.error, OSError, UnicodeError):
                raise damaged() from None
        return sniff_delimiter(sample)


def sniff_delimiter(sample: str) -> str:
    """The delimiter that cuts the sample into the most columns, evenly; a comma when there is one column."""
    first = sample.splitlines()[0].strip().lower() if sample.strip() else ""
    if first.startswith("sep=") and sample[4:5] in DELIMITERS:
        return sample[4]

    def merit(delimiter: str) -> float:
        lines = io.StringIO(sample, newline="")
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if any(cells))
        width, rows = max(widths.items(), key=lambda each: (each[1], each[0]), default=(1, 1))
        return (rows / widths.total()) ** 2 * (width - 1) if width > 1 else 0.0

    _allow_long_cells()
    return max(DELIMITERS, key=merit)


def _allow_long_cells() -> None:
    # The csv module stops dead at 128 KB a cell; ours are judged one by one, after reading.
    if csv.field_size_limit() < _CHARS_OF_ONE_RECORD * 16:
        csv.field_size_limit(_CHARS_OF_ONE_RECORD * 16)


class _Runaway(Exception):
    """One record has gone on for longer than any record does."""


class _Records:
    """Records cut from lines, keeping the lines of the record at hand so that a bad one can be taken back."""

    def __init__(self, text: TextIO, delimiter: str, limits: Limits, *, suspect: bool) -> None:
        self._text, self._delimiter, self._limits, self._suspect = text, delimiter, limits, suspect
        self._held: list[str] = []
        self._again: deque[str] = deque()
        self._ended = False

    def _lines(self) -> Iterator[str]:
        held, again = self._held, self._again
        while again:
            held.append(again.popleft())
            self._check_held()
            yield held[-1]
        for line in self._text:
            held.append(line)
            if len(held) > 1:
                self._check_held()
            yield line
            while again:
                held.append(again.popleft())
                self._check_held()
                yield held[-1]
        self._ended = True

    def _check_held(self) -> None:
        held = self._held
        if len(held) > 1 and (len(held) > _LINES_OF_ONE_RECORD or sum(map(len, held)) > _CHARS_OF_ONE_RECORD):
            raise _Runaway

    def __iter__(self) -> Iterator[Record]:
        _allow_long_cells()
        held, line, most, suspect = self._held, 1, self._limits.cell_chars, self._suspect
        while not self._ended or self._again:
            self._ended = False
            reader = csv.reader(self._lines(), delimiter=self._delimiter)
            try:
                for found in reader:
                    first, cells = line, cast(list[Cell], found)
                    if (len(held) > 1 or self._ended) and not self._closed():
                        yield first, self._take_back()
                        line += 1
                        continue
                    line += len(held)
                    if suspect or len(held) > 1 or len(held[0]) > most:
                        cells = [_judged(cell, most) for cell in found]
                    held.clear()
                    yield first, cells
            except _Runaway:
                yield line, self._take_back()
                line += 1

    def _closed(self) -> bool:
        """Whether the lines at hand are one well-formed record: every quotation mark opened is closed."""
        try:
            return len(list(csv.reader(self._held, delimiter=self._delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _take_back(self) -> Unreadable:
        shown = self._held[0]
        self._again.extendleft(reversed(self._held[1:]))
        self._held.clear()
        return Unreadable(
            N_("A quotation mark is opened in this row and not closed properly."),
            shown=shown[:200],
            whole_row=True,
        )


def _judged(cell: str, most: int) -> Cell:
    if len(cell) > most:
        return too_long(cell, most)
    if "\0" in cell:
        return with_nul(cell)
    if any("\ud800" <= letter <= "\udfff" for letter in cell):
        clean = cell[:200].encode("utf-8", "replace").decode()
        return Unreadable(N_("The cell holds letters that are damaged or in another encoding."), shown=clean)
    return cell
