"""How templates write values: in the language being spoken, never by themselves."""

from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from portal import i18n


def add_filters(app: Flask) -> None:
    """Give the templates the house's ways of writing."""
    app.jinja_env.filters.update(
        day=i18n.day_text,
        day_plain=lambda day: i18n.day_text(day, weekday=False),
        moment=i18n.moment_text,
        month=i18n.month_text,
        money=i18n.money_text,
        price=i18n.price_text,
        qty=i18n.quantity_text,
        percent=i18n.percent_text,
        loc=i18n.name_of,
        msg=i18n.gettext,
    )
    # Jinja's own `_` takes two calls more, and a list of orders shows some two hundred texts.
    app.jinja_env.globals["_"] = _text
    app.jinja_env.globals.update(spoken=i18n.language, languages=i18n.LANGUAGES, asset=_asset)


def _asset(filename: str) -> str:
    """The address of a file of our own, with a mark that changes when the portal is started anew."""
    known: dict[str, str] = current_app.extensions.setdefault("assets", {})
    place = request.script_root + filename
    if place not in known:
        known[place] = url_for("static", filename=filename, v=current_app.jinja_env.globals["static_version"])
    return known[place]


def _text(msgid: str, **params: object) -> Markup:
    """A text in the language being spoken; like Jinja's, it is markup whose places are filled escaped."""
    text = Markup(i18n.gettext(msgid))  # noqa: S704 - a text of our own catalogue
    return text % params if "%" in text else text
