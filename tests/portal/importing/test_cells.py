from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.importing.cells import (
    CellError,
    Unreadable,
    code,
    currency,
    email,
    gtin,
    one_of,
    shown,
    text,
    thai_tax_id,
    yes_no,
)


def in_sheet(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - cells of sheets know no zone


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("  Soap, mild ", "Soap, mild"),
        ("\ufeffSoap\u00a0", "Soap"),
        ("Soap\r\nmild", "Soap mild"),
        ("Soap\x0bmild", "Soap mild"),
        ("Mataderos  2312", "Mataderos  2312"),
        ("สบู่เหลวน้ำผึ้ง", "สบู่เหลวน้ำผึ้ง"),
        ("cafe\u0301", "café"),
        (12, "12"),
        (12.0, "12"),
        (1.5, "1.5"),
        (8.85e12, "8850000000000"),
        (in_sheet(2024, 1, 31), "2024-01-31"),
        (True, "TRUE"),
    ],
)
def test_words_are_kept_as_written_but_for_their_edges(cell: object, words: str):
    assert text(cell) == words  # type: ignore[arg-type]


def test_lines_are_kept_where_the_column_has_lines():
    assert text("88 หมู่ 4\r\nบางพลี\tสมุทรปราการ", lines=True) == "88 หมู่ 4\nบางพลี สมุทรปราการ"


def test_words_longer_than_the_column_holds_are_refused_not_cut():
    with pytest.raises(CellError, match="longer than 10"):
        text("x" * 11, most=10)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("17850", "17850"),
        ("17850.0", "17850"),
        (17850.0, "17850"),
        (17850, "17850"),
        ("00123", "00123"),
        (" 85123a ", "85123a"),
        ("1.5", "1.5"),
        ("BANK CHARGES", "BANK CHARGES"),
    ],
)
def test_a_code_loses_the_nought_that_spreadsheets_add_and_nothing_else(cell: str | float, number: str):
    assert code(cell) == number


def test_a_code_may_be_told_to_ignore_case_and_holds_no_line_breaks():
    assert code("85123a", upper=True) == "85123A"
    with pytest.raises(CellError, match="do not belong"):
        code("85\n123")


@pytest.mark.parametrize(
    "cell", ["8850999320007", 8850999320007, "8850999320007.0", "8 850999 320007", "๘๘๕๐๙๙๙๓๒๐๐๐๗"]
)
def test_a_barcode_number_is_read_with_its_check_digit(cell: str | int):
    assert gtin(cell) == "8850999320007"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("8850999320008", "check digit"),
        ("885099932", "8, 12, 13 or 14"),
        ("8.851E+12", "shortened"),
        ("abc", "8, 12"),
    ],
)
def test_a_wrong_barcode_number_is_refused(cell: str, reason: str):
    with pytest.raises(CellError, match=reason):
        gtin(cell)


@pytest.mark.parametrize("cell", ["0994000617721", "0-9940-00617-72-1", "๐๙๙๔๐๐๐๖๑๗๗๒๑"])
def test_a_thai_tax_id_is_read_with_its_check_digit(cell: str):
    assert thai_tax_id(cell) == "0994000617721"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0994000617722", "check digit"),
        ("994000617721", "13 digits"),
        ("9.94E+11", "shortened"),
        ("", "13 digits"),
    ],
)
def test_a_wrong_tax_id_is_refused(cell: str, reason: str):
    with pytest.raises(CellError, match=reason):
        thai_tax_id(cell)


def test_an_address_of_mail_must_look_like_one():
    assert email(" Somchai@Example.COM ") == "Somchai@example.com"
    with pytest.raises(CellError, match="e-mail"):
        email("somchai at example")


@pytest.mark.parametrize(
    ("cell", "letters"), [("thb", "THB"), ("฿", "THB"), ("บาท", "THB"), ("GBP", "GBP"), ("€", "EUR")]
)
def test_a_currency_is_known_by_letters_or_a_sign_that_means_one(cell: str, letters: str):
    assert currency(cell) == letters


@pytest.mark.parametrize("cell", ["$", "XXXX", "", "Thai"])
def test_a_currency_that_is_not_clear_is_refused(cell: str):
    with pytest.raises(CellError, match="three letters"):
        currency(cell)


def test_yes_and_no_are_understood_in_both_languages():
    assert [yes_no(cell) for cell in ("Yes", "1", "ใช่", True, 1, "x", "TRUE")] == [True] * 7
    assert [yes_no(cell) for cell in ("no", "0", "ไม่ใช่", False, 0, "FALSE")] == [False] * 6
    with pytest.raises(CellError, match="yes or no"):
        yes_no("maybe")


def test_a_choice_is_taken_by_any_of_its_names():
    kinds = {"wholesale": "wholesale", "ขายส่ง": "wholesale", "retail": "retail"}
    assert one_of("Wholesale", choices=kinds) == one_of("ขายส่ง", choices=kinds) == "wholesale"
    with pytest.raises(CellError, match="wholesale, ขายส่ง, retail"):
        one_of("other", choices=kinds)


def test_an_unreadable_cell_says_why_to_every_parser():
    cell = Unreadable("The cell shows the error %(error)s.", shown="#N/A", error="#N/A")
    for parse in (text, code, gtin, thai_tax_id, email, currency, yes_no):
        with pytest.raises(CellError, match="error #N/A"):
            parse(cell)
    assert shown(cell) == "#N/A"


def test_a_long_cell_is_shown_shortened():
    assert shown("word " * 50).endswith("…")
    assert len(shown("x" * 500)) == 60


@given(st.text(max_size=50))
def test_any_text_that_is_read_can_be_stored(cell: str):
    words = text(cell)
    assert "\0" not in words
    assert words == text(words)
