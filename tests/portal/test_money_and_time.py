"""Exact money, Bangkok days, and how both are written in two languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import clock, i18n
from portal.i18n import (
    day_text,
    moment_text,
    money_text,
    month_text,
    name_of,
    percent_text,
    price_text,
    speaking,
)
from portal.money import Money, half_up, line_amount, minor_digits, tax_amount, to_major, to_minor

prices = st.decimals("0", "99999.9999", places=4)


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("0.49", 0)]
)
def test_halves_go_away_from_zero(value, rounded):
    assert half_up(Decimal(value)) == rounded


@pytest.mark.parametrize(
    ("price", "quantity", "discount_bp", "satang"),
    [
        ("12.3450", 3, 0, 3704),
        ("0.0050", 1, 0, 1),
        ("0.0049", 1, 0, 0),
        ("100.0000", 3, 1000, 27000),
        ("9.9900", 7, 333, 6760),
    ],
)
def test_a_line_is_rounded_once(price, quantity, discount_bp, satang):
    assert line_amount(Decimal(price), quantity, "THB", discount_bp=discount_bp) == satang


@given(prices, st.integers(1, 10_000))
def test_a_line_is_never_half_a_satang_off(price, quantity):
    assert abs(line_amount(price, quantity, "THB") - price * quantity * 100) <= Decimal("0.5")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["THB", "JPY", "USD"]))
def test_minor_units_go_to_major_ones_and_back(minor, currency):
    assert to_minor(to_major(minor, currency), currency) == minor


def test_tax_is_rounded_half_up_and_yen_have_no_satang():
    assert [tax_amount(net, 700) for net in (50, 107, 100, 0)] == [4, 7, 7, 0]
    assert (minor_digits("JPY"), minor_digits("THB")) == (0, 2)


def test_two_currencies_never_meet():
    assert (Money(1, "THB") + Money(2, "THB")).minor == 3
    with pytest.raises(ValueError, match="THB and USD"):
        Money(1, "THB") + Money(1, "USD")


def test_a_day_ends_when_the_clocks_of_bangkok_say_so():
    late = datetime(2026, 4, 1, 16, 59, tzinfo=UTC)
    assert clock.business_day(late) == date(2026, 4, 1)
    assert clock.business_day(late.replace(hour=17)) == date(2026, 4, 2)
    assert clock.end_of(date(2026, 4, 1)) == datetime(2026, 4, 1, 16, 59, 59, tzinfo=UTC)


def test_days_are_written_as_people_write_them_with_buddhist_years_in_thai():
    day, instant = date(2026, 4, 20), datetime(2026, 4, 19, 17, 30, tzinfo=UTC)
    with speaking("th"):
        assert day_text(day) == "จ. 20 เม.ย. 2569"
        assert moment_text(instant) == "จ. 20 เม.ย. 2569 00:30"
        assert month_text(day) == "เม.ย. 2569"
    with speaking("en"):
        assert day_text(day) == "Mon 20 Apr 2026"
        assert day_text(day, weekday=False) == "20 Apr 2026"
        assert moment_text(instant) == "Mon 20 Apr 2026 00:30"


def test_nothing_known_is_a_dash():
    assert [day_text(None), moment_text(None), money_text(None), price_text(None), percent_text(None)] == [
        "–"
    ] * 5


def test_amounts_carry_their_sign_and_prices_two_to_four_decimals():
    assert money_text(123_450) == "฿1,234.50"
    assert money_text(1234, "JPY") == "¥1,234"
    assert [price_text(Decimal(p)) for p in ("12.3450", "12.0000", "0.0001")] == [
        "฿12.345",
        "฿12.00",
        "฿0.0001",
    ]
    assert percent_text(Decimal("0.964")) == "96.4 %"


def test_a_thing_is_named_in_the_language_spoken_and_else_in_the_other():
    with speaking("en"):
        assert name_of({"name_th": "สบู่", "name_en": "Soap"}) == "Soap"
        assert name_of({"name_th": "สบู่", "name_en": ""}) == "สบู่"
    with speaking("th"):
        assert name_of({"name_th": "สบู่", "name_en": "Soap"}) == "สบู่"


def test_an_unknown_language_is_thai_and_speaking_is_given_back():
    with speaking("en"):
        with speaking("xx"):
            assert i18n.language() == "th"
        assert i18n.language() == "en"
