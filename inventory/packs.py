"""What is said of the packs of a product, judged and put together with what is known of them; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stdnum import ean
from stdnum.exceptions import ValidationError

from inventory.models import PackKind
from portal.i18n import N_
from portal.refusal import Refused

GTIN_LENGTHS = (8, 12, 13, 14)
MOST_CARTON = 100_000
LONGEST_NAME = 30
USUAL_NAMES = {PackKind.PACK: ("แพ็ก", "pack"), PackKind.CARTON: ("ลัง", "carton")}


@dataclass(frozen=True)
class PackFacts:
    """What is said of a pack; None says nothing of a name or barcode, an empty barcode that there is none."""

    kind: str
    units: int
    name_th: str | None = None
    name_en: str | None = None
    gtin: str | None = None


class PackKey(NamedTuple):
    """Which pack of a product: a product has one of each kind and size."""

    kind: str
    units: int


class PackSays(NamedTuple):
    """What a pack is called, and its barcode if it has one."""

    name_th: str
    name_en: str
    gtin: str | None


Packs = Mapping[PackKey, PackSays]


def check_pack(pack: PackFacts) -> None:
    """Refuse what cannot be true of a pack."""
    if pack.kind not in set(PackKind):
        raise Refused(N_("%(kind)s is no unit we know."), field="kind", kind=pack.kind)
    if not 2 <= pack.units <= MOST_CARTON:
        raise Refused(
            N_("A pack holds between 2 and %(most)s units."),
            field="units",
            most=MOST_CARTON,
        )
    for name in ("name_th", "name_en"):
        if len(getattr(pack, name) or "") > LONGEST_NAME:
            raise Refused(N_("This is longer than %(most)s characters."), field=name, most=LONGEST_NAME)
    if pack.gtin:
        check_gtin(pack.gtin, "gtin")


def check_gtin(gtin: str, field: str) -> None:
    """Refuse a number that is no GTIN of 8, 12, 13 or 14 digits with the right check digit."""
    if len(gtin) not in GTIN_LENGTHS or not (gtin.isascii() and gtin.isdigit()):
        raise Refused(N_("A barcode number has 8, 12, 13 or 14 digits."), field=field)
    try:
        ean.validate(gtin)
    except ValidationError:
        raise Refused(N_("The check digit of the barcode number is wrong."), field=field) from None


def with_carton(known: Packs, units: int | None, gtin: str | None) -> dict[PackKey, PackSays]:
    """The packs when the carton holds so many units, 1 being no carton; another size keeps its name and barcode."""
    packs = dict(known)
    old = next((key for key in packs if key.kind == PackKind.CARTON), None)
    holds = units if units is not None else old.units if old else 1
    says = packs.pop(old) if old else PackSays(*USUAL_NAMES[PackKind.CARTON], None)
    if holds == 1:
        if gtin:
            raise Refused(
                N_("Say how many units the carton holds that has this barcode."), field="carton_gtin"
            )
        return packs
    packs[PackKey(PackKind.CARTON.value, holds)] = says if gtin is None else says._replace(gtin=gtin or None)
    return packs


def with_packs(known: Packs, said: Iterable[PackFacts]) -> dict[PackKey, PackSays]:
    """The packs when these are added or brought up to date."""
    packs = dict(known)
    for one in said:
        key = PackKey(one.kind, one.units)
        usual = packs.get(key, PackSays(*USUAL_NAMES[PackKind(one.kind)], None))
        packs[key] = PackSays(
            one.name_th or usual.name_th,
            one.name_en or usual.name_en,
            usual.gtin if one.gtin is None else one.gtin or None,
        )
    return packs


def told(packs: Packs) -> list[str]:
    """Packs as the trail keeps them."""
    return [
        " ".join(filter(None, (str(key.units), says.name_en, says.gtin)))
        for key, says in sorted(packs.items())
    ]
