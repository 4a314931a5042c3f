"""A substitute never costs more than what it stands for, to the satang, with tax and rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.standing_in import units_for
from orders.pricing import LineSum, line_sum
from orders.protecting import Replaced, protected_price


def replaced(price: str | Decimal, counted: int, quantity: int, discount_bp: int = 0) -> Replaced:
    price = Decimal(price)
    sums = line_sum(price, counted, "THB", vat_rate_bp=700, discount_bp=discount_bp)
    return Replaced(price, discount_bp, 700, "THB", counted, quantity, sums)


@pytest.mark.parametrize(
    ("price", "quantity", "units", "listed", "expected"),
    [
        ("10.00", 7, 7, "9.00", "9.0000"),  # cheaper by the list: the list price
        ("10.00", 7, 7, "12.50", "10.0000"),  # dearer by the list: the price of what was ordered
        ("10.00", 7, 21, "5.00", "3.3333"),  # three small ones for each: a third, rounded down
        ("19.99", 10, 10, "25.00", "19.9900"),
        ("19.99", 3, 3, "25.00", "19.9866"),  # taxed apart, 7 and 3 at 19.99 would cost a satang more than 10
    ],
)
def test_the_price_is_the_lower_of_the_two(price, quantity, units, listed, expected):
    assert protected_price(replaced(price, 10, quantity), units, Decimal(listed)) == Decimal(expected)


def test_a_discount_on_what_was_ordered_holds_for_what_stands_for_it():
    assert protected_price(replaced("10.00", 10, 10, 1000), 10, Decimal(20)) == Decimal("9.0000")


def test_what_costs_nothing_is_replaced_for_nothing():
    free = Replaced(Decimal(0), 0, 700, "THB", 5, 5, LineSum(0, 0))
    assert protected_price(free, 5, Decimal(3)) == 0


@given(
    price=st.decimals("0.0001", "9999.9999", places=4),
    counted=st.integers(1, 500),
    share=st.floats(0, 1),
    per_unit=st.integers(1, 24),
    for_units=st.integers(1, 24),
    listed=st.decimals("0.0001", "19999.9999", places=4),
    discount_bp=st.sampled_from([0, 0, 250, 3333]),
)
def test_a_document_never_asks_for_more_after_a_substitution(
    price, counted, share, per_unit, for_units, listed, discount_bp
):
    quantity = max(1, round(counted * share))
    facts = replaced(price, counted, quantity, discount_bp)
    units = units_for(quantity, per_unit, for_units)
    found = protected_price(facts, units, listed)
    paid = line_sum(found, units, "THB", vat_rate_bp=700)
    assert 0 <= found <= listed
    assert facts.rest.net_minor + paid.net_minor <= facts.sums.net_minor
    assert facts.rest.total_minor + paid.total_minor <= facts.sums.total_minor
