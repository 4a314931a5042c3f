"""How many units may be ordered at once, and which quantity is the nearest."""

import pytest

from inventory.models import Lifecycle
from inventory.order_quantities import OrderTerms, misfit, nearest_allowed

BY_SIX = OrderTerms("SOAP", least=10, multiple=6, most=40)
ENDING = OrderTerms("SOAP", Lifecycle.PHASE_OUT, least=6, multiple=6)


@pytest.mark.parametrize(
    ("terms", "quantity", "left", "nearest"),
    [
        (OrderTerms("SOAP"), 1, None, 1),
        (BY_SIX, 1, None, 12),  # ten is the least, twelve the first multiple from there on
        (BY_SIX, 12, None, 12),
        (BY_SIX, 13, None, 18),
        (BY_SIX, 36, None, 36),
        (BY_SIX, 37, None, 36),  # forty is the most, and no multiple lies between
        (BY_SIX, 500, None, 36),
        (ENDING, 6, 20, 6),
        (ENDING, 7, 20, 12),
        (ENDING, 19, 20, 20),  # the next multiple is more than there is
        (ENDING, 20, 20, 20),  # all that is left, whatever the multiple
        (ENDING, 24, 20, 20),
        (ENDING, 2, 4, 4),  # less than the least is left
        (ENDING, 1, 0, 0),
        (ENDING, 7, None, 12),  # where nobody asks what is left
        (OrderTerms("SOAP", Lifecycle.PHASE_OUT, most=3), 9, 5, 3),
        (OrderTerms("SOAP", Lifecycle.DISCONTINUED), 5, 100, 0),
        (OrderTerms("SOAP", Lifecycle.NEW), 5, 0, 5),  # a new product may wait for stock like any other
    ],
)
def test_the_nearest_quantity_lies_above_or_is_the_most_there_is(
    terms: OrderTerms, quantity: int, left: int | None, nearest: int
) -> None:
    assert nearest_allowed(terms, quantity, left) == nearest
    found = misfit(terms, quantity, left)
    assert (found is None) == (quantity == nearest)
    assert found is None or found.nearest == nearest


@pytest.mark.parametrize(
    ("terms", "quantity", "left", "said"),
    [
        (BY_SIX, 1, None, "At least 10 units of SOAP are ordered at once; the nearest quantity is 12."),
        (BY_SIX, 13, None, "SOAP is ordered in multiples of 6; the nearest quantity is 18."),
        (BY_SIX, 42, None, "At most 40 units of SOAP are ordered at once."),
        (ENDING, 24, 20, "SOAP is being phased out; only 20 units are left."),
        (ENDING, 1, 0, "SOAP is being phased out, and none are left."),
        (OrderTerms("SOAP", Lifecycle.DISCONTINUED), 1, None, "SOAP is not sold any more."),
    ],
)
def test_what_does_not_fit_is_said_in_words(
    terms: OrderTerms, quantity: int, left: int | None, said: str
) -> None:
    found = misfit(terms, quantity, left)
    assert found is not None
    assert found.message % found.params == said


def test_every_quantity_below_the_most_leads_to_one_that_fits() -> None:
    for least in range(1, 8):
        for multiple in range(1, 8):
            terms = OrderTerms("SOAP", least=least, multiple=multiple, most=60)
            for quantity in range(1, 70):
                nearest = nearest_allowed(terms, quantity)
                assert misfit(terms, nearest) is None
                assert nearest >= quantity or nearest == terms.highest
