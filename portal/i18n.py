"""Thai and English: the language being spoken, translated texts, and how dates, amounts and counts are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations

from portal.clock import business_day, end_of, local
from portal.money import to_major

LANGUAGES = {"th": "ไทย", "en": "English"}
DEFAULT_LANGUAGE = "th"
BUDDHIST_ERA = 543
CURRENCY_SIGNS = "th_TH"
"""Amounts are written alike in both languages: with the signs people here know, ฿ for baht."""
CATALOGUES = Path(__file__).parent / "translations"

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "th": ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
}

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def language() -> str:
    """The language being spoken: `th` or `en`."""
    return _language.get()


def speak(code: str) -> None:
    """Speak `code` from here on in this context; unknown codes fall back to Thai."""
    _language.set(code if code in LANGUAGES else DEFAULT_LANGUAGE)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak `code` for a while, e.g. while one person's message is written."""
    token = _language.set(code if code in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def N_(msgid: str) -> str:  # noqa: N802 - the customary name of the marker
    """Mark a text for translation that is translated later, where it is shown."""
    return msgid


class Counted(str):
    """A text for many with the one for one thing beside it; the place `by` holds the count that chooses."""

    __slots__ = ("by", "one")
    one: str
    by: str


def NN_(one: str, many: str, by: str) -> Counted:  # noqa: N802 - like N_
    """Mark a text for translation that has a form for one thing; the whole number in its place `by` is the count."""
    text = Counted(many)
    text.one, text.by = one, by
    return text


def gettext(msgid: str, **params: object) -> str:
    """The text in the language being spoken, its `%(name)s` places filled; days are written as people write them."""
    if isinstance(msgid, Counted):
        text = plural(msgid.one, msgid, int(str(params[msgid.by])))
    else:
        # A catalogue keeps its header under the empty text.
        text = _catalogue(language()).gettext(msgid) if msgid else ""
    return text % {name: _shown(param) for name, param in params.items()} if params else text


def kept_day(day: date) -> dict[str, str]:
    """A day among the params of a text that is kept as JSON and shown in a language not known yet."""
    return {"day": day.isoformat()}


def _shown(param: object) -> object:
    """A param as it is written in the language being spoken."""
    if isinstance(param, date):
        return day_text(param)
    if isinstance(param, dict) and set(param) == {"day"}:
        return day_text(date.fromisoformat(param["day"]))
    return param


def ngettext(one: str, many: str, num: int, **params: object) -> str:
    """The text for a count; `%(num)s` is the count."""
    return plural(one, many, num) % {"num": num, **params}


def plural(one: str, many: str, num: int) -> str:
    """The text for a count with its places still to be filled, as templates do."""
    return str(_catalogue(language()).ngettext(one, many, num))


_ = gettext


@cache
def _catalogue(code: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [code])


def name_of(thing: Any) -> str:
    """The name of a thing that carries `name_th` and `name_en`, in the language being spoken."""
    if isinstance(thing, dict):
        thing = SimpleNamespace(**thing)
    names = (thing.name_th, thing.name_en) if language() == "th" else (thing.name_en, thing.name_th)
    return next((name for name in names if name), "")


def day_text(day: date | datetime | None, *, weekday: bool = True) -> str:
    """A day as people write it: พฤ. 20 เม.ย. 2569 or Thu 20 Apr 2026; an instant is taken in Bangkok."""
    if day is None:
        return "–"
    if isinstance(day, datetime):
        day = local(day).date()
    code = language()
    year = day.year + (BUDDHIST_ERA if code == "th" else 0)
    text = f"{day.day} {_MONTHS[code][day.month - 1]} {year}"
    return f"{_DAYS[code][day.weekday()]} {text}" if weekday else text


def moment_text(instant: datetime | None) -> str:
    """An instant as a day and a time in Bangkok."""
    return "–" if instant is None else f"{day_text(instant)} {local(instant):%H:%M}"


def time_text(instant: datetime) -> str:
    """The time of an instant in Bangkok: 14:35."""
    return f"{local(instant):%H:%M}"


def due_text(instant: datetime | None) -> str:
    """When something is due: a day, with its time where it is not simply the end of that day."""
    if instant is None or instant == end_of(business_day(instant)):
        return day_text(instant)
    return moment_text(instant)


def month_text(day: date) -> str:
    """A month: เม.ย. 2569 or Apr 2026."""
    code = language()
    return f"{_MONTHS[code][day.month - 1]} {day.year + (BUDDHIST_ERA if code == 'th' else 0)}"


def money_text(minor: int | None, currency: str = "THB") -> str:
    """An amount with its currency sign: ฿1,234.50."""
    if minor is None:
        return "–"
    sign = "-" if minor < 0 else ""
    return f"{sign}{_currency_sign(currency)}{abs(to_major(minor, currency)):,}"


@cache
def _currency_sign(currency: str) -> str:
    """What stands before an amount; asked of Babel once, which takes longer over an amount than its page can."""
    return str(format_currency(0, currency, locale=CURRENCY_SIGNS)).partition("0")[0]


def price_text(price: Decimal | None, currency: str = "THB") -> str:
    """A unit price with two to four decimals and its currency sign."""
    if price is None:
        return "–"
    return str(
        format_currency(price, currency, format="¤#,##0.00##", locale=CURRENCY_SIGNS, currency_digits=False)
    )


def quantity_text(quantity: int | Decimal | None) -> str:
    """A count with thousands separated."""
    if isinstance(quantity, int):
        return f"{quantity:,}"
    return "–" if quantity is None else str(format_decimal(quantity, locale="en_US"))


def percent_text(share: Decimal | float | None, places: int = 1) -> str:
    """A share of one as a percentage; nothing to measure shows as a dash."""
    return "–" if share is None else f"{share * 100:.{places}f} %"
