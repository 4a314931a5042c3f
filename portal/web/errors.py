"""What a person sees when something cannot be shown or done."""

import structlog
from flask import Flask, g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, NotFound

from portal.i18n import N_, gettext
from portal.refusal import Unknown
from portal.web.session import close_session

log = structlog.get_logger()

WORDS = {
    400: (N_("That request could not be read"), N_("Go back, reload the page and try again.")),
    401: (N_("Please sign in again"), N_("You were signed out after a while. What you typed was not saved.")),
    403: (N_("This is not for your role"), N_("Ask your administrator if you need it.")),
    404: (N_("Nothing is here"), N_("The page does not exist, or it belongs to somebody else.")),
    405: (N_("That request could not be read"), N_("Go back, reload the page and try again.")),
    413: (N_("That file is too large"), N_("Split it into smaller files and try again.")),
    429: (N_("Too many attempts"), N_("Wait a minute and try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was changed. The fault is on record; try again in a moment."),
    ),
}


def register(app: Flask) -> None:
    """Give every error its page."""
    app.register_error_handler(HTTPException, _page)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Unknown, lambda _unknown: _page(NotFound()))
    app.register_error_handler(OverflowError, _beyond_measure)
    app.register_error_handler(DataError, _beyond_measure)


def _page(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    title, text = WORDS.get(code, WORDS[500 if code >= 500 else 400])
    if isinstance(error, InternalServerError):
        close_session()
        g.layout = {}  # what the layout would ask for may be what has just failed
    return render_template("error.html", code=code, title=gettext(title), text=gettext(text)), code


def _beyond_measure(fault: Exception) -> tuple[str, int]:
    """A number or a day that was typed is beyond what can be kept or reckoned with."""
    log.warning("request.beyond_measure", id=g.get("request_id"), fault=type(fault).__name__, exc_info=fault)
    close_session()
    g.layout = {}  # the rows it would read are gone with the session
    return _page(BadRequest())


def _stale_form(_error: CSRFError) -> tuple[str, int]:
    title = gettext("This page was open for too long")
    text = gettext("Nothing was changed. Go back, reload the page and send it again.")
    return render_template("error.html", code=400, title=title, text=text), 400
