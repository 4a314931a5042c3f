from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.importing.cells import (
    CellError,
    amount,
    basis_points,
    decimal_number,
    exact_number,
    price,
    uses_decimal_comma,
    whole_number,
)

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0", "0"),
        (" 12 ", "12"),
        ("1,234", "1234"),
        ("1,234,567.50", "1234567.50"),
        ("1 234", "1234"),
        ("1\u00a0234\u202f567.5", "1234567.5"),
        ("1'234.50", "1234.50"),
        ("12,34,567", "1234567"),
        ("๑,๒๓๔.๕๐", "1234.50"),
        ("１２３．５", "123.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-7", "-7"),
        ("−7", "-7"),
        ("7-", "-7"),
        ("+7", "7"),
        ("(1,234.50)", "-1234.50"),
        ("฿1,234.50", "1234.50"),
        ("-฿5", "-5"),
        ("฿-5", "-5"),
        ("1,234.50 บาท", "1234.50"),
        ("THB 20", "20"),
        ("£2.55", "2.55"),
        ("1.5E+3", "1500"),
        ("9.80000019", "9.80000019"),
    ],
)
def test_a_number_is_read_exactly_however_it_is_written(written: str, number: str):
    assert exact_number(written) == Decimal(number)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        ".",
        ",",
        "abc",
        "1.2.3",
        "1,23",
        "1,2345",
        "12 34",
        "1-2",
        "--1",
        "1,234.5.6",
        "٪",
        "1e999",
        "NaN",
        "Infinity",
        "9" * 16,
        "9" * 70,
        "0x1F",
        "1_000",
        "5 pcs",
    ],
)
def test_what_is_no_number_is_not_guessed_at(written: str):
    with pytest.raises(CellError):
        exact_number(written)


def test_a_float_of_a_sheet_keeps_the_digits_that_were_typed():
    assert exact_number(0.1) == Decimal("0.1")
    assert exact_number(34.7999992) == Decimal("34.7999992")
    for none in (float("nan"), float("inf"), True):
        with pytest.raises(CellError):
            exact_number(none)


@pytest.mark.parametrize(
    ("written", "rounded"),
    [
        ("9.80000019", "9.8000"),
        ("34.7999992", "34.8000"),
        ("0.00005", "0.0001"),
        ("-0.00005", "-0.0001"),
        ("0.00004999", "0.0000"),
        ("2.55", "2.5500"),
    ],
)
def test_a_price_is_rounded_half_up_to_four_places(written: str, rounded: str):
    assert str(decimal_number(written)) == rounded


def test_a_price_may_not_be_negative_unless_the_column_allows_it():
    with pytest.raises(CellError, match="negative"):
        price("-11062.06")
    assert decimal_number("-11062.06") == Decimal("-11062.06")


@pytest.mark.parametrize("written", ["1,234", "1 234", "1234.0", "๑๒๓๔", 1234, 1234.0, "1,234.00"])
def test_a_quantity_may_carry_separators_and_a_nought_behind_the_point(written: str | float):
    assert whole_number(written) == 1234


@pytest.mark.parametrize("written", ["12.5", 12.5, "0.1"])
def test_part_of_a_piece_is_no_quantity(written: str | float):
    with pytest.raises(CellError, match="whole number"):
        whole_number(written)


def test_a_quantity_stays_within_its_bounds():
    with pytest.raises(CellError, match="at least 1"):
        whole_number("0", least=1)
    with pytest.raises(CellError, match="at most 10"):
        whole_number("11", most=10)
    with pytest.raises(CellError, match="negative"):
        whole_number("-1", least=0)


@pytest.mark.parametrize(
    ("written", "number"),
    [("12,5", "12.5"), ("1.234,56", "1234.56"), ("1.234", "1234"), ("1 234,5", "1234.5"), ("0,123", "0.123")],
)
def test_a_comma_is_the_decimal_mark_when_the_file_says_so(written: str, number: str):
    assert exact_number(written, decimal_comma=True) == Decimal(number)


def test_a_misplaced_comma_or_point_is_told_as_such():
    with pytest.raises(CellError, match="decimals are set to a point"):
        exact_number("12,5")
    with pytest.raises(CellError, match="decimals are set to a comma"):
        exact_number("12.5", decimal_comma=True)


@pytest.mark.parametrize(
    ("column", "comma"),
    [
        (["12,5", "3"], True),
        (["1.234,56"], True),
        (["1,234"], False),
        (["12,5", "12.5"], False),
        ([], False),
        (["1,234", "0,5"], True),
        (["1,234.50"], False),
        ([12.5], False),
    ],
)
def test_a_column_shows_whether_it_writes_decimals_with_a_comma(column: list, comma: bool):
    assert uses_decimal_comma(column) is comma


@pytest.mark.parametrize(
    ("written", "given_as", "share"),
    [
        ("5%", "fraction", 500),
        ("5 %", "percent", 500),
        ("0.05", "fraction", 500),
        ("5", "percent", 500),
        ("0.0500000007", "fraction", 500),
        ("0.0299999993", "fraction", 300),
        (0.15, "fraction", 1500),
        ("๗%", "fraction", 700),
        ("12.5%", "fraction", 1250),
        ("0", "fraction", 0),
        ("1", "fraction", 10_000),
    ],
)
def test_a_share_is_read_in_basis_points(written: str | float, given_as: str, share: int):
    assert basis_points(written, given_as=given_as) == share


@pytest.mark.parametrize("written", ["5", "101%", "-1%", "%", "many"])
def test_a_share_beyond_the_whole_is_refused(written: str):
    with pytest.raises(CellError):
        basis_points(written)


def test_an_amount_comes_in_the_minor_unit_of_its_currency():
    assert amount("1,234.505") == 123_451
    assert amount("1,234.5", currency="JPY") == 1_235


@given(st.integers(-(10**14), 10**14))
def test_thai_digits_and_separators_come_back_as_the_number(number: int):
    assert whole_number(f"{number:,}".translate(THAI_DIGITS)) == number


@given(st.decimals(-(10**10), 10**10, places=4))
def test_a_written_price_comes_back_to_the_last_digit(number: Decimal):
    assert decimal_number(f"{number:,f}") == exact_number(f"{number:f}") == number


@given(st.decimals(-(10**10), 10**10, places=3))
def test_both_ways_of_writing_decimals_give_the_same_number(number: Decimal):
    swapped = f"{number:,f}".translate(str.maketrans(",.", ".,"))
    assert exact_number(swapped, decimal_comma=True) == number


@given(st.floats(-1e9, 1e9))
def test_a_number_of_a_sheet_means_what_its_shortest_digits_say(number: float):
    assert float(exact_number(number)) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_complaint(written: str):
    for comma in (False, True):
        try:
            exact_number(written, decimal_comma=comma)
        except CellError:
            continue
