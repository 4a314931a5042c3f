from decimal import Decimal
from functools import partial

import pytest

from portal.importing import cells as parse
from portal.importing.cell import Unreadable
from portal.importing.mapping import Column, Mapping, RowReader, guess, read_row
from portal.refusal import Refused

COLUMNS = (
    Column("sku", "SKU", parse.code, required=True, synonyms=("stock code", "รหัสสินค้า")),
    Column("name", "Name", parse.text, synonyms=("description", "ชื่อสินค้า")),
    Column(
        "quantity", "Quantity", partial(parse.whole_number, least=0), required=True, synonyms=("qty", "จำนวน")
    ),
    Column("price", "Unit price", parse.price, synonyms=("price", "ราคา")),
    Column("ordered_on", "Ordered on", parse.day, synonyms=("order date", "invoice date")),
    Column("unit", "Unit", parse.text, default="piece"),
)


def test_headers_are_known_by_their_names_in_any_dress():
    assert guess(["StockCode", "DESCRIPTION", "Qty.", "unit_price", "Invoice Date"], COLUMNS) == {
        "sku": "StockCode",
        "name": "DESCRIPTION",
        "quantity": "Qty.",
        "price": "unit_price",
        "ordered_on": "Invoice Date",
        "unit": None,
    }


def test_headers_are_known_in_thai_with_remarks_and_with_accents():
    assert guess(["รหัสสินค้า", "จำนวน (ชิ้น)", "Prîce [THB]"], COLUMNS) == {
        "sku": "รหัสสินค้า",
        "name": None,
        "quantity": "จำนวน (ชิ้น)",
        "price": "Prîce [THB]",
        "ordered_on": None,
        "unit": None,
    }


def test_thai_headers_that_differ_in_a_tone_mark_are_not_confused():
    column = Column("near", "Near", parse.text, synonyms=("ใกล้",))
    assert guess(["ไกล", "ใกล"], [column]) == {"near": None}


def test_one_column_of_the_file_may_serve_two_fields():
    columns = (
        Column("name_th", "Name (Thai)", parse.text, synonyms=("name",)),
        Column("name_en", "Name (English)", parse.text, synonyms=("name",)),
    )
    assert guess(["name"], columns) == {"name_th": "name", "name_en": "name"}


def test_a_number_sign_is_read_as_number():
    assert guess(["Order #"], [Column("order_no", "Order number", parse.code)]) == {"order_no": "Order #"}


def test_the_earlier_synonym_wins():
    column = Column("when", "When", parse.day, synonyms=("invoice date", "date"))
    assert guess(["Date", "Invoice date"], [column]) == {"when": "Invoice date"}


def test_a_mapping_without_a_required_field_is_refused_beside_it():
    mapping = Mapping.guessed(["StockCode", "Price"], COLUMNS)
    assert [column.key for column in mapping.missing(COLUMNS)] == ["quantity"]
    with pytest.raises(Refused, match="gives “Quantity”") as refused:
        mapping.check(COLUMNS)
    assert refused.value.field == "quantity"


def test_a_chosen_header_must_be_in_the_file():
    with pytest.raises(Refused, match="no column “Colour”") as refused:
        Mapping.of(["sku", "qty"], {"sku": "sku", "quantity": "Colour"})
    assert refused.value.field == "quantity"


def test_a_good_row_gives_values_and_defaults():
    mapping = Mapping.guessed(["sku", "qty", "price", "order date"], COLUMNS)
    values, problems = read_row(["A1", "1,200", "", "31/12/2567"], mapping, COLUMNS)
    assert not problems
    assert values["quantity"] == 1200
    assert values["price"] is None
    assert values["unit"] == "piece"
    assert values["ordered_on"].isoformat() == "2024-12-31"


def test_every_problem_of_a_row_is_told_not_only_the_first():
    mapping = Mapping.guessed(["StockCode", "Qty", "Price", "Invoice Date"], COLUMNS)
    values, problems = read_row(["", "12.5", "free", "31/02/2024"], mapping, COLUMNS)
    assert [(problem.column, problem.header, problem.value, str(problem)) for problem in problems] == [
        ("SKU", "StockCode", "", "This must be filled in."),
        ("Quantity", "Qty", "12.5", "This must be a whole number."),
        ("Unit price", "Price", "free", "This is not a number."),
        ("Ordered on", "Invoice Date", "31/02/2024", "There is no such day in the calendar."),
    ]
    assert values == {"name": None, "unit": "piece"}


def test_a_row_that_could_not_be_read_is_one_problem():
    row = [Unreadable("Bad row.", shown="A2 | Gel", whole_row=True)] * 2
    _, problems = read_row(row, Mapping.guessed(["sku", "qty"], COLUMNS), COLUMNS)
    assert [(problem.column, problem.value, problem.message) for problem in problems] == [
        ("", "A2 | Gel", "Bad row.")
    ]


def test_what_the_person_said_of_the_file_reaches_the_parsers_that_know_it():
    mapping = Mapping.guessed(["sku", "qty", "price", "order date"], COLUMNS)
    reader = RowReader(mapping, COLUMNS, decimal_comma=True, day_first=False)
    values, problems = reader.read(["A1", "3", "1.234,50", "12/31/2024"])
    assert not problems
    assert values["price"] == Decimal("1234.5")
    assert values["ordered_on"].day == 31


def test_repeated_cells_are_parsed_once_and_bad_ones_complained_of_each_time():
    asked: list[object] = []

    def counted(cell: object) -> object:
        asked.append(cell)
        return parse.whole_number(cell)  # type: ignore[arg-type]

    reader = RowReader(Mapping.guessed(["n"], [c := Column("n", "N", counted)]), [c])
    for cell in ("5", "5", 1, True, "x", "x"):
        reader.read([cell])
    assert asked == ["5", 1, True, "x", "x"]
    assert len(reader.read(["x"])[1]) == 1
