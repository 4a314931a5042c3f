"""What can be promised from which day, by the worked examples and for any course of events."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inventory.promisable import balances, in_parts, promisable_on

TODAY = date(2026, 4, 1)


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


def test_what_a_later_day_needs_is_not_promised_today():
    found = balances(10, [(day(1), -5), (day(2), 6), (day(3), -12)], TODAY)
    assert [one.projected for one in found] == [10, 5, 11, -1]
    assert [one.promisable for one in found] == [0, 0, 0, 0]


def test_goods_owed_in_five_days_cannot_be_promised_to_somebody_else_today():
    found = balances(10, [(day(5), -10)], TODAY)
    assert promisable_on(found, TODAY) == 0


def test_a_receipt_adds_to_what_can_be_promised_from_its_day_on():
    found = balances(3, [(day(15), 20), (day(20), -12)], TODAY)
    assert [promisable_on(found, day(n)) for n in (-1, 0, 14, 15, 19, 20, 60)] == [0, 3, 3, 11, 11, 11, 11]
    assert in_parts(10, found) == [(TODAY, 3), (day(15), 7)]


def test_what_should_have_come_or_gone_before_today_counts_today():
    assert balances(0, [(day(-3), 4), (day(-1), -1)], TODAY)[0].projected == 3


def test_more_than_can_ever_be_promised_is_promised_as_far_as_it_goes():
    assert in_parts(100, balances(3, [(day(2), 4)], TODAY)) == [(TODAY, 3), (day(2), 4)]
    assert in_parts(5, balances(0, [], TODAY)) == []


events = st.lists(st.tuples(st.integers(-5, 60).map(day), st.integers(-50, 50)), max_size=30)


@given(on_hand=st.integers(-20, 200), changes=events, quantity=st.integers(1, 300))
def test_whatever_is_promised_no_later_day_ever_runs_short(on_hand, changes, quantity):
    found = balances(on_hand, changes, TODAY)
    parts = in_parts(quantity, found)
    after = balances(on_hand, [*changes, *((when, -units) for when, units in parts)], TODAY)
    if parts:
        first = parts[0][0]
        assert all(one.projected >= 0 for one in after if one.day >= first)
    assert sum(units for _, units in parts) <= quantity


@given(on_hand=st.integers(0, 200), changes=events)
def test_later_days_never_have_less_to_promise_than_earlier_ones(on_hand, changes):
    found = [one.promisable for one in balances(on_hand, changes, TODAY)]
    assert found == sorted(found)
