"""What a file of past orders may say: its columns and the options of the whole file."""

from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from portal.i18n import N_, name_of
from portal.importing import cells as parse
from portal.importing.cells import Cell, CellError
from portal.importing.kinds import Choices, Option, Sheet
from portal.importing.mapping import Column

HEADS, LINES = "orders", "lines"
MOST_PRICE = Decimal(10) ** 10
MOST_QUANTITY = 10**9
ZONES = (
    "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo", "Asia/Dubai", "UTC", "Europe/London", "Europe/Berlin",
    "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "Australia/Sydney",
)  # fmt: skip


def order_no(cell: Cell) -> str:
    """A document number; long enough for any, short enough to be prefixed."""
    return parse.code(cell, most=30)


def sku(cell: Cell) -> str:
    """A product code; files are careless about its case, so it is read in capitals."""
    return parse.code(cell, most=40, upper=True)


NUMBER = Column(
    "order_no",
    N_("Order number"),
    order_no,
    required=True,
    synonyms=(
        "order no", "invoice no", "invoice number", "invoice", "order id", "document no", "so number", "po/so",
        "เลขที่ใบสั่งซื้อ", "เลขที่คำสั่งซื้อ", "เลขที่ใบกำกับ", "เลขที่เอกสาร", "เลขที่ใบแจ้งหนี้",
    ),
)  # fmt: skip

OF_ORDER = (
    Column(
        "ordered_at",
        N_("Ordered at"),
        parse.instant,
        synonyms=(
            "order date", "invoice date", "ordered on", "date", "order purchase timestamp",
            "วันที่สั่งซื้อ", "วันที่สั่ง", "วันที่เอกสาร", "วันที่",
        ),
    ),
    Column(
        "customer",
        N_("Customer code"),
        partial(parse.code, most=32),
        synonyms=(
            "customer id", "customer no", "customer number", "customer", "account", "รหัสลูกค้า",
            "ลูกค้า",
        ),
    ),
    Column(
        "customer_name",
        N_("Customer name"),
        parse.text,
        synonyms=("company name", "company", "ชื่อลูกค้า", "ชื่อบริษัท"),
    ),
    Column(
        "promised_on",
        N_("Promised date"),
        parse.day,
        synonyms=(
            "required date", "requested date", "due date", "promised", "scheduled delivery date",
            "วันที่กำหนดส่ง", "กำหนดส่ง", "วันที่ต้องการ",
        ),
        help=N_("The day by which the goods were promised to arrive."),
    ),
    Column(
        "shipped_at",
        N_("Shipped on"),
        parse.instant,
        synonyms=("shipped date", "ship date", "shipping date", "วันที่จัดส่ง", "วันที่ส่งของ"),
        help=N_("May be the same column as the delivery."),
    ),
    Column(
        "delivered_at",
        N_("Delivered on"),
        parse.instant,
        synonyms=("delivered date", "delivery date", "received date", "วันที่ส่งถึง", "วันที่รับของ"),
    ),
    Column("carrier", N_("Carrier"), partial(parse.text, most=80),
        synonyms=("ship via", "shipper", "ขนส่ง", "ผู้ขนส่ง")),
    Column("po_number", N_("Purchase order"), partial(parse.text, most=60),
        synonyms=("po", "po no", "customer po", "เลขที่ po")),
    Column("ship_name", N_("Ship to"), parse.text, synonyms=("ship to name", "ส่งถึง", "ชื่อผู้รับ")),
    Column("ship_address", N_("Shipping address"), parse.text,
        synonyms=("ship to address", "ที่อยู่จัดส่ง", "สถานที่ส่ง")),
    Column("ship_city", N_("City"), partial(parse.text, most=80), synonyms=("city", "เมือง", "อำเภอ")),
    Column("ship_region", N_("Province or region"), partial(parse.text, most=80),
        synonyms=("region", "province", "state", "จังหวัด")),
    Column("ship_postcode", N_("Postcode"), partial(parse.code, most=12),
        synonyms=("ship postal code", "postal code", "zip", "รหัสไปรษณีย์")),
    Column("country", N_("Country"), partial(parse.text, most=60), synonyms=("ship country", "ประเทศ")),
    Column(
        "currency",
        N_("Currency"),
        parse.currency,
        synonyms=("สกุลเงิน",),
        help=N_("Only where it differs from row to row; else choose it below."),
    ),
)  # fmt: skip

