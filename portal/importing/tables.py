"""The tables in the files of a run, and which of them serves which sheet of a kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portal.i18n import LANGUAGES, N_, gettext, speaking
from portal.importing.kinds import ImportKind, Sheet
from portal.importing.mapping import Mapping as ColumnMapping
from portal.importing.mapping import guess as guess_by_name
from portal.importing.reading import Table, open_table
from portal.refusal import Refused


@dataclass(frozen=True)
class Found:
    """A table in one of the files: `place` names it (`0`, or `0:Orders` for a tab of a workbook)."""

    place: str
    name: str
    headers: tuple[str, ...]


def open_place(files: Sequence[Mapping[str, str]], place: str) -> Table:
    """The table of a place; refused when there is none such."""
    number, _, tab = place.partition(":")
    if not number.isdecimal() or int(number) >= len(files):
        raise Refused(N_("There is no such table in the files."))
    file = files[int(number)]
    return open_table(Path(file["path"]), file["name"], sheet=tab or None)


def found_in(files: Sequence[Mapping[str, str]]) -> list[Found]:
    """Every table with rows in these files; a file that cannot be read, or holds none, is refused by its name."""
    found: list[Found] = []
    for number, file in enumerate(files):
        try:
            found += _found(number, file)
        except Refused as no:
            if len(files) == 1:
                raise
            raise Refused(
                N_("%(file)s: %(problem)s"), field=no.field, file=file["name"], problem=str(no)
            ) from None
    return found


def assigned(kind: ImportKind, found: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """For each sheet of the kind the table that suits it best, with the guessed header of each field.

    The main sheet chooses first. An optional sheet only takes a table that has all it needs and something to add.
    """
    left = list(found)
    chosen: dict[str, dict[str, Any]] = {}
    for sheet in (kind.main, *(one for one in kind.sheets if one is not kind.main)):
        best = max(left, key=lambda one: _suits(sheet, one), default=None)
        if best is None or (sheet.optional and not _serves(sheet, best)):
            continue
        left.remove(best)
        chosen[sheet.name] = served(sheet, best.place, best.headers)
    return chosen


def served(sheet: Sheet, place: str, headers: Sequence[str]) -> dict[str, Any]:
    """A sheet served by the table of a place, with the guessed header of each field."""
    return {"place": place, "columns": guess(headers, sheet)}


def guess(headers: Sequence[str], sheet: Sheet) -> dict[str, str | None]:
    """For each field the header that bears its name, in any language the house speaks."""
    columns = [replace(one, synonyms=(*one.synonyms, *_translated(one.title))) for one in sheet.columns]
    return guess_by_name(headers, columns)


def mappings_of(
    files: Sequence[Mapping[str, str]], tables: Mapping[str, Any]
) -> dict[str, tuple[Table, ColumnMapping]]:
    """Each sheet's table, opened, and the mapping chosen for it."""
    opened: dict[str, tuple[Table, ColumnMapping]] = {}
    for name, chosen in tables.items():
        table = open_place(files, chosen["place"])
        try:
            opened[name] = table, ColumnMapping.of(table.headers, chosen["columns"])
        except Refused as no:
            raise Refused(no.message, field=f"{name}__{no.field}", **no.params) from None
    return opened


def _translated(title: str) -> list[str]:
    words = []
    for code in LANGUAGES:
        with speaking(code):
            words.append(gettext(title))
    return words


def _found(number: int, file: Mapping[str, str]) -> list[Found]:
    first = _first_table(file)
    if len(first.sheets) < 2:
        return [Found(str(number), file["name"], tuple(first.headers))]
    found = []
    for tab in first.sheets:
        try:
            table = open_table(Path(file["path"]), file["name"], sheet=tab)
        except Refused:
            continue  # an empty tab, or one with a picture only, is no table; the others are
        found.append(Found(f"{number}:{tab}", f"{file['name']} – {tab}", tuple(table.headers)))
    return found


def _first_table(file: Mapping[str, str]) -> Table:
    """The first tab that holds a table."""
    try:
        return open_table(Path(file["path"]), file["name"])
    except Refused:
        if not file["name"].lower().endswith((".xlsx", ".xlsm")):
            raise
        from openpyxl import load_workbook  # noqa: PLC0415 - only for a workbook whose first tab is empty

        try:
            tabs = load_workbook(file["path"], read_only=True).sheetnames
        except Exception:
            tabs = []
        for tab in tabs[1:]:
            try:
                return open_table(Path(file["path"]), file["name"], sheet=tab)
            except Refused:
                continue
        raise


def _suits(sheet: Sheet, found: Found) -> tuple[int, int]:
    guessed = guess(found.headers, sheet)
    needed = sum(1 for column in sheet.columns if column.required and guessed[column.key])
    return needed, sum(1 for header in guessed.values() if header)


def _serves(sheet: Sheet, found: Found) -> bool:
    needed, known = _suits(sheet, found)
    return needed == sum(column.required for column in sheet.columns) and known > 1
