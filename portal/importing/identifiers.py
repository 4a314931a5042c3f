"""Cells that hold a code with a meaning of its own: article and tax numbers, currencies, mail addresses."""

import re
from functools import cache

from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from stdnum import ean
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.th import moa, pin

from portal.i18n import N_
from portal.importing.cell import Cell, CellError, plain

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_CURRENCY_NAMES = {
    "฿": "THB",
    "บาท": "THB",
    "BAHT": "THB",
    "€": "EUR",
    "EURO": "EUR",
    "£": "GBP",
    "US$": "USD",
}
_GTIN_LENGTHS = (8, 12, 13, 14)
_TAX_ID_LENGTH = 13


def code(cell: Cell, *, most: int = 64, upper: bool = False) -> str:
    """An identifier such as an SKU or a customer number; the `.0` that spreadsheets add to digits is dropped."""
    written = plain(cell)
    if whole := _WHOLE.fullmatch(written):
        written = whole[1]
    if len(written) > most:
        raise CellError(N_("This is longer than %(most)s characters."), most=most)
    if not written.isprintable():
        raise CellError(N_("This holds characters that do not belong in a code."))
    return written.upper() if upper else written


def gtin(cell: Cell) -> str:
    """A GTIN or EAN of 8, 12, 13 or 14 digits with a right check digit."""
    digits = _digits(cell)
    if len(digits) not in _GTIN_LENGTHS or not digits.isdecimal():
        raise CellError(N_("A barcode number has 8, 12, 13 or 14 digits."))
    try:
        ean.validate(digits)
    except InvalidChecksum:
        raise CellError(N_("The check digit of the barcode number is wrong.")) from None
    return digits


def thai_tax_id(cell: Cell) -> str:
    """The 13 digits of a Thai tax ID, of a company or a person, with a right check digit."""
    digits = _digits(cell)
    if len(digits) != _TAX_ID_LENGTH or not digits.isdecimal():
        raise CellError(N_("A Thai tax ID has 13 digits."))
    try:
        # Those of companies and other legal persons begin with a nought.
        (moa if digits.startswith("0") else pin).validate(digits)
    except InvalidChecksum:
        raise CellError(N_("The check digit of the tax ID is wrong.")) from None
    except ValidationError:
        raise CellError(N_("This is not a Thai tax ID.")) from None
    return digits


def email(cell: Cell) -> str:
    """An e-mail address in its usual form; its existence is not asked for."""
    try:
        return validate_email(plain(cell), check_deliverability=False).normalized
    except EmailNotValidError:
        raise CellError(N_("This is not an e-mail address.")) from None


def currency(cell: Cell) -> str:
    """A currency by its three letters (ISO 4217), or by a sign or name that means just one."""
    written = plain(cell).upper()
    found = _CURRENCY_NAMES.get(written, written)
    if not is_currency(found):
        raise CellError(N_("This is not a currency; write its three letters, e.g. THB."))
    return found


def is_currency(code: str) -> bool:
    """Whether three letters are the code of a currency (ISO 4217)."""
    return code in _currencies()


@cache
def _currencies() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


def _digits(cell: Cell) -> str:
    """The digits without separators; refuses a number that a spreadsheet has shortened beyond repair."""
    written = plain(cell).translate(_DIGITS)
    if isinstance(cell, str) and _SHORTENED.fullmatch(written):
        raise CellError(
            N_("The spreadsheet has shortened this number and lost digits; format the column as text.")
        )
    if whole := _WHOLE.fullmatch(written):
        written = whole[1]
    return re.sub(r"[\s-]", "", written)
