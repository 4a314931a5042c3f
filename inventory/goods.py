"""What is said of a product, judged and made ready for the catalogue; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from inventory.models import Lifecycle, Tracking
from inventory.packs import MOST_CARTON, PackFacts, check_gtin, check_pack
from inventory.searching import search_text, sort_key
from portal.i18n import N_
from portal.money import unit_price
from portal.refusal import Refused

MOST_ORDERED = 1_000_000
MOST_WEIGHT_G = 100_000_000
MOST_VOLUME_CM3 = 100_000_000
MOST_SHELF_LIFE = 36_500
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
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that change the direction in which a text is read, so that it says something else than it seems to."""
ADDRESS_WORDS = frozenset({"", ".", "..", "new", "edit"})
EMPTY_TO_NULL = frozenset(
    {"gtin", "category", "warranty_months", "unit_cost", "reorder_point", "successor"}
    | {"order_most", "weight_g", "volume_cm3", "shelf_life_days"}
)
KEPT_ELSEWHERE = frozenset({"units_per_carton", "carton_gtin", "packs", "sold"})
"""What is said of a product but not kept with it: its packs have rows of their own."""


@dataclass(frozen=True)
class ProductFacts:
    """What is said of a product; `sku` is how it is called for ever.

    None says nothing about a fact: a new product gets the usual value, a known one keeps what it has. An empty text,
    or 0 of what is counted or measured, says that there is none. `category` is a category's code, `successor` another
    product's; `sold` leaves a product that is sold where it is in its life. `unit_cost` is what a unit costs us in THB.
    A carton of one unit is no carton; `packs` are added or brought up to date, never taken away.
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
    lifecycle: str | None = None
    sold: bool | None = None
    successor: str | None = None
    order_least: int | None = None
    order_multiple: int | None = None
    order_most: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    shelf_life_days: int | None = None
    carton_gtin: str | None = None
    packs: tuple[PackFacts, ...] = ()


USUAL: Mapping[str, Any] = {
    "name_th": "",
    "name_en": "",
    "brand": "",
    "brand_th": "",
    "category": None,
    "unit_th": "ชิ้น",
    "unit_en": "piece",
    "gtin": None,
    "tracking": Tracking.NONE.value,
    "warranty_months": None,
    "replenishment_days": 14,
    "unit_cost": None,
    "reorder_point": None,
    "lifecycle": Lifecycle.ACTIVE.value,
    "successor": None,
    "order_least": 1,
    "order_multiple": 1,
    "order_most": None,
    "weight_g": None,
    "volume_cm3": None,
    "shelf_life_days": None,
}


def check(facts: ProductFacts) -> None:
    """Refuse facts that cannot be true of a product; what is not said is not judged."""
    _check_texts(facts)
    _check_numbers(facts)
    _check_supply(facts)
    _check_measures(facts)
    for name in ("gtin", "carton_gtin"):
        if gtin := getattr(facts, name):
            check_gtin(gtin, name)
    for pack in facts.packs:
        check_pack(pack)
    if facts.successor and facts.successor == facts.sku:
        raise Refused(N_("A product cannot follow itself."), field="successor")
    if facts.tracking is not None and facts.tracking not in set(Tracking):
        raise Refused(N_("%(value)s is not a way of tracking."), field="tracking", value=facts.tracking)
    if facts.lifecycle is not None and facts.lifecycle not in set(Lifecycle):
        raise Refused(
            N_("%(value)s is not a place in a product's life."), field="lifecycle", value=facts.lifecycle
        )


def said(facts: ProductFacts) -> dict[str, Any]:
    """The facts that were said, as they are kept."""
    values = {f.name: getattr(facts, f.name) for f in _FIELDS if f.name not in KEPT_ELSEWHERE}
    kept = {
        name: (value or None) if name in EMPTY_TO_NULL else value
        for name, value in values.items()
        if value is not None
    }
    if cost := facts.unit_cost:
        kept["unit_cost"] = unit_price(cost)  # as precise as the catalogue keeps it
    return kept


def lives(facts: ProductFacts, before: str | None) -> str | None:
    """Where a product is in its life by what is said, having been at `before` if it is known; None says nothing."""
    if facts.lifecycle is not None or facts.sold is None:
        return facts.lifecycle
    if not facts.sold:
        return Lifecycle.DISCONTINUED.value
    return Lifecycle.ACTIVE.value if before in {None, Lifecycle.DISCONTINUED} else None


def agree(product: Mapping[str, Any]) -> None:
    """Refuse a product whose facts, those said now and those known before, cannot hold together."""
    most, least, multiple = product["order_most"], product["order_least"], product["order_multiple"]
    if most is not None and most < least:
        raise Refused(N_("The most cannot be less than the least."), field="order_most")
    if most is not None and -(-least // multiple) * multiple > most:
        raise Refused(N_("No quantity would fit the least, the multiple and the most."), field="order_most")


def follows(product: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from a product's facts: whether it is sold, and what it is found and sorted by."""
    name_th, name_en = product["name_th"], product["name_en"]
    return {
        "active": product["lifecycle"] != Lifecycle.DISCONTINUED,
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
        if text and any(sign in TURNING for sign in text):
            raise Refused(N_("This holds characters that turn the text around."), field=name)
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


def _check_measures(facts: ProductFacts) -> None:
    bounds = (
        ("order_least", 1, MOST_ORDERED),
        ("order_multiple", 1, MOST_ORDERED),
        ("order_most", 0, MOST_ORDERED),
        ("weight_g", 0, MOST_WEIGHT_G),
        ("volume_cm3", 0, MOST_VOLUME_CM3),
        ("shelf_life_days", 0, MOST_SHELF_LIFE),
    )
    for name, least, most in bounds:
        value = getattr(facts, name)
        if value is not None and not least <= value <= most:
            raise Refused(
                N_("This is a whole number between %(least)s and %(most)s."),
                field=name,
                least=least,
                most=most,
            )


_FIELDS = fields(ProductFacts)
