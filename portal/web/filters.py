"""How templates write values: in the language being spoken, never by themselves."""

from flask import Flask, current_app, url_for

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
    app.jinja_env.globals.update(spoken=i18n.language, languages=i18n.LANGUAGES, asset=_asset)


def _asset(filename: str) -> str:
    """The address of a file of our own, with a mark that changes when the portal is started anew."""
    return url_for("static", filename=filename, v=current_app.jinja_env.globals["static_version"])
