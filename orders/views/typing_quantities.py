"""The quantities that a buyer types into the lines of the basket: read, shown again as typed, and judged one by one."""

from flask import request

from orders.wishes import MOST_UNITS
from portal.i18n import N_, gettext
from portal.refusal import Refused

MOST_DIGITS = 9
NOT_WHOLE = N_("Give each quantity as a whole number; 0 takes the line out.")


def typed_quantities(removed: str) -> dict[int, int]:
    """The typed quantity of each line by product id; a removed line is zero."""
    typed = {}
    for name, value in request.form.items():
        found = product_id(name[2:]) if name.startswith("q-") else None
        if found is None:
            continue
        if not _whole(value):
            raise Refused(NOT_WHOLE)
        typed[found] = int(value)
    gone = product_id(removed)
    if gone is not None:
        typed[gone] = 0
    return typed


def product_id(text: str) -> int | None:
    """The product that a field or a button of the basket names, or None when it names none."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def shown_quantity(of: int, quantity: int, *, typed: bool) -> str:
    """What stands in the field of a line: its quantity, or with `typed` what was sent, because that was refused."""
    return request.form.get(f"q-{of}", str(quantity)) if typed else str(quantity)


def wrong(text: str) -> str:
    """What is wrong with the quantity in the field of a line, in the reader's language; empty when nothing is."""
    if not _whole(text):
        return gettext(NOT_WHOLE)
    if int(text) > MOST_UNITS:
        return gettext(N_("Each quantity must be between 1 and %(most)s."), most=MOST_UNITS)
    return ""


def _whole(text: str) -> bool:
    return text.strip().isdecimal() and len(text.strip()) <= MOST_DIGITS
