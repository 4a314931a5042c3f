"""What is said of a product, judged and made ready for the catalogue; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from stdnum import ean
from stdnum.exceptions import ValidationError

from inventory.models import Tracking
from inventory.searching import search_text, sort_key
from portal.i18n import N_
from portal.money import unit_price
from portal.refusal import Refused

GTIN_LENGTHS = (8, 12, 13, 14)
MOST_CARTON = 100_000
MOST_REPLENISHMENT = 730
MOST_WARRANTY = 600
MOST_COST = Decimal(10) ** 10
MOST_REORDER = 10**9
LENGTHS = {
    "sku": 40,
    "name_th": 200,
    "name_en": 200,
    "brand": 80,
    "brand_th": 80,
    "unit_th": 30,
    "unit_en": 30,
}
ADDRESS_WORDS = frozenset({"", ".", "..", "new", "edit"})
EMPTY_TO_NULL = frozenset({"gtin", "category", "warranty_months", "unit_cost", "reorder_point"})


@dataclass(frozen=True)
class ProductFacts:
    """What is said of a product; `sku` is how it is called for ever.

    None says nothing about a fact: a new product gets the usual value, a known one keeps what it has. An empty text,
    or 0 months of warranty, cost or units, says that there is none. `category` is a category's code, `unit_cost` what a
    unit costs us in THB.
    """

    sku: str
    name_th: str | None = None
    name_en: str | None = None
    brand: str | None = None
    brand_th: str | None = None
    category: str | None = None
    unit_th: str | None = None
    unit_en: str | None = None
    units_per_carton: int | None = None
    gtin: str | None = None
    tracking: str | None = None
    warranty_months: int | None = None
    replenishment_days: int | None = None
    unit_cost: Decimal | None = None
    reorder_point: int | None = None
    active: bool | None = None


USUAL: Mapping[str, Any] = {
    "name_th": "",
    "name_en": "",
    "brand": "",
    "brand_th": "",
    "category": None,
    "unit_th": "ชิ้น",
    "unit_en": "piece",
    "units_per_carton": 1,
    "gtin": None,
    "tracking": Tracking.NONE.value,
    "warranty_months": None,
    "replenishment_days": 14,
    "unit_cost": None,
    "reorder_point": None,
    "active": True,
}
NAMED = frozenset({"sku", "name_th", "name_en", "brand", "brand_th"})
"""The facts that a product is found and sorted by."""


def check(facts: ProductFacts) -> None:
    """Refuse facts that cannot be true of a product; what is not said is not judged."""
    _check_texts(facts)
    _check_numbers(facts)
    _check_supply(facts)
    if facts.gtin:
        _check_gtin(facts.gtin)
    if facts.tracking is not None and facts.tracking not in set(Tracking):
        raise Refused(N_("%(value)s is not a way of tracking."), field="tracking", value=facts.tracking)


def said(facts: ProductFacts) -> dict[str, Any]:
    """The facts that were said, as they are kept."""
    values = {f.name: getattr(facts, f.name) for f in _FIELDS}
    kept = {
        name: (value or None) if name in EMPTY_TO_NULL else value
        for name, value in values.items()
        if value is not None
    }
    if cost := facts.unit_cost:
        kept["unit_cost"] = unit_price(cost)  # as precise as the catalogue keeps it
    return kept


def found_by(product: Mapping[str, Any]) -> dict[str, str]:
    """What a product with these names is found and sorted by."""
    name_th, name_en = product["name_th"], product["name_en"]
    return {
        "search_text": search_text(product["sku"], name_th, name_en, product["brand"], product["brand_th"]),
        "sort_th": sort_key(name_th or name_en),
        "sort_en": sort_key(name_en or name_th),
    }


def _check_texts(facts: ProductFacts) -> None:
    if not facts.sku or facts.sku != facts.sku.strip() or not facts.sku.isprintable():
        raise Refused(N_("A product needs a code of printable characters."), field="sku")
    if ADDRESS_WORDS & set(facts.sku.lower().split("/")):
        raise Refused(N_("%(sku)s cannot be the code of a product."), field="sku", sku=facts.sku)
    if facts.name_th == "" and facts.name_en == "":
        raise Refused(N_("A product needs a name, in Thai or in English."), field="name_th")
    for name, most in LENGTHS.items():
        text = getattr(facts, name)
        if text is not None and len(text) > most:
            raise Refused(N_("This is longer than %(most)s characters."), field=name, most=most)


def _check_numbers(facts: ProductFacts) -> None:
    if facts.units_per_carton is not None and not 1 <= facts.units_per_carton <= MOST_CARTON:
        raise Refused(
            N_("A carton holds at least one unit and at most %(most)s."),
            field="units_per_carton",
            most=MOST_CARTON,
        )
    if facts.replenishment_days is not None and not 0 <= facts.replenishment_days <= MOST_REPLENISHMENT:
        raise Refused(
            N_("The time to replenish is between 0 and %(most)s days."),
            field="replenishment_days",
            most=MOST_REPLENISHMENT,
        )
    if facts.warranty_months is not None and not 0 <= facts.warranty_months <= MOST_WARRANTY:
        raise Refused(
            N_("A warranty lasts between 0 and %(most)s months."), field="warranty_months", most=MOST_WARRANTY
        )


def _check_supply(facts: ProductFacts) -> None:
    if facts.unit_cost is not None and not 0 <= facts.unit_cost <= MOST_COST:
        raise Refused(N_("A cost cannot be less than zero."), field="unit_cost")
    if facts.reorder_point is not None and not 0 <= facts.reorder_point <= MOST_REORDER:
        raise Refused(N_("A reorder point cannot be less than zero."), field="reorder_point")


def _check_gtin(gtin: str) -> None:
    if len(gtin) not in GTIN_LENGTHS or not (gtin.isascii() and gtin.isdigit()):
        raise Refused(N_("A barcode number has 8, 12, 13 or 14 digits."), field="gtin")
    try:
        ean.validate(gtin)
    except ValidationError:
        raise Refused(N_("The check digit of the barcode number is wrong."), field="gtin") from None


_FIELDS = fields(ProductFacts)
