"""Opening stock brought in from spreadsheets: what lay in each warehouse at the start, booked once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from inventory.identifying import LONGEST
from inventory.importing.fields import sku
from inventory.importing.numbered import book_numbered, is_numbered
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.shelving import LONGEST as LONGEST_BIN
from inventory.shelving import shelve
from inventory.stock import Movement, MovementKind
from inventory.stocking import OPENING, open_places
from portal.i18n import N_, name_of
from portal.importing import cells as parse
from portal.importing.dates import day
from portal.importing.kinds import Booking, Choices, Given, ImportKind, Option, Row, Sheet, Worth
from portal.importing.mapping import Column
from portal.importing.telling import Told
from portal.refusal import Refused

MOST_UNITS = 10**9
AT_ONCE = 1000

COLUMNS = (
    Column("sku", N_("Product code"), sku, required=True,
        synonyms=("sku", "stock code", "product id", "item code", "item no", "รหัสสินค้า", "รหัส")),
    Column(
        "quantity",
        N_("Units on hand"),
        partial(parse.whole_number, least=0, most=MOST_UNITS),
        required=True,
        synonyms=(
            "quantity", "on hand", "units in stock", "stock", "qty", "balance", "จำนวน", "คงเหลือ",
            "ยอดคงเหลือ",
        ),
    ),
    Column("warehouse", N_("Warehouse"), partial(parse.code, most=20),
        synonyms=("warehouse code", "location", "site", "คลัง", "รหัสคลัง")),
    Column("serial", N_("Serial number"), partial(parse.code, most=LONGEST, upper=True),
        synonyms=("serial no", "s/n", "หมายเลขเครื่อง", "ซีเรียล"),
        help=N_("One row for each unit.")),
    Column("lot", N_("Lot number"), partial(parse.code, most=LONGEST, upper=True),
        synonyms=("batch", "lot no", "batch no", "ล็อต", "เลขที่ล็อต"),
        help=N_("One row for each lot.")),
    Column("bin", N_("Bin"), partial(parse.code, most=LONGEST_BIN, upper=True),
        synonyms=("bin code", "shelf", "rack", "ชั้น", "ช่องเก็บ", "ตำแหน่ง"),
        help=N_("Where in the warehouse it is looked for.")),
    Column("expires", N_("Use by"), day, synonyms=("expiry", "expires on", "best before", "วันหมดอายุ")),
)  # fmt: skip


def worth(sheet: str, values: Mapping[str, Any], given: Given) -> Worth:
    """The units of a row."""
    return "", Decimal(values.get("quantity") or 0)


class OpeningStock:
    """Books the rows of one run; a figure that is on record already stays, and another one for it is reported."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book the figures of some rows."""
        products = _products(session, {row.values["sku"] for row in rows if not row.problems})
        warehouses = _warehouses(session)
        found = [(row, place) for row in rows if (place := self._place(row, products, warehouses, told))]
        named = [(row, place) for row, place in found if is_numbered(row)]
        placed = [(row, place) for row, place in found if not is_numbered(row)]
        book_numbered(session, named, told, self._given)
        self._shelve(session, found)
        recorded = _recorded(session, [place for _, place in placed])
        figures: dict[Place, int] = {}
        for row, place in placed:
            quantity, there = row.values["quantity"], recorded.get(place)
            if there == quantity or (there is None and quantity == 0):
                told.unchanged(row)
            elif there is not None:
                told.reported(
                    row, "quantity", N_("Opening stock of %(recorded)s was already recorded."), recorded=there
                )
            else:
                recorded[place] = figures[place] = quantity
                told.booked(row)
        if figures:
            open_places(session, figures, by=self._given.by, now=self._given.now)

    def _shelve(self, session: Session, found: Sequence[tuple[Row, Place]]) -> None:
        """Note the bins that rows name, whether or not their figure is new."""
        bins = {place: row.values["bin"] for row, place in found if row.values.get("bin")}
        shelve(session, bins, by=self._given.by, now=self._given.now)

    def finish(self, session: Session, told: Told) -> None:
        """Nothing waits."""

    def _place(
        self, row: Row, products: Mapping[str, int], warehouses: Mapping[str, int], told: Told
    ) -> Place | None:
        if row.problems:
            told.reported_cells(row)
            return None
        code = row.values.get("warehouse") or self._given.options["warehouse"]
        if row.values["sku"] not in products:
            told.reported(
                row, "sku", N_("There is no product with the code %(code)s."), code=row.values["sku"]
            )
        elif code.casefold() not in warehouses:
            message = N_("There is no warehouse %(code)s.") if code else N_("No warehouse is named.")
            told.reported(row, "warehouse", message, **({"code": code} if code else {}))
        else:
            return Place(products[row.values["sku"]], warehouses[code.casefold()])
        return None


