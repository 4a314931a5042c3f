"""Cells that hold numbers: counts, prices, amounts of money, percentages. Decimals, never floats."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from portal.i18n import N_
from portal.importing.cell import Cell, CellError, Unreadable, plain
from portal.money import BASIS_POINTS, half_up, to_minor

MOST_DIGITS = 15
"""Digits before the decimal mark; more than any count or amount of this trade has."""

_LENGTH = 64
_SAME = {ord(other): plain_sign for other, plain_sign in zip("−﹣－＋．，％", "---+.,%", strict=True)}
_DIGITS = {first + digit: str(digit) for first in (0x0E50, 0xFF10) for digit in range(10)}
_GAPS = dict.fromkeys(map(ord, " \u00a0\u2007\u2008\u2009\u202f'’"))
_PLAIN = str.maketrans(_SAME | _DIGITS)
_MARKS = r"(?:THB|USD|EUR|GBP|JPY|CNY|SGD|US\$|฿|\$|€|£|¥|บาท|baht)"
_MONEY_MARKS = re.compile(rf"^{_MARKS}\s*|\s*{_MARKS}\.?$", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u2007\u2008\u2009\u202f'’]\d{3})+(?:[.,]\d*)?")
_POINT = re.compile(r"(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})?(?:\.\d*)?")
_COMMA = re.compile(r"(?:\d+|\d{1,3}(?:\.\d{2,3})*\.\d{3})?(?:,\d*)?")
_POWER = re.compile(r"(\d+(?:\.\d+)?)[eE]([+-]?\d{1,2})")


def exact_number(cell: Cell, *, decimal_comma: bool = False) -> Decimal:
    """The number exactly as written, unrounded.

    Reads Thai digits, thousands separators, a currency mark, `(1.00)` and `1.00-` for negatives. A comma is
    the decimal mark only when `decimal_comma` says so; a separator in an odd place is an error, not a guess.
    """
    if isinstance(cell, bool):
        raise CellError(N_("This is not a number."))
    if isinstance(cell, int | Decimal):
        return _sized(Decimal(cell))
    if isinstance(cell, float):
        # repr gives the shortest digits that mean this float: what the person typed.
        return _sized(Decimal(repr(cell)))
    if not isinstance(cell, str | Unreadable):
        raise CellError(N_("This is a date or a time, not a number."))
    written = plain(cell)
    if len(written) > _LENGTH:
        raise CellError(N_("This is not a number."))
    digits, negative = _unsigned(written.translate(_PLAIN))
    if _GROUPED.fullmatch(digits):
        digits = digits.translate(_GAPS)
    if power := _POWER.fullmatch(digits):
        return _sized(Decimal(power[1]).scaleb(int(power[2])) * (-1 if negative else 1))
    if not (_COMMA if decimal_comma else _POINT).fullmatch(digits) or not any(map(str.isdecimal, digits)):
        raise _not_a_number(digits, decimal_comma=decimal_comma)
    digits = digits.replace(".", "").replace(",", ".") if decimal_comma else digits.replace(",", "")
    return _sized(Decimal(f"-{digits}" if negative else digits))


def decimal_number(
    cell: Cell,
    *,
    places: int = 4,
    least: Decimal | int | None = None,
    most: Decimal | int | None = None,
    decimal_comma: bool = False,
) -> Decimal:
    """The number rounded half-up to `places` decimals, within its bounds."""
    number = half_up(exact_number(cell, decimal_comma=decimal_comma), Decimal(1).scaleb(-places))
    _bounded(number, least, most)
    return number


price = partial(decimal_number, places=4, least=0)
"""A price per unit: four decimals, not negative."""


def whole_number(
    cell: Cell, *, least: int | None = None, most: int | None = None, decimal_comma: bool = False
) -> int:
    """A whole number such as a quantity; `12.0`, as spreadsheets write it, is 12 and `12.5` is refused."""
    number = exact_number(cell, decimal_comma=decimal_comma)
    if number != number.to_integral_value():
        raise CellError(N_("This must be a whole number."))
    _bounded(number, least, most)
    return int(number)


def amount(cell: Cell, *, currency: str = "THB", decimal_comma: bool = False) -> int:
    """An amount of money in minor units of `currency`, half-up."""
    return to_minor(exact_number(cell, decimal_comma=decimal_comma), currency)


def basis_points(cell: Cell, *, given_as: str = "fraction", decimal_comma: bool = False) -> int:
    """A share from 0 to 100 % in basis points, half-up.

    A percent sign decides for itself; without one the number is a `fraction` (0.05) or a `percent` (5).
    """
    written = plain(cell).translate(_PLAIN)
    if written.endswith("%"):
        share = exact_number(written[:-1], decimal_comma=decimal_comma) / 100
    else:
        share = exact_number(cell, decimal_comma=decimal_comma) / (100 if given_as == "percent" else 1)
    if not 0 <= share <= 1:
        raise CellError(N_("This must be between 0 and 100 percent."))
    return int(half_up(share * BASIS_POINTS))


def uses_decimal_comma(cells: Iterable[Cell]) -> bool:
    """Whether a column writes decimals with a comma: some cell proves it and none proves the contrary."""
    proof = False
    for cell in cells:
        if not isinstance(cell, str):
            continue
        digits, _ = _unsigned(plain(cell).translate(_PLAIN))
        comma, point = (bool(form.fullmatch(digits)) for form in (_COMMA, _POINT))
        if point and not comma:
            return False
        proof = proof or (comma and not point)
    return proof


def _unsigned(written: str) -> tuple[str, bool]:
    negative = False
    if written.startswith("(") and written.endswith(")"):
        written, negative = written[1:-1].strip(), True
    written = _MONEY_MARKS.sub("", written)
    if written.startswith(("-", "+")) or written.endswith("-"):
        negative = negative != ("-" in (written[:1], written[-1:]))
        written = written[1:] if written[0] in "+-" else written[:-1]
    return _MONEY_MARKS.sub("", written.strip()), negative


def _not_a_number(digits: str, *, decimal_comma: bool) -> CellError:
    if (_POINT if decimal_comma else _COMMA).fullmatch(digits) and any(map(str.isdecimal, digits)):
        if decimal_comma:
            return CellError(
                N_("The point is not where a thousands separator stands; decimals are set to a comma.")
            )
        return CellError(
            N_("The comma is not where a thousands separator stands; decimals are set to a point.")
        )
    return CellError(N_("This is not a number."))


def _sized(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise CellError(N_("This is not a number."))
    if number.adjusted() >= MOST_DIGITS or len(number.as_tuple().digits) > _LENGTH:
        raise CellError(N_("The number is too large."))
    return number


def _bounded(number: Decimal, least: Decimal | int | None, most: Decimal | int | None) -> None:
    if least is not None and number < least:
        if least == 0:
            raise CellError(N_("This must not be negative."))
        raise CellError(N_("This must be at least %(least)s."), least=least)
    if most is not None and number > most:
        raise CellError(N_("This must be at most %(most)s."), most=most)
