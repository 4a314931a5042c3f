"""Demand is forecast from the days that say something of it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.forecasting import Day, counted, deviation, forecast, interval, mean, tsb
from inventory.plans import Method
from inventory.replenishing import (
    economic_quantity,
    in_multiples,
    lasts_days,
    order_quantity,
    reorder_point,
    safety_stock,
    service_factor,
    wanted,
)

D = Decimal
HISTORIES = st.lists(st.builds(Day, st.integers(0, 500), st.sampled_from([0, 30, 1440])), max_size=90)
UNITS = st.lists(st.integers(0, 1000), min_size=1, max_size=90)


def test_the_worked_example_of_the_syllabus() -> None:
    z = service_factor(9500)
    assert z == D("1.645")
    safety = safety_stock(z, D(30), D(5), D(10), D(2))
    assert safety == 102
    assert reorder_point(D(30), D(10), safety) == 402


def test_days_without_any_stock_and_any_demand_do_not_count_as_days_without_demand() -> None:
    days = [Day(10), Day(0, 1440), Day(10), Day(0, 1440)] * 14
    assert counted(days) == [10] * 28
    assert forecast(days).mean == 10


def test_what_was_asked_while_there_was_none_is_demand() -> None:
    assert counted([Day(4, 1440), Day(0, 1440), Day(0, 700)]) == [4, 0]


def test_demand_on_most_days_is_its_mean_with_the_deviation_of_a_sample() -> None:
    found = forecast([Day(units) for units in [8, 12, 10, 10] * 10])
    assert (found.method, found.mean, found.days) == (Method.MEAN, D(10), 40)
    assert found.sd == D("1.4322")


def test_demand_that_comes_now_and_then_fades_out_when_nobody_asks_any_more() -> None:
    busy = [Day(0), Day(0), Day(0), Day(8)] * 20
    found, faded = forecast(busy), forecast(busy + [Day(0)] * 150)
    assert found.method is faded.method is Method.TSB
    assert D("1.5") < found.mean < D("3")
    assert faded.mean < found.mean / 10


@pytest.mark.parametrize(
    ("gap", "method"), [(1, Method.MEAN), (2, Method.TSB), (4, Method.TSB)], ids=["daily", "2 days", "4 days"]
)
def test_the_interval_between_demands_decides_the_method(gap: int, method: Method) -> None:
    days = [Day(5 if n % gap == 0 else 0) for n in range(56)]
    assert forecast(days).method is method


def test_too_short_a_history_or_no_demand_gives_no_forecast() -> None:
    assert forecast([Day(5)] * 27).method is Method.NONE
    assert forecast([Day(0)] * 60).method is Method.NONE
    assert forecast([]).mean == 0


@settings(deadline=None)
@given(HISTORIES)
def test_a_forecast_is_never_negative(days: list[Day]) -> None:
    found = forecast(days)
    assert found.mean >= 0
    assert found.sd >= 0


@settings(deadline=None)
@given(st.integers(1, 10_000), st.integers(28, 120))
def test_constant_demand_is_its_own_forecast(units: int, days: int) -> None:
    found = forecast([Day(units)] * days)
    assert found.mean == units
    assert found.sd == 0
    assert tsb([units] * days) == units


@settings(deadline=None)
@given(UNITS, st.integers(1, 50))
def test_a_demand_so_many_times_as_high_has_a_forecast_so_many_times_as_high(
    units: list[int], times: int
) -> None:
    more = [one * times for one in units]
    for figure in (mean, deviation, tsb):
        assert abs(figure(more) - figure(units) * times) < D("0.000001")
    assert interval(more) == interval(units)


@settings(deadline=None)
@given(UNITS)
def test_a_forecast_lies_within_what_was_asked(units: list[int]) -> None:
    assert 0 <= tsb(units) <= max(units)
    assert min(units) <= mean(units) <= max(units)


def test_the_order_quantity_of_least_cost() -> None:
    assert economic_quantity(D(1200), D(300), D(20)) == 190  # sqrt(36000) = 189.7
    assert economic_quantity(D(1200), D(0), D(20)) is None
    assert order_quantity(D(1200) / 365, D(300), D(100), 24) == 192
    assert order_quantity(D(2), D(0), D(100), 24) == 72  # 30 days need 60


def test_orders_are_whole_multiples_and_stay_below_the_most() -> None:
    assert in_multiples(49, 48) == 96
    assert wanted(16, 30, 40, 24, None) == 48
    assert wanted(31, 30, 40, 24, None) == 0
    assert wanted(-70, 30, 40, 24, None) == 120
    assert wanted(16, 30, 40, 24, 50) == 24
    assert wanted(16, 30, 40, 24, 30) == 0


def test_how_long_units_last() -> None:
    assert lasts_days(16, D("1.5")) == 10
    assert lasts_days(-3, D(1)) == 0
    assert lasts_days(5, D(0)) is None


@settings(deadline=None)
@given(st.integers(5000, 9999), st.decimals(0, 1000, places=2), st.decimals(0, 100, places=2))
def test_a_higher_share_never_asks_for_less_safety(share: int, daily: Decimal, spread: Decimal) -> None:
    facts = (daily, spread, D(10), D(2))
    lower, higher = (safety_stock(service_factor(one), *facts) for one in (5000, share))
    assert lower <= higher
