from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.importing.mapping import CellProblem
from portal.importing.outcomes import RowProblem, Tally

AMOUNTS = st.decimals(-(10**9), 10**9, places=6)
OUTCOMES = st.sampled_from(["booked", "unchanged", "reported"])


def test_a_problem_is_told_with_its_row_its_column_and_its_reason():
    problem = RowProblem.of(
        17, CellProblem("Quantity", "Qty", "12.5", "This must be at most %(most)s.", {"most": 10})
    )
    assert (problem.row, problem.column, problem.value, str(problem)) == (
        17,
        "Qty",
        "12.5",
        "This must be at most 10.",
    )


def test_rounded_bookings_and_reported_rows_add_up_to_what_was_read():
    tally = Tally()
    for amount in ("0.001", "10.00", "-5.50"):
        tally.read(Decimal(amount))
    tally.booked(Decimal("0.001"), booked_as=Decimal("0.00"))
    tally.booked(Decimal("10.00"))
    tally.reported("Without a customer.", Decimal("-5.50"))
    sums = tally.reconcile()
    assert sums.holds
    assert (sums.read, sums.booked, sums.reported, sums.rounding) == (
        Decimal("4.501"),
        Decimal("10.00"),
        Decimal("-5.50"),
        Decimal("0.001"),
    )
    assert tally.reasons == {"Without a customer.": 1}


def test_a_row_lost_without_a_word_is_found_out():
    tally = Tally()
    tally.read(Decimal(5))
    tally.read(Decimal(0))
    tally.booked(Decimal(5))
    assert not tally.reconcile().difference
    assert not tally.reconcile().holds


def test_a_row_booked_twice_is_found_out():
    tally = Tally()
    tally.read(Decimal(5))
    tally.booked(Decimal(5))
    tally.booked(Decimal(5))
    assert tally.reconcile().difference == -5


@given(st.lists(st.tuples(AMOUNTS, OUTCOMES)))
def test_any_history_of_rows_reconciles_exactly(history: list[tuple[Decimal, str]]):
    tally = Tally()
    for amount, outcome in history:
        tally.read(amount)
        if outcome == "reported":
            tally.reported("Why", amount)
        else:
            getattr(tally, outcome)(amount, booked_as=amount.quantize(Decimal("0.01")))
    sums = tally.reconcile()
    assert sums.holds
    assert sums.rows_told == len(history)
