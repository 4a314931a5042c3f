"""Cells that hold days and moments, in the ways Thai and foreign offices write them."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from openpyxl.utils.datetime import from_excel

from portal.clock import BANGKOK
from portal.i18n import BUDDHIST_ERA, N_
from portal.importing.cell import Cell, CellError, plain

FIRST_YEAR, LAST_YEAR = 1900, 2200
FIRST_BUDDHIST_YEAR = 2400

_MONTHS = (
    "january jan มกราคม มค",
    "february feb กุมภาพันธ์ กพ",
    "march mar มีนาคม มีค",
    "april apr เมษายน เมย",
    "may พฤษภาคม พค",
    "june jun มิถุนายน มิย",
    "july jul กรกฎาคม กค",
    "august aug สิงหาคม สค",
    "september sep sept กันยายน กย",
    "october oct ตุลาคม ตค",
    "november nov พฤศจิกายน พย",
    "december dec ธันวาคม ธค",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_ERA = re.compile(r"\b(?:AD|CE|BE)\b\.?|ค\.?ศ\.?|(พ\.?\s?ศ\.?)|วันที่", re.IGNORECASE)
_CLOCK = re.compile(
    r"[T\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(?:([AaPp])\.?[Mm]\.?|น\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_RUN_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_NAMED = re.compile(r"(\d{1,2})[-/. ]*([^\W\d][^\d,/-]*?)[-/., ]*(\d{4}|\d{2})")
_MONTH_NAMED_FIRST = re.compile(r"([^\W\d]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")


def day(cell: Cell, *, day_first: bool = True) -> date:
    """The date in a cell; years from 2400 on are Buddhist, and a time of day beside it is left out."""
    return _moment(cell, day_first=day_first)[0].date()


def instant(cell: Cell, *, day_first: bool = True, zone: ZoneInfo = BANGKOK) -> datetime:
    """The moment in a cell as UTC: by its own offset, else by the clocks of `zone`; 00:00 without a time."""
    moment, zoned = _moment(cell, day_first=day_first)
    return (moment if zoned else moment.replace(tzinfo=zone)).astimezone(UTC)


def _moment(cell: Cell, *, day_first: bool) -> tuple[datetime, bool]:
    if isinstance(cell, datetime):
        return _placed(cell.year, cell.month, cell.day, cell.timetz()), cell.tzinfo is not None
    if isinstance(cell, date):
        return _placed(cell.year, cell.month, cell.day), False
    if isinstance(cell, bool | time | timedelta):
        raise CellError(N_("This is not a date."))
    written = re.sub(r"\s+", " ", plain(cell).translate(_DIGITS))
    if _SERIAL.fullmatch(written):
        counted = from_excel(float(written))
        if isinstance(counted, datetime):
            return _placed(counted.year, counted.month, counted.day, counted.time()), False
    if len(written) > 64:
        raise CellError(N_("This is not a date."))
    clock = _CLOCK.search(written)
    wall, offset = _wall(clock) if clock else (time(0), None)
    thai_era = "พ" in "".join(match[1] or "" for match in _ERA.finditer(written))
    found = _ERA.sub(" ", written[: clock.start()] if clock else written).strip(" ,")
    year, month, day_of_month = _calendar(re.sub(r"\s+", " ", found), day_first=day_first, thai_era=thai_era)
    moment = _placed(year, month, day_of_month, wall)
    return (moment.replace(tzinfo=offset), True) if offset is not None else (moment, False)


def _calendar(written: str, *, day_first: bool, thai_era: bool) -> tuple[int, int, int]:
    """Year, month and day as they stand in the text."""
    if match := _YEAR_FIRST.fullmatch(written):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _RUN_TOGETHER.fullmatch(written):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _NUMBERS.fullmatch(written):
        first, second = int(match[1]), int(match[3])
        on, month = (first, second) if day_first else (second, first)
        if month > 12 >= on:
            raise CellError(
                N_("There is no month %(month)s: day and month seem to stand the other way round."),
                month=month,
            )
        return _full_year(match[4], thai=thai_era), month, on
    if match := _NAMED.fullmatch(written):
        month, thai = _month(match[2])
        return _full_year(match[3], thai=thai or thai_era), month, int(match[1])
    if match := _MONTH_NAMED_FIRST.fullmatch(written):
        return _full_year(match[3], thai=thai_era), _month(match[1])[0], int(match[2])
    raise CellError(N_("This is not a date."))


@cache
def _month(name: str) -> tuple[int, bool]:
    """The month's number, and whether its name is Thai."""
    bare = name.replace(".", "").replace(" ", "").lower()
    if bare not in _MONTH:
        raise CellError(N_("“%(month)s” is not the name of a month."), month=name[:20])
    return _MONTH[bare], bare > "\u0e00"


def _full_year(digits: str, *, thai: bool) -> int:
    if len(digits) == 4:
        return int(digits)
    if thai:
        return 2500 + int(digits)
    if int(digits) >= 50:
        raise CellError(
            N_("Write the year “%(year)s” with four digits; it could be of either era."), year=digits
        )
    return 2000 + int(digits)


def _wall(clock: re.Match[str]) -> tuple[time, tzinfo | None]:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        if not 1 <= hour <= 12:
            raise CellError(N_("There is no such time of day."))
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    try:
        wall = time(hour, minute, second)
    except ValueError:
        raise CellError(N_("There is no such time of day.")) from None
    if not clock[5]:
        return wall, None
    return wall, datetime.strptime(clock[5].replace("Z", "+0000"), "%z").tzinfo


def _placed(year: int, month: int, on: int, wall: time = time(0)) -> datetime:
    if year >= FIRST_BUDDHIST_YEAR:
        year -= BUDDHIST_ERA
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellError(N_("The year %(year)s cannot be meant."), year=year)
    try:
        return datetime.combine(date(year, month, on), wall)
    except ValueError:
        raise CellError(N_("There is no such day in the calendar.")) from None
