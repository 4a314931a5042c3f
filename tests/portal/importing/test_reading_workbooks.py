import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime, time
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from portal.importing import cells as parse
from portal.importing.cell import CellError, Unreadable
from portal.importing.reading import Table, open_table
from portal.importing.source import Limits
from portal.refusal import Refused


def in_sheet(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - cells of sheets know no zone


def written(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(*lines: Sequence[object]) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        for line in lines:
            book.active.append(list(line))

    return written(fill)


def opened(content: bytes, name: str = "goods.xlsx", **options: object) -> Table:
    return open_table(io.BytesIO(content), name, **options)  # type: ignore[arg-type]


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def test_numbers_dates_and_texts_come_as_they_are_in_the_sheet():
    table = opened(
        sheet_of(
            ["sku", "price", "since", "at", "active", "note"],
            ["A1", 12.5, in_sheet(2024, 1, 31), time(9, 30), True, None],
        )
    )
    assert table.headers == ["sku", "price", "since", "at", "active", "note"]
    assert list(table) == [(2, ["A1", 12.5, in_sheet(2024, 1, 31), time(9, 30), True, ""])]
    assert (table.sheet, table.encoding, table.encoding_name) == ("Sheet", None, None)


def test_opening_a_workbook_shuts_out_external_entities():
    assert openpyxl.DEFUSEDXML
    content = changed(
        sheet_of(["sku", "name"], ["A1", "Soap"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"<worksheet", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet', 1
        ),
    )
    with pytest.raises(Refused, match="damaged"):
        list(opened(content))


def test_rows_keep_their_numbers_over_gaps_and_titles():
    def fill(book: openpyxl.Workbook) -> None:
        book.active["A1"] = "Price list"
        book.active["A4"], book.active["B4"], book.active["C4"] = "sku", "name", "price"
        book.active["A6"], book.active["B6"], book.active["C6"] = "A1", "Soap", 5
        book.active["A1000"], book.active["C1000"] = "A2", 7

    table = opened(written(fill))
    assert (table.header_row, table.headers) == (4, ["sku", "name", "price"])
    assert list(table) == [(6, ["A1", "Soap", 5]), (1000, ["A2", "", 7])]


def test_the_first_visible_sheet_is_read_unless_another_is_named():
    def fill(book: openpyxl.Workbook) -> None:
        book.active.title = "Lists"
        book.active.append(["hidden", "list"])
        book.active.sheet_state = "hidden"
        for name, sku in (("สินค้า", "A1"), ("Stock", "B1")):
            sheet = book.create_sheet(name)
            sheet.append(["sku", "name"])
            sheet.append([sku, "Soap"])

    content = written(fill)
    table = opened(content)
    assert (table.sheet, table.sheets) == ("สินค้า", ("Lists", "สินค้า", "Stock"))
    assert list(table) == [(2, ["A1", "Soap"])]
    assert list(opened(content, sheet="Stock")) == [(2, ["B1", "Soap"])]
    with pytest.raises(Refused, match="no sheet named “Prices”"):
        opened(content, sheet="Prices")


def test_merged_cells_give_their_value_once():
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        for line in (["group", "sku", "price"], ["Soap", "A1", 5], [None, "A2", 6]):
            sheet.append(line)
        sheet.merge_cells("A2:A3")

    assert list(opened(written(fill))) == [(2, ["Soap", "A1", 5]), (3, ["", "A2", 6])]


def test_formulas_give_their_saved_results_and_complain_without_one():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["sku", "price", "name"])
        sheet.write(1, 0, "A1")
        sheet.write_formula(1, 1, "=2*3", None, 6)
        sheet.write_formula(1, 2, '=""', None, "")
    # Excel marks a result without letters as a text; XlsxWriter does not.
    marked = changed(
        out.getvalue(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="C2">', b'<c r="C2" t="str">'),
    )
    ((_, cells),) = opened(marked)
    assert cells == ["A1", 6, ""]

    ((_, uncalculated),) = opened(sheet_of(["sku", "price"], ["A1", "=2*3"]))
    assert uncalculated[0] == "A1"
    with pytest.raises(CellError, match="formula without a saved result"):
        parse.price(uncalculated[1])


def test_error_values_and_overlong_texts_spoil_their_cells_only():
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["sku", "price", "name"])
        book.active.append(["A1", "#N/A", "Soap"])
        book.active.append(["A2", 5, "Gel"])

    content = changed(
        written(fill),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b">Gel<", b">" + b"x" * 40_000 + b"<"),
    )
    (_, first), (_, second) = opened(content)
    assert isinstance(first[1], Unreadable)
    assert first[1].error().params == {"error": "#N/A"}
    assert isinstance(second[2], Unreadable)
    assert (first[2], second[1]) == ("Soap", 5)


def test_a_price_typed_into_a_sheet_comes_out_to_the_last_digit():
    ((_, cells),) = opened(sheet_of(["sku", "price"], ["A1", 34.7999992]))
    assert parse.exact_number(cells[1]) == Decimal("34.7999992")
    assert parse.price(cells[1]) == Decimal("34.8000")


def test_a_text_in_several_styles_is_one_text_without_its_reading_aid():
    rich = (
        b'<c r="B2" t="inlineStr"><is><r><t>Soap, </t></r><r><rPr><b/></rPr><t>mild</t></r>'
        b'<rPh sb="0" eb="1"><t>aid</t></rPh></is></c>'
    )
    content = changed(
        sheet_of(["sku", "name"], ["A1", "Soap"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<c r="B2".*?</c>', rich, xml),
    )
    assert list(opened(content)) == [(2, ["A1", "Soap, mild"])]


def test_a_date_that_no_calendar_holds_spoils_its_cell_only():
    content = changed(
        sheet_of(["sku", "since"], ["A1", in_sheet(2024, 1, 31)]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v>45322</v>", b"<v>99999999</v>"),
    )
    ((_, cells),) = opened(content)
    assert isinstance(cells[1], Unreadable)


def test_notes_beside_the_table_do_not_spoil_its_rows():
    goods = [[f"A{number}", "Soap"] for number in range(40)]
    table = opened(sheet_of(["sku", "name"], *goods, ["B1", "Gel", None, "ask Somchai"]))
    assert table.headers == ["sku", "name"]
    assert list(table)[-1] == (42, ["B1", "Gel"])


def test_a_sheet_that_claims_a_million_rows_and_all_columns_is_read_by_what_it_holds():
    content = changed(
        sheet_of(["sku", "name"], ["A1", "Soap"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml),
    )
    assert list(opened(content)) == [(2, ["A1", "Soap"])]


def test_a_row_that_claims_an_absurd_number_does_not_hold_the_house_up():
    content = changed(
        sheet_of(["sku", "name"], ["A1", "Soap"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            xml.replace(b'<row r="2"', b'<row r="99999999999"')
            .replace(b' r="A2"', b"")
            .replace(b' r="B2"', b"")
        ),
    )
    assert [cells for _, cells in opened(content)] == [["A1", "Soap"]]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "nothing in the file"),
        ([["sku", "name"]], "no rows below"),
        ([[f"h{number}" for number in range(300)], [1]], "more than 256 columns"),
    ],
)
def test_a_sheet_without_a_table_is_refused(lines: list[Sequence[object]], reason: str):
    with pytest.raises(Refused, match=reason):
        opened(sheet_of(*lines))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_workbook_cut_short_is_refused(share: float):
    content = sheet_of(["sku", "name"], *(["A1", f"Soap {number}"] for number in range(500)))
    with pytest.raises(Refused, match="damaged"):
        list(opened(content[: int(len(content) * share)]))


def test_a_workbook_whose_sheet_is_broken_is_refused():
    content = changed(
        sheet_of(["sku", "name"], ["A1", "Soap"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml[: len(xml) // 2],
    )
    with pytest.raises(Refused, match="damaged"):
        list(opened(content))


def package(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in parts.items():
            pack.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (package(readme_dot_txt=b"hello"), "some other kind"),
        (package(word__document_dot_xml=b"<x/>"), "some other kind"),
        (package(xl__workbook_dot_bin=b"x"), "binary workbook"),
        (package(xl__workbook_dot_xml=b"<x/>"), "damaged"),
        (
            package(xl__workbook_dot_xml=b"<x/>", xl__worksheets__sheet1_dot_xml=bytes(80_000_000)),
            "unpacks to more",
        ),
    ],
    ids=["no workbook", "a letter", "xlsb", "an empty shell", "bomb"],
)
def test_packages_that_are_no_sound_workbook_are_refused(content: bytes, reason: str):
    with pytest.raises(Refused, match=reason):
        opened(content)


def test_a_workbook_with_too_much_shared_text_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_column(0, 0, ["sku", "A1"])
    with pytest.raises(Refused, match="more text than is read at once"):
        opened(out.getvalue(), limits=Limits(shared_text_bytes=10))


def test_an_encrypted_part_is_told_as_a_password():
    content = bytearray(sheet_of(["sku", "name"], ["A1", "Soap"]))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, directory + 8, 1)
    with pytest.raises(Refused, match="password"):
        opened(bytes(content))


def test_a_workbook_is_known_by_its_content_whatever_its_name():
    assert list(opened(sheet_of(["sku", "name"], ["A1", "Soap"]), "goods.csv")) == [(2, ["A1", "Soap"])]
