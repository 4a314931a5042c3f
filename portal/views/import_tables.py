"""The tables of an upload as the page of columns shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from portal.importing.cell import shown
from portal.importing.kinds import ImportKind
from portal.importing.models import ImportRun
from portal.importing.tables import Found, open_place, served

PREVIEWED = 5


@dataclass(frozen=True)
class Preview:
    """The first rows of a table, to see what its columns hold."""

    headers: tuple[str, ...]
    rows: list[tuple[int, list[str]]]


def tables_asked(
    run: ImportRun, kind: ImportKind, found: Sequence[Found], asked: Mapping[str, str]
) -> dict[str, Any]:
    """The tables of the run, or those that are asked for instead; a table newly named is guessed anew."""
    places = {one.place: one for one in found}
    tables = dict(run.tables)
    for sheet in kind.sheets:
        place = asked.get(f"table__{sheet.name}")
        if place is None or place == tables.get(sheet.name, {}).get("place", ""):
            continue
        tables.pop(sheet.name, None)
        if place in places:
            tables[sheet.name] = served(sheet, place, places[place].headers)
    return tables


def preview(run: ImportRun, place: str) -> Preview:
    """The first rows of the table of a place."""
    table = open_place(run.files, place)
    rows = [(number, [shown(cell) for cell in cells]) for number, cells in islice(iter(table), PREVIEWED)]
    return Preview(tuple(table.headers), rows)