def begin(session: Session, given: Given) -> Booking:
    """Start booking opening stock."""
    return OpeningStock(given)


def check(given: Given) -> None:
    """Refuse a mapping in which nothing tells the warehouse."""
    if not given.maps("warehouse") and not given.options["warehouse"]:
        raise Refused(
            N_("Choose the warehouse in which the goods lie, or a column that names it."), field="warehouse"
        )


def _products(session: Session, skus: set[str]) -> dict[str, int]:
    both = skus | {sku.lower() for sku in skus}
    query = select(Product.sku, Product.id).where(Product.sku.in_(both))
    found = {code: id_ for code, id_ in session.execute(query)}  # noqa: C416 - a result is no dict of pairs
    return {sku: found.get(sku) or found[sku.lower()] for sku in skus if sku in found or sku.lower() in found}


def _warehouses(session: Session) -> dict[str, int]:
    return {code.casefold(): id_ for code, id_ in session.execute(select(Warehouse.code, Warehouse.id))}


def _recorded(session: Session, places: Sequence[Place]) -> dict[Place, int]:
    recorded: dict[Place, int] = {}
    pairs = [(place.product_id, place.warehouse_id) for place in places]
    for start in range(0, len(pairs), AT_ONCE):
        query = select(Movement.product_id, Movement.warehouse_id, Movement.quantity).where(
            Movement.kind == MovementKind.OPENING,
            Movement.cause_no == OPENING,
            tuple_(Movement.product_id, Movement.warehouse_id).in_(pairs[start : start + AT_ONCE]),
        )
        recorded |= {Place(row.product_id, row.warehouse_id): row.quantity for row in session.execute(query)}
    return recorded


def warehouses(session: Session) -> Choices:
    """The warehouses by code, the main one first."""
    rows = session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code))
    return [("", N_("As a column says")), *((row.code, f"{row.code} {name_of(row)}") for row in rows)]


OPENING_STOCK = ImportKind(
    "stock",
    N_("Opening stock"),
    N_(
        "What lay in each warehouse at the start. A figure is booked once; later stock comes through receipts. "
        "Rows with a serial or lot number speak of those units alone."
    ),
    sheets=(
        Sheet(
            "stock",
            N_("Stock, one row for each product and warehouse"),
            COLUMNS,
            examples=(
                {"sku": "SOAP-01", "quantity": "480", "warehouse": "BPL", "bin": "A-01-2"},
                {"sku": "KETTLE-1", "quantity": "1", "warehouse": "BPL", "serial": "KT26-000118"},
                {
                    "sku": "TEA-01",
                    "quantity": "96",
                    "warehouse": "BPL",
                    "lot": "T2611",
                    "expires": "2027-11-30",
                },
            ),
        ),
    ),
    options=(
        Option("warehouse", N_("Warehouse"), choices=warehouses),
        Option(
            "expired_aside",
            N_("Put lots past their last day of use into quarantine"),
            flag=True,
            help=N_("Otherwise they are reported and not booked."),
        ),
    ),
    begin=begin,
    check=check,
    worth=worth,
)
