"""The provinces of Thailand, by their ISO code."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from portal.i18n import N_, language, name_of

REGION_TITLES = {
    "central": N_("Central Thailand"),
    "north": N_("Northern Thailand"),
    "northeast": N_("Northeastern Thailand"),
    "east": N_("Eastern Thailand"),
    "west": N_("Western Thailand"),
    "south": N_("Southern Thailand"),
}
"""The parts of the country, as provinces are grouped by."""
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_MARKS = re.compile("[\u0e47-\u0e4e]")


@dataclass(frozen=True)
class Province:
    """A province: its code such as TH-50, its names and its region."""

    code: str
    name_th: str
    name_en: str
    region: str


@cache
def provinces() -> Mapping[str, Province]:
    """All 77 provinces by code, read once."""
    lines = files("portal.customers").joinpath("provinces.csv").read_text(encoding="utf-8").splitlines()
    rows = [Province(row["code"], row["th"], row["en"], row["region"]) for row in csv.DictReader(lines)]
    return {row.code: row for row in rows}


def find_province(code: str | None) -> Province | None:
    """The province of a code, or None when there is none of that code."""
    return provinces().get(code or "")


def province_named(text: str) -> Province | None:
    """The province that is meant by a code or a name in either language, or by the beginning of one name alone."""
    wanted = _folded(text).removeprefix("จังหวัด")
    if not wanted:
        return None
    known = provinces().values()
    exact = [p for p in known if wanted in (p.code.lower(), _folded(p.name_th), _folded(p.name_en))]
    begun = [
        p for p in known if _folded(p.name_th).startswith(wanted) or _folded(p.name_en).startswith(wanted)
    ]
    found = exact or begun
    return found[0] if len(found) == 1 else None


def by_name() -> list[Province]:
    """All provinces in the dictionary order of the language being spoken."""
    if language() == "th":
        return sorted(provinces().values(), key=lambda province: _thai_order(province.name_th))
    return sorted(provinces().values(), key=lambda province: province.name_en)


def province_text(code: str | None) -> str:
    """The name of a province in the language being spoken; a code that is not ours is shown as it is."""
    found = find_province(code)
    return name_of(found) if found else code or ""


def _folded(name: str) -> str:
    return "".join(name.lower().split())


def _thai_order(name: str) -> str:
    return _MARKS.sub("", _LEADING_VOWEL.sub(r"\2\1", name))
