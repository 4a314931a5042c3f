"""What the demo plans need to know of companies, goods and suppliers, read from the demo's own files."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files


class Season(StrEnum):
    """When a product sells above its usual rate."""

    NONE = "none"
    HOT = "hot"
    RAINY = "rainy"
    FESTIVE = "festive"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A customer as the order plan sees it: how often and how much it orders, and from which warehouse."""

    code: str
    wholesale: bool
    warehouse: str
    transit_days: int
    weight: int
    rhythm_days: int


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product as the plans see it; `popularity` is in tenths, `carton` in units, `price` per unit in baht."""

    sku: str
    supplier: str
    carton: int
    price: Decimal
    popularity: int
    season: Season
    serial: bool


@dataclass(frozen=True, slots=True)
class DemoSupplier:
    """A supplier's usual lead time in days and how many of a hundred deliveries come on the day."""

    code: str
    lead_days: int
    reliability_percent: int


def read_companies() -> tuple[DemoCompany, ...]:
    """The demo's customers in the order of their codes, each with the warehouse that serves its province."""
    areas = {row["province"]: row for row in _rows("inventory.demo", "service_areas.csv")}
    return tuple(
        DemoCompany(
            code=row["code"],
            wholesale=row["kind"] == "wholesale",
            warehouse=areas[row["province"]]["warehouse"],
            transit_days=int(areas[row["province"]]["transit_days"]),
            weight=int(row["size_weight"]),
            rhythm_days=int(row["order_rhythm_days"]),
        )
        for row in _rows("portal.demo", "companies.csv")
    )


def read_products() -> tuple[DemoProduct, ...]:
    """The demo's catalogue in file order, each product with the supplier that makes its brand."""
    makers = {
        brand: row["code"]
        for row in _rows("inventory.demo", "suppliers.csv")
        for brand in row["brands"].split(";")
    }
    return tuple(
        DemoProduct(
            sku=row["sku"],
            supplier=makers[row["brand"]],
            carton=int(row["units_per_carton"]),
            price=Decimal(row["price_thb"]),
            popularity=int(Decimal(row["popularity"]) * 10),
            season=Season(row["season"]),
            serial=row["tracking"] == "serial",
        )
        for row in _rows("inventory.demo", "catalogue.csv")
    )


def read_suppliers() -> tuple[DemoSupplier, ...]:
    """The demo's suppliers in the order of their codes."""
    return tuple(
        DemoSupplier(row["code"], int(row["lead_days"]), int(row["reliability_percent"]))
        for row in _rows("inventory.demo", "suppliers.csv")
    )


def _rows(package: str, name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader((files(package) / name).read_text(encoding="utf-8").splitlines())
