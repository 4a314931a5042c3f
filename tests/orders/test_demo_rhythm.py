"""The demo's trade is the same each time it is planned, and looks like a distributor's."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from orders.demo.delivery import LateCause, plan_delivery
from orders.demo.facts import (
    DemoCompany,
    DemoProduct,
    Season,
    read_companies,
    read_products,
    read_suppliers,
)
from orders.demo.rhythm import PlannedOrder, is_holiday, plan
from orders.demo.supply import SupplyPlan, plan_supply
from portal.clock import BANGKOK, business_day

TODAY = date(2026, 11, 22)
FIRST_ORDER = (1, "C0014", datetime(2024, 11, 25, 3, 42, 10, tzinfo=UTC))


@dataclass(frozen=True)
class Trade:
    today: date
    companies: dict[str, DemoCompany]
    products: dict[str, DemoProduct]
    orders: list[PlannedOrder]
    supply: SupplyPlan


def trade_until(today: date) -> Trade:
    companies, products = read_companies(), read_products()
    orders = list(plan(today, companies, products))
    supply = plan_supply(today, orders, companies, products, read_suppliers())
    return Trade(
        today,
        {company.code: company for company in companies},
        {product.sku: product for product in products},
        orders,
        supply,
    )


@pytest.fixture(
    scope="module", params=[TODAY, date(2027, 4, 20), date(2028, 2, 29)], ids=lambda day: day.isoformat()
)
def trade(request: pytest.FixtureRequest) -> Trade:
    return trade_until(request.param)


def test_two_plans_of_the_same_day_are_equal() -> None:
    assert trade_until(TODAY) == trade_until(TODAY)


def test_the_first_order_of_the_plan_is_the_same_on_every_machine() -> None:
    first = trade_until(TODAY).orders[0]
    assert (first.number, first.company, first.ordered_at) == FIRST_ORDER


def test_another_seed_gives_another_trade() -> None:
    companies, products = read_companies(), read_products()
    assert list(plan(TODAY, companies, products)) != list(plan(TODAY, companies, products, seed=1))


def test_the_plan_holds_as_many_orders_as_asked_for_in_order_of_time(trade: Trade) -> None:
    assert len(trade.orders) == 2600
    assert [order.number for order in trade.orders] == list(range(1, 2601))
    instants = [order.ordered_at for order in trade.orders]
    assert instants == sorted(instants)
    days = [business_day(instant) for instant in instants]
    assert trade.today - timedelta(days=730) <= days[0]
    assert trade.today - timedelta(days=7) <= days[-1] < trade.today
    assert {order.company for order in trade.orders} == set(trade.companies)
    keys = {(order.company, order.purchase_order) for order in trade.orders}
    assert len(keys) == len(trade.orders)


def test_a_short_plan_can_be_asked_for() -> None:
    orders = list(plan(TODAY, read_companies(), read_products(), days=30, orders=90))
    assert len(orders) == 90
    assert all(business_day(order.ordered_at) >= TODAY - timedelta(days=30) for order in orders)


def test_orders_come_in_business_hours_and_seldom_on_weekends_and_holidays(trade: Trade) -> None:
    moments = [order.ordered_at.astimezone(BANGKOK) for order in trade.orders]
    assert all(8 <= moment.hour < 17 for moment in moments)
    weekend = sum(moment.weekday() >= 5 for moment in moments)
    assert 0.005 <= weekend / len(moments) <= 0.06
    assert sum(is_holiday(moment.date()) for moment in moments) <= 10


def test_each_order_has_different_products_in_sensible_quantities(trade: Trade) -> None:
    for order in trade.orders:
        wholesale = trade.companies[order.company].wholesale
        assert (3 if wholesale else 1) <= len(order.lines) <= (12 if wholesale else 6)
        assert len({line.sku for line in order.lines}) == len(order.lines)
        for line in order.lines:
            product = trade.products[line.sku]
            assert line.quantity > 0
            if wholesale and not product.serial:
                assert line.quantity % product.carton == 0


def test_trade_grows_and_is_densest_in_the_last_sixty_days(trade: Trade) -> None:
    middle = trade.today - timedelta(days=365)
    recent = trade.today - timedelta(days=60)
    days = [business_day(order.ordered_at) for order in trade.orders]
    earlier, later = sum(day < middle for day in days), sum(day >= middle for day in days)
    assert 1.05 < later / earlier < 1.6
    assert sum(day >= recent for day in days) / 60 > 1.25 * len(days) / 730


def test_a_company_with_a_quicker_rhythm_orders_more_often(trade: Trade) -> None:
    counts = Counter(order.company for order in trade.orders)
    ranked = sorted(trade.companies.values(), key=lambda company: company.rhythm_days)
    assert counts[ranked[0].code] > 3 * counts[ranked[-1].code]


@pytest.mark.parametrize(
    ("season", "high", "low"),
    [
        (Season.HOT, (3, 4, 5), (10, 11, 12)),
        (Season.RAINY, (7, 8, 9), (1, 2, 3)),
        (Season.FESTIVE, (11, 12, 1), (5, 6, 7)),
        (Season.SCHOOL, (4, 5, 6), (1, 2, 12)),
    ],
)
def test_goods_of_a_season_sell_in_their_season(
    trade: Trade, season: Season, high: tuple[int, ...], low: tuple[int, ...]
) -> None:
    def share(months: tuple[int, ...]) -> float:
        lines = [
            trade.products[line.sku].season
            for order in trade.orders
            if order.ordered_at.astimezone(BANGKOK).month in months
            for line in order.lines
        ]
        return lines.count(season) / len(lines)

    assert share(high) > 1.3 * share(low)


def test_a_few_orders_are_big_and_a_few_are_taken_back(trade: Trade) -> None:
    assert 10 <= sum(order.big for order in trade.orders) <= 60
    assert 15 <= sum(order.cancelled for order in trade.orders) <= 80


def test_three_to_five_of_a_hundred_lines_end_short(trade: Trade) -> None:
    assert trade.supply.line_count == sum(len(order.lines) for order in trade.orders)
    assert 0.03 <= len(trade.supply.short_lines) / trade.supply.line_count <= 0.05


def test_short_lines_are_those_the_receipts_and_orders_leave_without_stock(trade: Trade) -> None:
    stock = Counter({(line.warehouse, line.sku): line.quantity for line in trade.supply.opening})
    receipts = list(trade.supply.receipts)
    short = []
    for order in trade.orders:
        day = business_day(order.ordered_at)
        while receipts and receipts[0].arrives_on <= day:
            receipt = receipts.pop(0)
            for line in receipt.lines:
                stock[receipt.warehouse, line.sku] += line.quantity
        for line in order.lines:
            shelf = (trade.companies[order.company].warehouse, line.sku)
            if stock[shelf] < line.quantity:
                short.append((order.number, line.sku))
            stock[shelf] -= line.quantity
    assert tuple(sorted(short)) == trade.supply.short_lines
    assert 3 <= sum(quantity <= 0 for quantity in stock.values()) <= 60


def test_some_receipts_come_late_and_some_are_still_under_way(trade: Trade) -> None:
    receipts = trade.supply.receipts
    assert all(receipt.ordered_on < receipt.expected_on <= receipt.arrives_on for receipt in receipts)
    assert 0.04 <= sum(receipt.late_days > 0 for receipt in receipts) / len(receipts) <= 0.12
    assert sum(receipt.arrives_on > trade.today for receipt in receipts) >= 10
    for receipt in receipts:
        assert receipt.lines
        for line in receipt.lines:
            assert trade.products[line.sku].supplier == receipt.supplier
            assert line.quantity % trade.products[line.sku].carton == 0


def test_every_product_opens_with_stock_in_every_warehouse(trade: Trade) -> None:
    assert len(trade.supply.opening) == len(trade.products) * 3
    assert all(line.quantity > 0 for line in trade.supply.opening)


def test_six_to_eight_of_a_hundred_deliveries_come_after_their_promised_day(trade: Trade) -> None:
    late = 0
    for order in trade.orders:
        promised = business_day(order.ordered_at) + timedelta(days=6)
        key = str(order.number)
        delivery = plan_delivery(key, order.ordered_at, 2, promised_on=promised, line_count=len(order.lines))
        assert order.ordered_at < delivery.picked_at < delivery.shipped_at < delivery.delivered_at
        assert business_day(delivery.delivered_at).weekday() != 6
        assert 0 <= delivery.fault_line < len(order.lines)
        assert (delivery.late_cause is None) == (delivery.late_days == 0)
        if delivery.late_cause is not None:
            assert business_day(delivery.delivered_at) > promised
        late += business_day(delivery.delivered_at) > promised
    assert 0.06 <= late / len(trade.orders) <= 0.08


def test_a_delivery_is_decided_by_its_number_alone() -> None:
    ready = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert plan_delivery("1", ready, 2) == plan_delivery("1", ready, 2)
    assert len({plan_delivery(str(number), ready, 2) for number in range(20)}) == 20


def test_floods_hold_up_deliveries_in_the_rainy_months_only() -> None:
    def causes(month: int) -> set[LateCause | None]:
        ready = datetime(2026, month, 10, 3, 0, tzinfo=UTC)
        return {plan_delivery(str(number), ready, 2).late_cause for number in range(3000)}

    assert LateCause.FLOODED_ROUTE in causes(9)
    assert LateCause.FLOODED_ROUTE not in causes(2)
