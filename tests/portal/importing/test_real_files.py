"""Real exports of others, read as an importer reads them; skipped by name where the data is not at hand."""

import os
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path

import pytest

from portal.importing import cells as parse
from portal.importing.mapping import Column, Mapping, RowReader
from portal.importing.outcomes import Tally
from portal.importing.reading import open_table

DATA = Path(os.environ.get("SANYA_DATA", Path(__file__).parents[4] / "shared" / "data"))
INVOICES = DATA / "online_retail" / "online_retail_2010-12_2011-08.csv.gz"
NORTHWIND = DATA / "northwind"

pytestmark = pytest.mark.realdata

LINES = (
    Column("order_no", "Order number", parse.code, required=True, synonyms=("invoice no", "order id")),
    Column(
        "sku", "SKU", partial(parse.code, upper=True), required=True, synonyms=("stock code", "product id")
    ),
    Column("name", "Name", parse.text, synonyms=("description",)),
    Column("quantity", "Quantity", parse.whole_number, required=True),
    Column("ordered_at", "Ordered at", parse.instant, synonyms=("invoice date",)),
    Column(
        "price",
        "Unit price",
        partial(parse.decimal_number, places=4),
        required=True,
        synonyms=("unit price",),
    ),
    Column("customer_no", "Customer number", parse.code, synonyms=("customer id",)),
    Column("country", "Country", parse.text),
    Column("discount_bp", "Discount", parse.basis_points, default=0),
)


@pytest.mark.skipif(not INVOICES.exists(), reason="the online-retail invoices are not at hand")
def test_the_invoices_of_a_wholesaler_come_out_to_the_last_penny():
    table = open_table(INVOICES)
    reader = RowReader(Mapping.guessed(table.headers, LINES), LINES)
    tally = Tally()
    seen: dict[str, set[str | None]] = {key: set() for key in ("order_no", "sku", "customer_no")}
    last = 0
    for number, cells in table:
        line, problems = reader.read(cells)
        assert not problems
        value = line["price"] * line["quantity"]
        tally.read(value)
        tally.booked(value, booked_as=value.quantize(Decimal("0.01"), ROUND_HALF_UP))
        for key, values in seen.items():
            values.add(line[key])
        last = number
    sums = tally.reconcile()
    assert (tally.rows_read, last) == (320_705, 320_706)
    assert len(seen["order_no"]) == 16_459
    assert sum(str(number).startswith("C") for number in seen["order_no"]) == 2_554
    assert len(seen["customer_no"] - {None}) == 3_360
    assert len(seen["sku"]) == 3_680
    assert sums.holds
    assert (sums.booked, sums.rounding) == (Decimal("5761931.38"), Decimal("0.002"))


@pytest.mark.skipif(not NORTHWIND.exists(), reason="the Northwind tables are not at hand")
def test_the_lines_of_northwind_come_out_to_the_last_cent():
    table = open_table(NORTHWIND / "order_details.csv")
    reader = RowReader(Mapping.guessed(table.headers, LINES), LINES)
    exact = per_line = Decimal(0)
    orders = set()
    count = 0
    for _, cells in table:
        line, problems = reader.read(cells)
        assert not problems
        value = line["price"] * line["quantity"] * (10_000 - line["discount_bp"]) / 10_000
        exact += value
        per_line += value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        orders.add(line["order_no"])
        count += 1
    assert (count, len(orders)) == (2_155, 830)
    assert exact == Decimal("1265793.0395")
    assert per_line == Decimal("1265793.29")


@pytest.mark.skipif(not NORTHWIND.exists(), reason="the Northwind tables are not at hand")
def test_every_table_of_northwind_is_read_row_by_row():
    counts = {file.stem: sum(1 for _ in open_table(file)) for file in NORTHWIND.glob("*.csv")}
    assert counts == {
        "categories": 8,
        "customers": 91,
        "employee_territories": 49,
        "employees": 9,
        "order_details": 2_155,
        "orders": 830,
        "products": 77,
        "region": 4,
        "shippers": 6,
        "suppliers": 29,
        "territories": 53,
        "us_states": 51,
    }
