"""Texts that people type: without the spaces around them, and no longer than there is room for."""

from portal.i18n import N_
from portal.refusal import Refused


def required(text: str, field: str, message: str, most: int) -> str:
    """A text that must be given; refused at its field with `message` when empty, or when too long."""
    told = text.strip()
    if not told:
        raise Refused(message, field=field)
    return at_most(told, field, most)


def at_most(text: str, field: str, most: int) -> str:
    """A text of at most so many characters; refused at its field when longer."""
    told = text.strip()
    if len(told) > most:
        raise Refused(N_("This is longer than %(most)s characters."), field=field, most=most)
    return told