OF_LINE = (
    Column(
        "sku",
        N_("Product code"),
        sku,
        required=True,
        synonyms=("sku", "stock code", "product id", "item code", "item no", "รหัสสินค้า", "รหัส"),
    ),
    Column(
        "description",
        N_("Description"),
        parse.text,
        synonyms=("product name", "item", "item description", "ชื่อสินค้า", "รายการ", "รายละเอียด"),
    ),
    Column(
        "quantity",
        N_("Quantity"),
        partial(parse.whole_number, least=-MOST_QUANTITY, most=MOST_QUANTITY),
        required=True,
        synonyms=("qty", "ordered", "line item quantity", "จำนวน", "ปริมาณ"),
    ),
    Column(
        "unit_price",
        N_("Unit price"),
        partial(parse.decimal_number, places=4, least=-MOST_PRICE, most=MOST_PRICE),
        required=True,
        synonyms=("price", "ราคาต่อหน่วย", "ราคา", "หน่วยละ"),
    ),
    Column("discount", N_("Discount"), parse.basis_points, default=0, synonyms=("disc", "ส่วนลด")),
)


def a_zone(name: str) -> ZoneInfo:
    """The clocks by which times in the file are told."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CellError(N_("There is no time zone of this name.")) from None


def a_rate(written: str) -> int:
    """A tax rate in percent, as basis points."""
    return parse.basis_points(written or "0", given_as="percent")


def warehouses(session: Session) -> Choices:
    """The warehouses by code, the main one first."""
    rows = session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code))
    return [("", N_("The main warehouse")), *((row.code, f"{row.code} {name_of(row)}") for row in rows)]


OPTIONS = (
    Option("currency", N_("Currency of the amounts"), "THB", read=parse.currency),
    Option(
        "add",
        N_("Add products and companies that are not known yet"),
        flag=True,
        help=N_("They are made from what the rows say of them."),
    ),
    Option(
        "company",
        N_("Company for rows without one"),
        help=N_("The code of a company, e.g. WALK-IN. Left empty, such rows are reported."),
        read=partial(parse.code, most=32),
    ),
    Option(
        "credit_letter",
        N_("Credits begin with"),
        "C",
        help=N_(
            "Rows with a negative quantity are credits where the document number begins so; others are reported."
        ),
        read=partial(parse.code, most=8, upper=True),
    ),
    Option(
        "prefix",
        N_("Put before every number"),
        help=N_("Only where the numbers of the file are in use here for other orders."),
        read=partial(parse.code, most=6),
    ),
    Option("warehouse", N_("Warehouse"), choices=warehouses),
    Option(
        "given_as",
        N_("Discounts are written as"),
        "fraction",
        choices=(("fraction", N_("a fraction (0.05)")), ("percent", N_("a percentage (5)"))),
    ),
    Option("vat", N_("VAT on top, in percent"), "0", read=a_rate),
    Option("day_first", N_("In dates such as 03/04/2026 the day comes first"), "1", flag=True),
    Option("decimal_comma", N_("Decimals are written with a comma"), flag=True),
    Option(
        "zone",
        N_("Times are those of"),
        "Asia/Bangkok",
        choices=tuple((zone, zone) for zone in ZONES),
        read=a_zone,
    ),
)

ORDERS_SHEET = Sheet(
    HEADS,
    N_("Orders, one row each"),
    (NUMBER, *OF_ORDER),
    optional=True,
    examples=(
        {
            "order_no": "SO-1001", "ordered_at": "2026-03-02 09:15", "customer": "C001",
            "customer_name": "ร้านรุ่งเรือง",
            "promised_on": "2026-03-06", "shipped_at": "2026-03-04", "delivered_at": "2026-03-05",
            "carrier": "Kerry",
            "po_number": "PO-77", "ship_name": "ร้านรุ่งเรือง", "ship_address": "12 ถนนเจริญเมือง",
            "ship_city": "เมือง",
            "ship_region": "เชียงใหม่", "ship_postcode": "50000", "country": "ไทย", "currency": "THB",
        },
    ),
)  # fmt: skip
LINES_SHEET = Sheet(
    LINES,
    N_("Order lines"),
    (NUMBER, *OF_LINE, *OF_ORDER),
    examples=(
        {
            "order_no": "SO-1001", "sku": "SOAP-01", "description": "สบู่ก้อน 70 กรัม", "quantity": "24",
            "unit_price": "12.50",
            "discount": "0.05", "ordered_at": "2026-03-02 09:15", "customer": "C001",
            "customer_name": "ร้านรุ่งเรือง",
        },
        {
            "order_no": "SO-1001", "sku": "SHAM-02", "description": "แชมพู 180 มล.", "quantity": "6",
            "unit_price": "59.00",
            "discount": "0", "ordered_at": "2026-03-02 09:15", "customer": "C001",
            "customer_name": "ร้านรุ่งเรือง",
        },
        {
            "order_no": "C1002", "sku": "SOAP-01", "description": "สบู่ก้อน 70 กรัม", "quantity": "-2",
            "unit_price": "12.50",
            "discount": "0", "ordered_at": "2026-03-09 14:00", "customer": "C001",
            "customer_name": "ร้านรุ่งเรือง",
        },
    ),
)  # fmt: skip
