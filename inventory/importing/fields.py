"""What a file of products may say: its columns and the options of the whole file."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from inventory import goods
from inventory.models import Lifecycle, Tracking
from inventory.packs import MOST_CARTON
from portal.customers.models import TIER_TITLES, Tier
from portal.i18n import N_
from portal.importing import cells as parse
from portal.importing.cells import Cell, CellError
from portal.importing.kinds import Option, Sheet
from portal.importing.mapping import Column

CATEGORIES, PRODUCTS = "categories", "products"
MOST_PRICE = Decimal(10) ** 10
TRACKING_WORDS = {
    "serial": Tracking.SERIAL.value, "yes": Tracking.SERIAL.value,
    "1": Tracking.SERIAL.value, "ใช่": Tracking.SERIAL.value,
    "lot": Tracking.LOT.value, "batch": Tracking.LOT.value, "ล็อต": Tracking.LOT.value,
    "none": Tracking.NONE.value, "no": Tracking.NONE.value, "0": Tracking.NONE.value, "ไม่": Tracking.NONE.value,
}  # fmt: skip
LIFECYCLE_WORDS = {
    "new": Lifecycle.NEW.value, "ใหม่": Lifecycle.NEW.value,
    "active": Lifecycle.ACTIVE.value, "ขายอยู่": Lifecycle.ACTIVE.value,
    "phase-out": Lifecycle.PHASE_OUT.value, "phase out": Lifecycle.PHASE_OUT.value,
    "phase_out": Lifecycle.PHASE_OUT.value, "กำลังเลิกขาย": Lifecycle.PHASE_OUT.value,
    "discontinued": Lifecycle.DISCONTINUED.value, "เลิกขาย": Lifecycle.DISCONTINUED.value,
}  # fmt: skip
GRAMS = {"g": 1, "gram": 1, "grams": 1, "กรัม": 1, "ก.": 1, "kg": 1000, "กก.": 1000, "กิโลกรัม": 1000}
CUBIC_CENTIMETRES = {
    "cm3": 1, "cm³": 1, "cc": 1, "ml": 1, "มล.": 1, "l": 1000, "ลิตร": 1000, "m3": 1_000_000, "m³": 1_000_000,
}  # fmt: skip
_MEASURE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(.*)")


def sku(cell: Cell) -> str:
    """A product code, in capitals: files are careless about its case."""
    return parse.code(cell, most=40, upper=True)


def weight(cell: Cell) -> int:
    """A weight in whole grams; a bare number is grams already."""
    return _measured(cell, GRAMS, goods.MOST_WEIGHT_G)


def volume(cell: Cell) -> int:
    """A volume in whole cubic centimetres; a bare number is cubic centimetres already."""
    return _measured(cell, CUBIC_CENTIMETRES, goods.MOST_VOLUME_CM3)


def _measured(cell: Cell, units: Mapping[str, int], most: int) -> int:
    found = _MEASURE.fullmatch(str(parse.plain(cell)).casefold())
    if found is None:
        raise CellError(N_("This must be a number, with its unit or without."))
    figure, unit = found.groups()
    if unit and unit not in units:
        raise CellError(N_("%(unit)s is no unit we know."), unit=unit)
    measured = Decimal(figure) * units.get(unit, 1)
    if measured != int(measured) or not 0 <= measured <= most:
        raise CellError(N_("This is a whole number between %(least)s and %(most)s."), least=0, most=most)
    return int(measured)


def positive_price(cell: Cell, *, decimal_comma: bool = False) -> Decimal:
    """A price per unit that is more than zero."""
    price = parse.price(cell, most=MOST_PRICE, decimal_comma=decimal_comma)
    if price <= 0:
        raise CellError(N_("A price is more than zero."))
    return price


PRODUCT_COLUMNS = (
    Column("sku", N_("Product code"), sku, required=True,
        synonyms=("sku", "stock code", "product id", "item code", "item no", "รหัสสินค้า", "รหัส")),
    Column("name", N_("Name"), parse.text,
        synonyms=("product name", "description", "item", "ชื่อสินค้า", "ชื่อ", "รายการ"),
        help=N_("Thai or English, told by its letters.")),
    Column("name_th", N_("Name in Thai"), parse.text, synonyms=("thai name", "ชื่อไทย", "ชื่อภาษาไทย")),
    Column("name_en", N_("Name in English"), parse.text,
        synonyms=("english name", "ชื่ออังกฤษ", "ชื่อภาษาอังกฤษ")),
    Column("brand", N_("Brand"), partial(parse.text, most=80), synonyms=("ยี่ห้อ", "แบรนด์")),
    Column("brand_th", N_("Brand in Thai"), partial(parse.text, most=80), synonyms=("ยี่ห้อไทย",)),
    Column("category", N_("Category"), partial(parse.text, most=120),
        synonyms=("category id", "category code", "category name", "group", "หมวด", "หมวดหมู่", "ประเภท")),
    Column("unit", N_("Unit"), partial(parse.text, most=30), synonyms=("uom", "หน่วย", "หน่วยนับ")),
    Column("units_per_carton", N_("Units per carton"), partial(parse.whole_number, least=1, most=MOST_CARTON),
        synonyms=("carton", "pack size", "บรรจุต่อลัง")),
    Column("carton_gtin", N_("Barcode of the carton"), parse.gtin, synonyms=("carton barcode", "บาร์โค้ดลัง")),
    Column("pack_units", N_("Units per pack"), partial(parse.whole_number, least=1, most=MOST_CARTON),
        synonyms=("inner pack", "บรรจุต่อแพ็ก")),
    Column("pack_gtin", N_("Barcode of the pack"), parse.gtin, synonyms=("pack barcode", "บาร์โค้ดแพ็ก")),
    Column("gtin", N_("Barcode (GTIN)"), parse.gtin, synonyms=("gtin", "ean", "barcode", "บาร์โค้ด")),
    Column("tracking", N_("Tracking"), partial(parse.one_of, choices=TRACKING_WORDS),
        synonyms=("serial", "serial-numbered", "มีหมายเลขเครื่อง", "การติดตาม"),
        help=N_("serial, lot or none")),
    Column("warranty_months", N_("Warranty in months"),
           partial(parse.whole_number, least=0, most=goods.MOST_WARRANTY),
        synonyms=("warranty", "รับประกัน")),
    Column("replenishment_days", N_("Days to replenish"),
           partial(parse.whole_number, least=0, most=goods.MOST_REPLENISHMENT),
        synonyms=("lead time days", "replenishment", "ระยะเวลาเติมสินค้า")),
    Column("unit_cost", N_("Unit cost"), partial(parse.price, most=goods.MOST_COST),
        synonyms=("cost", "cost price", "ต้นทุน", "ต้นทุนต่อหน่วย")),
    Column("reorder_point", N_("Reorder point"), partial(parse.whole_number, least=0, most=goods.MOST_REORDER),
        synonyms=("reorder level", "minimum stock", "จุดสั่งซื้อ")),
    Column("lifecycle", N_("Lifecycle"), partial(parse.one_of, choices=LIFECYCLE_WORDS),
        synonyms=("status", "product status", "สถานะสินค้า"),
        help=N_("new, active, phase-out or discontinued")),
    Column("successor", N_("Successor"), sku, synonyms=("replaced by", "successor code", "สินค้าทดแทนรุ่น"),
        help=N_("The code of the product that follows this one.")),
    Column("order_least", N_("Least per order"), partial(parse.whole_number, least=1, most=goods.MOST_ORDERED),
        synonyms=("minimum order quantity", "moq", "สั่งขั้นต่ำ")),
    Column("order_multiple", N_("Ordered in multiples of"),
        partial(parse.whole_number, least=1, most=goods.MOST_ORDERED),
        synonyms=("order multiple", "สั่งทีละ")),
    Column("order_most", N_("Most per order"), partial(parse.whole_number, least=0, most=goods.MOST_ORDERED),
        synonyms=("maximum order quantity", "สั่งได้สูงสุด")),
    Column("weight", N_("Weight of a unit"), weight, synonyms=("weight g", "unit weight", "น้ำหนัก"),
        help=N_("In grams, or with its unit: 500 g, 1.2 kg.")),
    Column("volume", N_("Volume of a unit"), volume, synonyms=("volume cm3", "unit volume", "ปริมาตร"),
        help=N_("In cubic centimetres, or with its unit: 750 cm3, 1.5 l, 0.02 m3.")),
    Column("shelf_life_days", N_("Shelf life in days"),
        partial(parse.whole_number, least=0, most=goods.MOST_SHELF_LIFE),
        synonyms=("shelf life", "อายุการเก็บ")),
    Column("active", N_("On sale"), parse.yes_no, synonyms=("active", "วางขาย")),
    Column("discontinued", N_("Discontinued"), parse.yes_no, synonyms=("inactive", "เลิกขาย")),
    Column("price", N_("Unit price"), positive_price,
        synonyms=("unit price", "list price", "ราคา", "ราคาขาย", "ราคาต่อหน่วย")),
)  # fmt: skip

CATEGORY_COLUMNS = (
    Column("code", N_("Category code"), partial(parse.code, most=80), required=True,
        synonyms=("category id", "category", "code", "รหัสหมวด")),
    Column("name", N_("Category name"), partial(parse.text, most=120), required=True,
        synonyms=("category name", "name", "name_en", "ชื่อหมวด")),
    Column("name_th", N_("Name in Thai"), partial(parse.text, most=120), synonyms=("ชื่อไทย",)),
)  # fmt: skip

OPTIONS = (
    Option("currency", N_("Currency of the prices"), "THB", read=parse.currency),
    Option("tier", N_("Price list"), Tier.STANDARD.value, choices=tuple(TIER_TITLES.items()),
        help=N_("The tier whose price list gets the prices.")),
    Option("add_categories", N_("Add categories that are not known yet"), "1", flag=True),
    Option("decimal_comma", N_("Decimals are written with a comma"), flag=True),
)  # fmt: skip

CATEGORIES_SHEET = Sheet(
    CATEGORIES,
    N_("Categories, one row each"),
    CATEGORY_COLUMNS,
    optional=True,
    examples=({"code": "soap", "name": "Soap", "name_th": "สบู่"},),
)
PRODUCTS_SHEET = Sheet(
    PRODUCTS,
    N_("Products, one row each"),
    PRODUCT_COLUMNS,
    examples=(
        {
            "sku": "SOAP-01", "name_th": "สบู่ก้อน 70 กรัม", "name_en": "Bar soap 70 g",
            "category": "soap", "unit": "ก้อน",
            "units_per_carton": "72", "pack_units": "6", "order_multiple": "6", "weight": "75 g", "price": "12.50",
        },
        {
            "sku": "KETTLE-1", "name_th": "กาต้มน้ำไฟฟ้า 1.7 ลิตร",
            "name_en": "Electric kettle 1.7 l", "category": "Appliances",
            "tracking": "serial", "warranty_months": "12", "price": "590",
        },
        {
            "sku": "TEA-01", "name_th": "ชาเขียวพร้อมดื่ม 500 มล.",
            "name_en": "Green tea 500 ml", "category": "Drinks",
            "tracking": "lot", "units_per_carton": "24", "shelf_life_days": "365", "price": "18",
        },
    ),
)  # fmt: skip
