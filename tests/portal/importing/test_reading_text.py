import csv
import gzip
import io
import random
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.importing.cell import Unreadable
from portal.importing.reading import Table, open_table
from portal.importing.source import Limits
from portal.refusal import Refused

THAI = "รหัส,ชื่อสินค้า,ราคา\nA1,สบู่เหลวน้ำผึ้ง,12.50\nA2,แชมพูสมุนไพร,89\n"


def opened(content: bytes | str, name: str = "goods.csv", **options: object) -> Table:
    data = content.encode() if isinstance(content, str) else content
    return open_table(io.BytesIO(data), name, **options)  # type: ignore[arg-type]


def rows(content: bytes | str, name: str = "goods.csv", **options: object) -> list[tuple[int, list]]:
    return list(opened(content, name, **options))


def test_a_plain_table_gives_headers_and_rows_numbered_as_on_the_page():
    table = opened("sku,name,price\nA1,Soap,12.50\nA2,Shampoo,89\n")
    assert table.headers == ["sku", "name", "price"]
    assert list(table) == [(2, ["A1", "Soap", "12.50"]), (3, ["A2", "Shampoo", "89"])]


def test_a_table_can_be_read_again_from_its_start_and_tells_how_far_it_is():
    table = opened("sku,name\n" + "A1,Soap\n" * 50_000)
    first = iter(table)
    next(first)
    assert table.progress() < 1
    assert len(list(table)) == len(list(table)) == 50_000
    assert table.progress() == 1


def test_a_file_that_was_handed_in_stays_open():
    file = io.BytesIO(b"sku,name\nA1,Soap\n")
    list(open_table(file, "goods.csv"))
    assert not file.closed


def test_an_upload_kept_in_a_spooled_file_is_read():
    with tempfile.SpooledTemporaryFile(max_size=8) as file:
        file.write(b"sku,name\nA1,Soap\n")
        assert list(open_table(file, "goods.csv")) == [(2, ["A1", "Soap"])]  # type: ignore[arg-type]


def test_a_path_needs_no_name(tmp_path: Path):
    (tmp_path / "goods.csv").write_text("sku\nA1\n")
    assert list(open_table(tmp_path / "goods.csv")) == [(2, ["A1"])]


@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 LE"),
        ("utf-16-be", "UTF-16 BE"),
        ("tis-620", "TIS-620 / Windows-874"),
        ("cp874", "TIS-620 / Windows-874"),
    ],
)
def test_thai_is_read_in_whatever_encoding_it_comes(encoding: str, called: str):
    table = opened(THAI.encode(encoding))
    assert table.encoding_name == called
    assert table.headers == ["รหัส", "ชื่อสินค้า", "ราคา"]
    assert [cells[1] for _, cells in table] == ["สบู่เหลวน้ำผึ้ง", "แชมพูสมุนไพร"]


def test_western_accents_of_an_old_export_are_not_taken_for_thai():
    table = opened("name,city\nToms Spezialitäten,Münster\nSuprêmes délices,São Paulo\n".encode("cp1252"))
    assert table.encoding_name == "Windows-1252"
    assert [cells for _, cells in table] == [
        ["Toms Spezialitäten", "Münster"],
        ["Suprêmes délices", "São Paulo"],
    ]


def test_letters_that_are_neither_thai_nor_western_are_not_guessed_at():
    with pytest.raises(Refused, match="could not be told"):
        opened("товар,цена\nМыло душистое юбилейное,5\nЩётка,7\n".encode("cp1251"))


def test_the_encoding_may_be_said_by_the_person():
    assert opened("товар\nМыло\n".encode("cp1251"), encoding="cp1251").headers == ["товар"]


def test_one_damaged_letter_in_a_unicode_file_spoils_its_cell_only():
    content = (THAI * 20).encode() + b"A3,so\xffap,5\n"
    table = opened(content)
    assert table.encoding_name == "UTF-8"
    *_, (number, cells) = table
    assert number == 61
    assert isinstance(cells[1], Unreadable)
    assert "damaged" in cells[1].message
    assert cells[2] == "5"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str):
    text = "\n".join(delimiter.join(row) for row in (["sku", "name", "price"], ["A1", "Soap", "12"]))
    table = opened(text)
    assert table.delimiter == delimiter
    assert table.headers == ["sku", "name", "price"]


