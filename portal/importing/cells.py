"""From a cell to a value: the list of parsers a column may name. Each takes a cell and raises CellError."""

import re
import unicodedata
from collections.abc import Mapping

from portal.i18n import N_
from portal.importing.amounts import (
    amount,
    basis_points,
    decimal_number,
    exact_number,
    price,
    uses_decimal_comma,
    whole_number,
)
from portal.importing.cell import BLANK, Cell, CellError, Unreadable, plain, shown
from portal.importing.dates import day, instant
from portal.importing.identifiers import code, currency, email, gtin, thai_tax_id

__all__ = [
    "Cell",
    "CellError",
    "Unreadable",
    "amount",
    "basis_points",
    "code",
    "currency",
    "day",
    "decimal_number",
    "email",
    "exact_number",
    "gtin",
    "instant",
    "one_of",
    "plain",
    "price",
    "shown",
    "text",
    "thai_tax_id",
    "uses_decimal_comma",
    "whole_number",
    "yes_no",
]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_BUT_BREAKS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]+")
_YES = frozenset({"yes", "y", "true", "t", "1", "x", "✓", "✔", "on", "ใช่", "จริง", "มี"})
_NO = frozenset({"no", "n", "false", "f", "0", "-", "off", "ไม่", "ไม่ใช่", "เท็จ", "ไม่มี"})


def text(cell: Cell, *, most: int = 200, lines: bool = False) -> str:
    """Words as written, trimmed; control characters become spaces, line breaks too unless `lines` are kept."""
    written = plain(cell)
    if not written.isprintable():
        if lines:
            written = written.replace("\r\n", "\n").replace("\r", "\n")
        written = (_CONTROLS_BUT_BREAKS if lines else _CONTROLS).sub(" ", written).strip(BLANK)
    if not written.isascii():
        written = unicodedata.normalize("NFC", written)
    if len(written) > most:
        raise CellError(N_("This is longer than %(most)s characters."), most=most)
    return written


def yes_no(cell: Cell) -> bool:
    """Yes or no, in English or Thai, by word, letter, digit or tick."""
    if isinstance(cell, bool):
        return cell
    word = plain(cell).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(N_("This must be yes or no."))


def one_of(cell: Cell, *, choices: Mapping[str, str]) -> str:
    """The choice that the cell names, whatever its case; `choices` gives each accepted word its value."""
    word = plain(cell).casefold()
    for name, value in choices.items():
        if word == name.casefold():
            return value
    raise CellError(N_("This must be one of: %(choices)s."), choices=", ".join(choices))
