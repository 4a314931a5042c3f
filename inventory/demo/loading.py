"""The demo's catalogue, prices, warehouses and suppliers."""

from decimal import Decimal
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.cataloguing import category_code, put_category, upsert_products
from inventory.goods import ProductFacts
from inventory.models import Product
from inventory.pricing import put_price_list, set_prices
from inventory.siting import SupplierFacts, WarehouseFacts, put_supplier, put_warehouse, serve
from portal.customers.models import Tier
from portal.demo.cast import Cast, rows
from portal.money import unit_price

TIER_FACTOR = {Tier.STANDARD: Decimal(1), Tier.SILVER: Decimal("0.96"), Tier.GOLD: Decimal("0.92")}
MAIN = "BPL"
ADDRESS_TH = ("address_th", "subdistrict_th", "district_th", "province_th", "postcode")
ADDRESS_EN = ("address_en", "subdistrict_en", "district_en", "province_en", "postcode")


def load(session: Session, cast: Cast) -> None:
    """Put the catalogue on its shelves: products and prices by tier, warehouses with their provinces, suppliers."""
    by, now = cast.managers[0], cast.began
    catalogue = list(rows("inventory.demo", "catalogue.csv"))
    for name_th, name_en in dict.fromkeys((row["category_th"], row["category_en"]) for row in catalogue):
        put_category(session, category_code(name_en), name_th, name_en, by=by, now=now)
    session.flush()
    upsert_products(session, [_facts(row) for row in catalogue], by=by, now=now)
    ids = dict(session.execute(select(Product.sku, Product.id)).all())
    for tier, factor in TIER_FACTOR.items():
        listed = put_price_list(session, "THB", tier, by=by, now=now)
        session.flush()
        prices = {ids[row["sku"]]: unit_price(Decimal(row["price_thb"]) * factor) for row in catalogue}
        set_prices(session, listed, prices, by=by, now=now)
    _warehouses(session, cast)
    for row in rows("inventory.demo", "suppliers.csv"):
        delay = 2 if int(row["reliability_percent"]) >= 93 else 4
        facts = SupplierFacts(row["code"], row["name_th"], row["name_en"], delay)
        put_supplier(session, facts, by=by, now=now)
    session.flush()


def _warehouses(session: Session, cast: Cast) -> None:
    by, now = cast.managers[0], cast.began
    places = {}
    for row in rows("inventory.demo", "warehouses.csv"):
        facts = WarehouseFacts(
            code=row["code"],
            name_th=row["name_th"],
            name_en=row["name_en"],
            address_th=" ".join(row[part] for part in ADDRESS_TH),
            address_en=", ".join(row[part] for part in ADDRESS_EN),
            main=row["code"] == MAIN,
        )
        places[row["code"]] = put_warehouse(session, facts, by=by, now=now)
    session.flush()
    for row in rows("inventory.demo", "service_areas.csv"):
        serve(session, row["province"], places[row["warehouse"]], int(row["transit_days"]), by=by, now=now)


def _cost(sku: str, price: Decimal) -> Decimal:
    """What a unit costs: between 62 and 80 percent of its price, told by its code."""
    return unit_price(price * (62 + crc32(sku.encode()) % 19) / 100)


def _facts(row: dict[str, str]) -> ProductFacts:
    return ProductFacts(
        sku=row["sku"],
        name_th=row["name_th"],
        name_en=row["name_en"],
        brand=row["brand"],
        brand_th=row["brand_th"],
        category=category_code(row["category_en"]),
        unit_th=row["unit_th"],
        unit_en=row["unit_en"],
        units_per_carton=int(row["units_per_carton"]),
        gtin=row["gtin"],
        tracking=row["tracking"],
        weight_g=int(row["weight_g"] or 0),
        warranty_months=int(row["warranty_months"]) if row["warranty_months"] else None,
        replenishment_days=int(row["replenishment_days"]),
        unit_cost=_cost(row["sku"], Decimal(row["price_thb"])),
    )
