"""Short messages on the next page, in the reader's language."""

from flask import flash

from portal.i18n import gettext
from portal.refusal import Refused


def flash_done(message: str, **params: object) -> None:
    """Say that something was done."""
    flash(gettext(message, **params), "ok")


def flash_warned(message: str, **params: object) -> None:
    """Say that something was done, and looks odd."""
    flash(gettext(message, **params), "risk")


def flash_refused(no: Refused) -> None:
    """Say why something was not done."""
    flash(gettext(no.message, **no.params), "bad")