def test_semicolons_win_over_the_decimal_commas_between_them():
    table = opened("sku;price;weight\nA1;12,50;1,5\nA2;89,00;2,25\nA3;7,10;0,5\n")
    assert table.delimiter == ";"
    assert next(iter(table)) == (2, ["A1", "12,50", "1,5"])


def test_the_note_of_the_delimiter_that_excel_writes_is_no_header():
    table = opened("sep=;\nsku;name\nA1;Soap, mild\n")
    assert table.headers == ["sku", "name"]
    assert list(table) == [(3, ["A1", "Soap, mild"])]


def test_title_and_blank_rows_above_the_headers_are_passed_over():
    table = opened("Stock of all branches,,\nas of 1 June,,\n\n,,\nsku,name,on hand\nA1,Soap,4\n")
    assert (table.header_row, table.headers) == (5, ["sku", "name", "on hand"])
    assert list(table) == [(6, ["A1", "Soap", "4"])]


def test_empty_rows_are_left_out_and_keep_their_numbers():
    assert rows("sku,name\n\nA1,Soap\n , \n,\nA2,Gel\n") == [(3, ["A1", "Soap"]), (6, ["A2", "Gel"])]


def test_line_breaks_inside_quotation_marks_count_as_lines():
    assert rows('sku,name\nA1,"Soap\nmild"\nA2,Gel\n') == [(2, ["A1", "Soap\nmild"]), (4, ["A2", "Gel"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_computer(end: str):
    assert rows(end.join(["sku,name", "A1,Soap", "A2,Gel"])) == [(2, ["A1", "Soap"]), (3, ["A2", "Gel"])]


def test_columns_without_a_name_or_with_the_same_name_can_be_told_apart():
    table = opened("sku,,name,name\nA1,x,Soap,สบู่\n")
    assert table.headers == ["sku", "(B)", "name", "name (2)"]


def test_short_rows_are_filled_up():
    assert rows("sku,name,price\nA1,Soap\n") == [(2, ["A1", "Soap", ""])]


def test_a_row_with_more_cells_than_headers_is_unreadable_since_its_cells_have_shifted():
    (_, good), (number, bad), (_, after) = rows("sku,name,price\nA1,Soap,5\nA2,Gel, blue,7\nA3,Oil,9\n")
    assert (good[2], after[2], number) == ("5", "9", 3)
    assert isinstance(bad[0], Unreadable)
    assert bad[0].whole_row
    assert bad[0].error().params == {"found": 4, "expected": 3}


def test_a_quotation_mark_never_closed_spoils_its_own_row_only():
    found = rows('sku,name\nA1,Soap\nA2,"5 inch\nA3,Gel\nA4,Oil\n')
    assert [number for number, _ in found] == [2, 3, 4, 5]
    assert [isinstance(cells[0], Unreadable) for _, cells in found] == [False, True, False, False]


def test_two_stray_quotation_marks_do_not_swallow_the_rows_between_them():
    found = rows('sku,name\nA1,"5 inch\nA2,Gel\nA3,Oil\nA4,"7 inch\nA5,Soap\n')
    assert [(number, isinstance(cells[0], Unreadable)) for number, cells in found] == [
        (2, True),
        (3, False),
        (4, False),
        (5, True),
        (6, False),
    ]


def test_a_quotation_mark_left_open_for_thousands_of_rows_loses_none_of_them():
    good = [f"A{number},Soap" for number in range(5_000)]
    found = rows("\n".join(["sku,name", *good[:100], 'B,"5 inch', *good[100:]]))
    unreadable = [number for number, cells in found if isinstance(cells[0], Unreadable)]
    assert (len(found), unreadable) == (5_001, [102])


def test_a_cell_of_five_megabytes_spoils_its_own_row_only():
    found = rows("sku,name\nA1,Soap\nA2," + "x" * 5_000_000 + "\nA3,Gel\n")
    assert [number for number, _ in found] == [2, 3, 4]
    assert isinstance(found[1][1][1], Unreadable)
    assert found[1][1][1].error().params == {"most": 32_767}
    assert found[1][1][0] == "A2"


def test_a_nul_character_spoils_its_cell():
    ((_, cells),) = rows("sku,name\nA1,So\0ap\n")
    assert isinstance(cells[1], Unreadable)
    assert "NUL" in cells[1].message


def test_a_compressed_table_is_read_like_a_plain_one():
    table = opened(gzip.compress(THAI.encode("cp874")), "goods.csv.gz")
    assert (table.encoding_name, len(list(table))) == ("TIS-620 / Windows-874", 2)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "goods.csv", "empty"),
        (b"\n\n \n,,\n", "goods.csv", "nothing in the file"),
        (b"sku,name\n", "goods.csv", "no rows below"),
        (b"sku,name\n\n,\n", "goods.csv", "no rows below"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "goods.csv", "something else"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "goods.xlsx", "not one"),
        (b"%PDF-1.7\n", "goods.txt", "something else"),
        (b"<html><table><tr><td>sku</td></tr></table>", "goods.csv", "web page"),
        (b"sku,name\nA1,Soap\n", "goods.xlsx", "not one"),
        (b"sku,name\nA1,Soap\n", "goods.doc", "this kind are not read"),
        (gzip.compress(b""), "goods.csv.gz", "empty"),
        (gzip.compress(b"\x89PNG"), "goods.csv.gz", "something else"),
        (gzip.compress(THAI.encode())[:-12], "goods.csv.gz", "damaged"),
        (gzip.compress(random.Random(1).randbytes(9_999))[:5_000], "goods.csv.gz", "damaged"),
        (THAI.encode("utf-16")[:-1], "goods.csv", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "goods.xls", "old Excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "goods.xlsx",
            "password",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_by_what_it_is(content: bytes, name: str, reason: str):
    with pytest.raises(Refused, match=reason):
        rows(content, name)


@pytest.mark.parametrize(
    ("content", "limits", "reason"),
    [
        (b"a,b\n" + b"1,2\n" * 600_000, Limits(file_bytes=1 << 20), "larger than 1 MB"),
        (b"a,b\n" + b"1,2\n" * 100, Limits(rows=50), "more than 50 rows"),
        (b",".join(b"h%d" % n for n in range(300)) + b"\n1,2\n", Limits(), "more than 256 columns"),
        (b"x" * 40_000_000, Limits(), "not a table"),
        (gzip.compress(b"%s,0\n" % (b"0" * 1000) * 50_000), Limits(), "unpacks to more"),
        (gzip.compress(b"0,1,2,3,4\n" * 300_000), Limits(expanded_bytes=1 << 20), "unpacks to more"),
    ],
    ids=["too big", "too many rows", "too many columns", "one endless line", "bomb", "too big unpacked"],
)
def test_a_file_beyond_the_limits_is_refused(content: bytes, limits: Limits, reason: str):
    name = "goods.csv.gz" if content[:2] == b"\x1f\x8b" else "goods.csv"
    with pytest.raises(Refused, match=reason):
        open_table(io.BytesIO(content), name, limits=limits)


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=6), st.sampled_from([",", ";", "\t", "|"]))
def test_any_text_in_a_cell_survives_writing_and_reading(pairs: list[tuple[str, str]], delimiter: str):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "note"])
    writer.writerows(pairs)
    try:
        table = opened(out.getvalue(), delimiter=delimiter)
    except Refused:
        assert not any(cell.strip() for pair in pairs for cell in pair)
        return
    kept = [list(pair) for pair in pairs if any(cell.strip() for cell in pair)]
    assert [cells for _, cells in table] == kept


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("ab,\n\r", max_size=8), min_size=1, max_size=8))
def test_row_numbers_are_the_lines_where_the_records_start(cells: list[str]):
    kept = [f"x{cell}" for cell in cells]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([["name", "note"], *([cell, "y"] for cell in kept)])
    found = [(number, row[0]) for number, row in opened(out.getvalue(), delimiter=",")]
    line, expected = 2, []
    for cell in kept:
        expected.append((line, cell))
        line += 1 + len(re.findall("\r\n|\r|\n", cell))
    assert found == expected


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_file_whatever_is_answered_with_a_crash(content: bytes):
    for name in ("goods.csv", "goods.xlsx", "goods.csv.gz"):
        try:
            list(open_table(io.BytesIO(content), name))
        except Refused:
            continue
