"""In which turn scarce goods are dealt: pure, with worked examples and for any claims at all."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.stock import Reservation
from inventory.turns import USUAL, Claim, Key, in_turn, said, share_out, turn
from portal.i18n import speaking
from tests.conftest import NOON

CLASS, DAY, TIME = Key.ALLOCATION_CLASS, Key.PROMISED_DATE, Key.ORDER_TIME


def wants(id_: int, *, allocation_class: int = 5, due: int = 3, ordered: int = 0) -> Reservation:
    return Reservation(
        id=id_,
        allocation_class=allocation_class,
        due_at=NOON + timedelta(days=due),
        created_at=NOON + timedelta(minutes=ordered),
    )


ANY_SHOP = wants(1, due=2, ordered=10)
HOSPITAL = wants(2, allocation_class=1, due=9, ordered=30)
EARLY_BIRD = wants(3, due=9, ordered=5)


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (USUAL, [1, 3, 2]),
        ((CLASS, DAY, TIME), [2, 1, 3]),
        ((TIME,), [3, 1, 2]),
        ((CLASS,), [2, 1, 3]),
        ((DAY, CLASS), [1, 2, 3]),
    ],
)
def test_the_keys_of_a_rule_decide_one_after_the_other(keys: tuple[Key, ...], order: list[int]) -> None:
    assert [one.id for one in in_turn([HOSPITAL, EARLY_BIRD, ANY_SHOP], keys)] == order


def test_who_is_alike_in_every_key_goes_by_age() -> None:
    assert turn(wants(7), [CLASS]) < turn(wants(8), [CLASS])


def test_the_order_is_said_in_words_without_naming_anybody() -> None:
    with speaking("en"):
        assert said((CLASS, DAY, TIME)) == (
            "Scarce goods go first to companies whose allocation class is nearer to 1, "
            "then to what is promised for the earlier day, then to what was ordered earlier."
        )
        assert said((TIME,)) == "Scarce goods go first to what was ordered earlier."


def test_the_first_is_served_in_full_before_the_next_gets_any() -> None:
    first, second, third = Claim(6, 0, 0), Claim(5, 5, 0), Claim(4, 3, 0)
    assert share_out([first, second, third], 0) == [6, 2, 0]


def test_what_is_kept_stays_with_whoever_is_last() -> None:
    assert share_out([Claim(6, 0, 0), Claim(5, 5, 2), Claim(4, 4, 4)], 0) == [3, 2, 4]


def test_free_units_are_dealt_along_and_none_beyond_what_is_owed() -> None:
    assert share_out([Claim(2, 1, 0), Claim(3, 1, 0)], 10) == [2, 3]


def _claim(figures: tuple[int, int, int]) -> Claim:
    """So many wanted, some of them held, some of those kept."""
    kept, held, wanted = sorted(figures)
    return Claim(wanted, held, kept)


CLAIMS = st.lists(st.tuples(*[st.integers(0, 40)] * 3).map(_claim), max_size=9)


@given(CLAIMS, st.integers(0, 50))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_dealing_loses_nothing_and_never_serves_the_worse_before_the_better(
    found: list[Claim], free: int
) -> None:
    after = share_out(found, free)
    assert all(one.kept <= units <= one.quantity for one, units in zip(found, after, strict=True))
    held, wanted = sum(one.held for one in found), sum(one.quantity for one in found)
    assert sum(after) == min(held + free, wanted)
    for n, (better, units) in enumerate(zip(found, after, strict=True)):
        if units < better.quantity:
            assert all(
                given == worse.kept for worse, given in zip(found[n + 1 :], after[n + 1 :], strict=True)
            )
    assert (
        share_out(
            [Claim(one.quantity, units, one.kept) for one, units in zip(found, after, strict=True)],
            max(0, held + free - sum(after)),
        )
        == after
    )  # dealt twice, nothing moves the second time
