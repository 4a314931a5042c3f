"""Lot and serial numbers as people type them into one field, in every room."""

import re
import unicodedata
from collections import Counter

from inventory.models import Tracking


def digits_typed(text: str | None) -> str:
    """A barcode number without the spaces and hyphens it is printed with, in Latin digits."""
    bare = re.sub(r"[\s-]+", "", text or "")
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in bare)


def split_serials(text: str) -> list[str]:
    """Serial numbers that spaces, commas or lines keep apart, in the order in which they were typed."""
    return [one for one in re.split(r"[\s,;]+", text) if one]


def read_numbers(text: str, tracking: str, units: int) -> dict[str, int]:
    """Numbers with their units: serials one each; lots apart by commas or lines, each with its units (`L-1: 5`).

    Behind its units a space is enough. A lot without units gets those of the `units` meant that no other lot names.
    """
    if tracking != Tracking.LOT:
        return dict(Counter(split_serials(text)))
    found = Counter[str]()
    open_lots = []
    apart = re.sub(r"([:=×]\s*[0-9]{1,9})\s+", r"\1\n", text)
    for piece in filter(None, (one.strip() for one in re.split(r"[,;\n]+", apart))):
        counted = re.fullmatch(r"(.+?)\s*[:=×]\s*([0-9]{1,9})", piece)
        if counted:
            found[counted[1]] += int(counted[2])
        else:
            open_lots.append(piece)
    for number in open_lots:
        found[number] += max(0, units - sum(found.values()))
    return dict(found)
