"""The ways out for a short line are ranked by one stated rule; worked examples, most with 10 units for the 10th."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orders.ways_out import Kind, Way, days_late, ranked
from portal.money import Money
from portal.refusal import Refused

UNITS, PROMISED = 10, date(2026, 4, 10)


def way(kind: Kind, day: int | None = None, cost: int | None = 0, units: int = UNITS, **facts: Any) -> Way:
    arrives = date(2026, 4, day) if day else None
    return Way(kind, units, arrives, None if cost is None else Money(cost, "THB"), **facts)


def order_of(*ways: Way) -> list[Kind]:
    return [one.way.kind for one in ranked(ways, UNITS, PROMISED)]


WAIT, MOVE, SUBSTITUTE, EXPEDITE, CANCEL = Kind


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        # In time without asking comes before sooner with asking.
        ([way(SUBSTITUTE, 7, consent=True), way(MOVE, 9, 20_000)], [MOVE, SUBSTITUTE]),
        # Both in time without asking: the earlier one, though it costs more.
        ([way(SUBSTITUTE, 9), way(MOVE, 8, 20_000)], [MOVE, SUBSTITUTE]),
        # The same day: the cheaper one; one of unknown cost after it.
        ([way(MOVE, 9, None), way(SUBSTITUTE, 9, 500)], [SUBSTITUTE, MOVE]),
        # Nothing is in time: the earliest, asked for or not.
        ([way(WAIT, 20), way(SUBSTITUTE, 12, consent=True), way(MOVE, 14)], [SUBSTITUTE, MOVE, WAIT]),
        # A part of the units in time is no way out of all of them.
        ([way(MOVE, 8, units=4), way(WAIT, 15)], [WAIT, MOVE]),
        # Cancelling brings nothing, so it comes after everything that brings something.
        ([way(CANCEL, consent=True), way(MOVE, 30, units=1), way(WAIT, 28)], [WAIT, MOVE, CANCEL]),
        # What cannot be done stands last, however good it would be.
        ([way(EXPEDITE, 5, no=Refused("Not yet")), way(CANCEL, consent=True)], [CANCEL, EXPEDITE]),
        # As good in everything: what asks least of us.
        ([way(SUBSTITUTE, 9), way(MOVE, 9), way(WAIT, 9)], [WAIT, MOVE, SUBSTITUTE]),
    ],
)
def test_the_best_way_out_stands_first(ways: list[Way], expected: list[Kind]) -> None:
    assert order_of(*ways) == expected
    assert order_of(*reversed(ways)) == expected


def test_days_late_count_from_the_day_promised_first() -> None:
    assert days_late(way(WAIT, 10), PROMISED) == 0
    assert days_late(way(WAIT, 4), PROMISED) == 0
    assert days_late(way(WAIT, 13), PROMISED) == 3
    assert days_late(way(CANCEL), PROMISED) is None
    assert days_late(way(WAIT, 13), None) is None


def test_a_cost_in_another_currency_than_ours_is_not_compared() -> None:
    foreign = Way(SUBSTITUTE, UNITS, date(2026, 4, 9), Money(1, "USD"))
    assert order_of(foreign, way(MOVE, 9, 99_999)) == [MOVE, SUBSTITUTE]


@given(
    some.lists(
        some.builds(
            way,
            some.sampled_from(list(Kind)),
            some.one_of(some.none(), some.integers(1, 30)),
            some.one_of(some.none(), some.integers(0, 99)),
            some.integers(1, UNITS),
            consent=some.booleans(),
            no=some.sampled_from([None, Refused("No")]),
        )
    )
)
def test_no_way_is_lost_and_none_that_cannot_be_stands_before_one_that_can(ways: list[Way]) -> None:
    found = [one.way for one in ranked(ways, UNITS, PROMISED)]
    assert sorted(map(id, found)) == sorted(map(id, ways))
    barred = [one.no is not None for one in found]
    assert barred == sorted(barred)
