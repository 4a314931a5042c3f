"""How templates write values: in the language being spoken, never by themselves."""

from functools import lru_cache

from flask import Flask
from markupsafe import Markup

from portal import i18n
from portal.web import drawing
from portal.web.paths import address


def add_filters(app: Flask) -> None:
    """Give the templates the house's ways of writing."""
    app.jinja_env.filters.update(
        day=i18n.day_text,
        day_plain=lambda day: i18n.day_text(day, weekday=False),
        moment=i18n.moment_text,
        time=i18n.time_text,
        due=i18n.due_text,
        month=i18n.month_text,
        money=i18n.money_text,
        price=i18n.price_text,
        qty=i18n.quantity_text,
        percent=i18n.percent_text,
        loc=i18n.name_of,
        msg=i18n.gettext,
        state=drawing.state,
    )
    # Jinja's own `_` takes two calls more, and a list of orders shows some two hundred texts.
    app.jinja_env.globals["_"] = _text
    app.jinja_env.globals.update(
        spoken=i18n.language,
        languages=i18n.LANGUAGES,
        asset=drawing.asset,
        still=drawing.still,
        icon=drawing.icon,
        badge=drawing.badge,
        state_badge=drawing.state_badge,
        csrf=drawing.csrf,
        url_for=address,
        spark=drawing.spark,
        TONE_ICONS=drawing.TONE_ICONS,
    )


def _text(msgid: str, **params: object) -> Markup:
    """A text in the language being spoken; like Jinja's, it is markup whose places are filled escaped."""
    text = _markup(i18n.language(), msgid)
    return text % params if "%" in text else text


@lru_cache(4096)
def _markup(_language: str, msgid: str) -> Markup:
    text = i18n.gettext(msgid)
    return Markup(text)  # noqa: S704 - a text of our own catalogue
