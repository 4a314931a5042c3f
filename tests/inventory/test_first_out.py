"""Which lot is meant for whom: worked examples, and what holds for any shelf and any who hold units."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from inventory.first_out import Demand, Lot, allot

JUNE, DECEMBER = date(2026, 6, 30), date(2026, 12, 31)
SOON, LATE, UNDATED = Lot(1, 2, JUNE), Lot(2, 3, DECEMBER), Lot(3, 4)


def test_the_first_to_expire_go_first_and_the_undated_last() -> None:
    assert allot([UNDATED, LATE, SOON], [Demand(7, 7)], {}) == {(7, 1): 2, (7, 2): 3, (7, 3): 2}


def test_of_two_undated_lots_the_older_goes_first() -> None:
    assert allot([Lot(9, 5), Lot(8, 5)], [Demand(7, 6)], {}) == {(7, 8): 5, (7, 9): 1}


def test_the_oldest_promise_is_served_first() -> None:
    found = allot([SOON, LATE], [Demand(7, 3), Demand(6, 2)], {})
    assert found == {(7, 1): 2, (7, 2): 1, (6, 2): 2}


def test_what_was_allotted_stays_although_a_lot_that_expires_sooner_came_in() -> None:
    assert allot([SOON, LATE], [Demand(7, 3)], {(7, 2): 3}) == {(7, 2): 3}


def test_a_stopped_lot_gives_its_place_to_the_next() -> None:
    assert allot([Lot(1, 0, JUNE), LATE, UNDATED], [Demand(7, 4)], {(7, 1): 2, (7, 2): 2}) == {
        (7, 2): 3,
        (7, 3): 1,
    }


def test_units_not_known_by_lot_are_allotted_to_nobody() -> None:
    assert allot([SOON], [Demand(7, 5)], {}) == {(7, 1): 2}


def test_who_holds_less_gives_up_the_lot_that_expires_last() -> None:
    assert allot([SOON, LATE], [Demand(7, 3)], {(7, 1): 2, (7, 2): 3}) == {(7, 1): 2, (7, 2): 1}


def test_picked_units_keep_their_lot_when_less_is_held() -> None:
    found = allot([SOON, LATE], [Demand(7, 3)], {(7, 1): 2, (7, 2): 3}, {(7, 2): 3})
    assert found == {(7, 2): 3}


def test_picking_another_lot_swaps_it_with_whom_it_was_meant_for() -> None:
    found = allot(
        [SOON, Lot(2, 2, DECEMBER)], [Demand(7, 2), Demand(8, 2)], {(7, 1): 2, (8, 2): 2}, {(7, 2): 2}
    )
    assert found == {(7, 2): 2, (8, 1): 2}


def test_who_holds_nothing_any_more_has_no_lot() -> None:
    assert allot([SOON], [Demand(7, 0)], {(7, 1): 2}) == {}
    assert allot([SOON], [], {(7, 1): 2}) == {}


days = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 4))
shelves = st.lists(st.tuples(st.integers(0, 9), days), max_size=5).map(
    lambda rows: [Lot(n, units, day) for n, (units, day) in enumerate(rows, 1)]
)
holders = st.lists(st.integers(0, 9), max_size=5).map(
    lambda held: [Demand(n, units) for n, units in enumerate(held, 1)]
)
known = st.dictionaries(st.tuples(st.integers(1, 6), st.integers(1, 6)), st.integers(1, 9), max_size=12)


@given(shelves, holders, known, known)
def test_whatever_is_there_is_given_to_whoever_holds_and_never_more(
    lots: list[Lot],
    demands: list[Demand],
    allotted: dict[tuple[int, int], int],
    picked: dict[tuple[int, int], int],
) -> None:
    found = allot(lots, demands, allotted, picked)
    given_to, taken_of = Counter[int](), Counter[int]()
    for (demand, lot), units in found.items():
        assert units > 0
        given_to[demand] += units
        taken_of[lot] += units
    assert all(given_to[one.id] <= one.held for one in demands)
    assert all(taken_of[one.id] <= one.units for one in lots)
    assert sum(found.values()) == min(sum(one.held for one in demands), sum(one.units for one in lots))
    assert allot(lots, demands, found, picked) == found or picked
    assert allot(lots, demands, found) == found


@given(shelves, holders, known)
def test_what_was_allotted_stays_where_nothing_became_less(
    lots: list[Lot], demands: list[Demand], allotted: dict[tuple[int, int], int]
) -> None:
    before = allot(lots, demands, allotted)
    more = [Demand(one.id, one.held + 1) for one in demands]
    fuller = [Lot(one.id, one.units + 1, one.expires_on) for one in lots]
    after = allot(fuller, more, before)
    assert all(after[pair] >= units for pair, units in before.items())
