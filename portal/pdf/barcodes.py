"""Bars that a scanner reads: Code 128, drawn with the pen of the document."""

from functools import lru_cache
from typing import Any

from reportlab.graphics.barcode.code128 import Code128

from portal.pdf.look import INK
from portal.pdf.pen import Pen

QUIET = 10
"""Modules of white that a scanner needs on either side."""


def draw_code128(pen: Pen, x: float, top: float, text: str, *, height: float, room: float) -> float:
    """Draw a text as bars within `room` points, none thinner than a quarter of a millimetre unless it must be.

    Gives the width drawn, with the white around it; nothing is drawn of a text that Code 128 cannot say.
    """
    runs = modules(text)
    if not runs:
        return 0
    width = min(0.9, room / (sum(runs) + 2 * QUIET))
    left = x + QUIET * width
    for place, count in enumerate(runs):
        if place % 2 == 0:
            pen.box(left, top, count * width, height, INK)
        left += count * width
    return left - x + QUIET * width


@lru_cache(2048)
def modules(text: str) -> tuple[int, ...]:
    """The widths of bars and gaps in turn, beginning with a bar, in modules; none for letters beyond ASCII."""
    if not text or not text.isascii():
        return ()
    bars: Any = Code128(text, quiet=0)
    bars.validate()
    bars.encode()
    return tuple(ord(letter.lower()) - ord("a") + 1 for letter in bars.decompose())
