"""How the panels of a page stand: the wide ones alone, the others in pairs."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from portal.feature import Panel

ABREAST = 2


def side_by_side(panels: Iterable[Panel], abreast: int = ABREAST) -> list[Sequence[Panel]]:
    """The panels by their order, in rows: a wide one has a row of its own, of the others so many share one."""
    rows: list[list[Panel]] = []
    for panel in sorted(panels, key=attrgetter("order")):
        open_row = rows and not rows[-1][-1].wide and len(rows[-1]) < abreast
        if panel.wide or not open_row:
            rows.append([panel])
        else:
            rows[-1].append(panel)
    return list(rows)
