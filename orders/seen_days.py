"""The days that a buyer saw for each line: carried by the page, and kept to when the order is placed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from orders.dating import Dated
from portal.i18n import N_
from portal.refusal import Refused

Days = Sequence[tuple[int, date]]
"""Units of a line and the day for which they were shown, in any order."""

_LINE = re.compile(r"[1-9][0-9]{0,17}(-[1-9][0-9]{0,8}\.[0-9]{8})+")


def days_shown(parts: Mapping[int, Iterable[Dated]]) -> dict[int, Days]:
    """The units and days of the parts of each line, by product."""
    return {id_: [(one.part.quantity, one.due_on) for one in dated] for id_, dated in parts.items()}


def as_text(days: Mapping[int, Days]) -> str:
    """Days by product as a page carries them: `7-12.20261128-6.20261211_9-…`."""
    return "_".join(
        "-".join([str(id_), *(f"{units}.{day:%Y%m%d}" for units, day in parts)])
        for id_, parts in days.items()
        if parts
    )


def from_text(text: str) -> dict[int, Days] | None:
    """The days by product that a page carried; None when it carried none, or none that can be read."""
    found: dict[int, Days] = {}
    for line in text.split("_"):
        if not _LINE.fullmatch(line):
            return None
        id_, *parts = line.split("-")
        try:
            found[int(id_)] = [_part(part) for part in parts]
        except ValueError:
            return None
    return found


def refuse_later(seen: Mapping[int, Days] | None, now: Mapping[int, Days], requested_on: date | None) -> None:
    """Refuse when fewer units of a line come by a day than the buyer saw; what was not shown is not judged.

    Waiting for the day that the buyer asks for is not later.
    """
    for id_, days in now.items():
        shown = [(units, max(day, requested_on or day)) for units, day in (seen or {}).get(id_, ())]
        if any(_by(days, day) < _by(shown, day) for _, day in shown):
            raise Refused(
                N_(
                    "Some goods would arrive later than this page showed. Look at the new days and order again."
                )
            )


def _by(days: Days, last: date) -> int:
    return sum(units for units, day in days if day <= last)


def _part(text: str) -> tuple[int, date]:
    units, day = text.split(".")
    return int(units), date(int(day[:4]), int(day[4:6]), int(day[6:]))
