"""One cell of a spreadsheet as it was found, and the one way of saying that it cannot be used."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from portal.i18n import N_

SHOWN_LENGTH = 60
BLANK = " \t\r\n\v\f\u00a0\u200b\u2007\u202f\u2060\u3000\ufeff"
"""What counts as nothing at the ends of a cell: spaces of every width and invisible marks."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; our own lists put an apostrophe before it."""


class CellError(Exception):
    """A cell that cannot be used; `message` is an English msgid with its `params`."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Unreadable:
    """What stands in a row for a cell, or for a whole row, that could not be read at all."""

    __slots__ = ("message", "params", "shown", "whole_row")

    def __init__(self, message: str, *, shown: str = "", whole_row: bool = False, **params: object) -> None:
        self.message = message
        self.shown = shown
        self.whole_row = whole_row
        self.params = params

    def error(self) -> CellError:
        """The same complaint as an exception."""
        return CellError(self.message, **self.params)


Cell = str | int | float | bool | Decimal | datetime | date | time | timedelta | Unreadable
"""Text from a CSV file; text, numbers, dates or times from a workbook; an empty cell is the empty text."""


def too_long(text: str, most: int) -> Unreadable:
    """What stands for a text that is longer than any cell may be."""
    return Unreadable(N_("The cell holds more than %(most)s characters."), shown=text[:200], most=most)


def with_nul(text: str) -> Unreadable:
    """What stands for a text with a character that no database keeps."""
    return Unreadable(
        N_("The cell holds a character that is not text (NUL)."), shown=text[:200].replace("\0", "␀")
    )


def plain(cell: Cell) -> str:
    """The cell as text, trimmed, the way a person sees it; raises CellError when it could not be read.

    An apostrophe that keeps a spreadsheet from running the cell as a formula is no part of it.
    """
    if type(cell) is str:
        words = cell.strip(BLANK)
        return words[1:].strip(BLANK) if words[:1] == "'" and words[1:2] in STARTS_A_FORMULA else words
    if isinstance(cell, Unreadable):
        raise cell.error()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time(0):
        return cell.date().isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell).strip(BLANK)


def shown(cell: Cell) -> str:
    """The cell shortened for a report of problems."""
    words = " ".join((cell.shown if isinstance(cell, Unreadable) else plain(cell)).split())
    return words if len(words) <= SHOWN_LENGTH else words[: SHOWN_LENGTH - 1] + "…"
