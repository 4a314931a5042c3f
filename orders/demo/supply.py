"""The demo's supply plan: what was in stock at first, what was bought, and when it came.

A buyer reviews each supplier and warehouse every few weeks and orders up to what the coming weeks will take.
The buyer is deliberately imperfect: needs are now and then underestimated and suppliers sometimes late, and
both leave the shortages and stock-outs that a distributor of this size would have.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from orders.demo.facts import DemoCompany, DemoProduct, DemoSupplier
from orders.demo.rhythm import SEED, PlannedLine, PlannedOrder
from portal.clock import business_day

REVIEW_DAYS = (21, 28)
OPENING_DAYS = 45
BUFFER_DAYS = 9
LEAST_COVER_DAYS = 45
MISJUDGED_PERCENT = 20
RATE_DAYS = 180


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """Units of a product in a warehouse on the morning of the plan's first day."""

    warehouse: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedReceipt:
    """One purchase from a supplier to a warehouse: expected on one day, arriving on that day or later.

    It is still under way on the plan's last day when `arrives_on` is later than that.
    """

    number: int
    supplier: str
    warehouse: str
    ordered_on: date
    expected_on: date
    arrives_on: date
    lines: tuple[PlannedLine, ...]

    @property
    def late_days(self) -> int:
        """Days from the expected to the real arrival."""
        return (self.arrives_on - self.expected_on).days


@dataclass(frozen=True, slots=True)
class SupplyPlan:
    """Opening stock, receipts by day of arrival, and the order lines (order number, SKU) that end short."""

    opening: tuple[OpeningStock, ...]
    receipts: tuple[PlannedReceipt, ...]
    short_lines: tuple[tuple[int, str], ...]
    line_count: int


class _Shelf:
    """One product in one warehouse while the plan is worked out; `stock` below zero is owed to customers."""

    def __init__(self, product: DemoProduct, demands: list[tuple[int, int, int]], days: int) -> None:
        self.product = product
        self.demands = demands
        self.days = days
        self._at = [offset for offset, _, _ in demands]
        self._sum = [0, *accumulate(quantity for _, quantity, _ in demands)]
        self.stock = 0
        self.due: list[tuple[int, int]] = []
        self._next_demand = 0
        self.short: list[int] = []

    def need(self, start: int, end: int) -> int:
        """Units asked for from `start` up to `end`; days after the plan count at the recent daily rate."""
        known = self._sum[bisect_left(self._at, end)] - self._sum[bisect_left(self._at, start)]
        beyond = end - max(start, self.days)
        if beyond <= 0:
            return known
        recent = self._sum[-1] - self._sum[bisect_left(self._at, self.days - RATE_DAYS)]
        return known + -(-recent * beyond // RATE_DAYS)

    def mean(self, days: int) -> int:
        """Units that an average stretch of so many days takes, rounded up."""
        return -(-self._sum[-1] * days // self.days)

    def cartons(self, quantity: int) -> int:
        """The quantity in units, rounded up to whole cartons."""
        return -(-quantity // self.product.carton) * self.product.carton

    def run_to(self, offset: int) -> None:
        """Let receipts arrive and orders take stock up to the end of the day before `offset`."""
        while self._next_demand < len(self.demands) and self.demands[self._next_demand][0] < offset:
            at, quantity, number = self.demands[self._next_demand]
            self._arrive(at)
            if self.stock < quantity:
                self.short.append(number)
            self.stock -= quantity
            self._next_demand += 1
        self._arrive(offset - 1)

    def _arrive(self, offset: int) -> None:
        while self.due and self.due[0][0] <= offset:
            self.stock += self.due.pop(0)[1]

    def expect(self, offset: int, quantity: int) -> None:
        """Count on a receipt that arrives on that day, before the day's orders."""
        insort(self.due, (offset, quantity))

    @property
    def position(self) -> int:
        """Units in stock and under way, less those owed."""
        return self.stock + sum(quantity for _, quantity in self.due)


def plan_supply(
    today: date,
    orders: Iterable[PlannedOrder],
    companies: Sequence[DemoCompany],
    products: Sequence[DemoProduct],
    suppliers: Sequence[DemoSupplier],
    *,
    days: int = 730,
    seed: int = SEED,
) -> SupplyPlan:
    """The stock and purchases behind an order plan of the same `today` and `days`.

    Each order is served by its company's warehouse; what is short waits for the next receipts, first come
    first served.
    """
    start = today - timedelta(days=days)
    shelves = _shelves(start, orders, companies, products, days)
    opening: list[OpeningStock] = []
    receipts: list[PlannedReceipt] = []
    for supplier in suppliers:
        for warehouse in sorted({company.warehouse for company in companies}):
            rng = Random(f"{seed}:supply:{supplier.code}:{warehouse}")
            own = [shelves[warehouse, item.sku] for item in products if item.supplier == supplier.code]
            for shelf in own:
                shelf.stock = _first_stock(rng, shelf, supplier)
                opening.append(OpeningStock(warehouse, shelf.product.sku, shelf.stock))
            receipts.extend(_purchases(rng, supplier, warehouse, own, start, days))
    receipts.sort(key=lambda receipt: (receipt.arrives_on, receipt.supplier, receipt.warehouse))
    short = [(number, sku) for (_, sku), shelf in shelves.items() for number in shelf.short]
    return SupplyPlan(
        tuple(opening),
        tuple(replace(receipt, number=number) for number, receipt in enumerate(receipts, start=1)),
        tuple(sorted(short)),
        sum(len(shelf.demands) for shelf in shelves.values()),
    )


def _shelves(
    start: date,
    orders: Iterable[PlannedOrder],
    companies: Sequence[DemoCompany],
    products: Sequence[DemoProduct],
    days: int,
) -> dict[tuple[str, str], _Shelf]:
    serving = {company.code: company.warehouse for company in companies}
    demands: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for order in orders:
        offset = (business_day(order.ordered_at) - start).days
        for line in order.lines:
            demands[serving[order.company], line.sku].append((offset, line.quantity, order.number))
    return {
        (warehouse, product.sku): _Shelf(product, demands[warehouse, product.sku], days)
        for warehouse in sorted(set(serving.values()))
        for product in products
    }


def _first_stock(rng: Random, shelf: _Shelf, supplier: DemoSupplier) -> int:
    """Enough for the first weeks in most cases, and never less than a carton."""
    cover = OPENING_DAYS + supplier.lead_days
    wanted = max(shelf.need(0, cover), shelf.mean(cover))
    return shelf.cartons(max(1, wanted * rng.randrange(95, 131) // 100))


def _purchases(
    rng: Random, supplier: DemoSupplier, warehouse: str, shelves: Sequence[_Shelf], start: date, days: int
) -> Iterable[PlannedReceipt]:
    cycle = rng.choice(REVIEW_DAYS)
    for offset in range(rng.randrange(1, cycle), days, cycle):
        lead = supplier.lead_days + rng.randrange(3)
        late = 0 if rng.randrange(100) < supplier.reliability_percent else 2 + rng.randrange(12)
        lines: list[PlannedLine] = []
        for shelf in shelves:
            shelf.run_to(offset)
            quantity = _purchase(rng, shelf, offset, lead + cycle + BUFFER_DAYS)
            if quantity > 0:
                shelf.expect(offset + lead + late, quantity)
                lines.append(PlannedLine(shelf.product.sku, quantity))
        if lines:
            ordered_on = start + timedelta(days=offset)
            expected_on = ordered_on + timedelta(days=lead)
            arrives_on = expected_on + timedelta(days=late)
            yield PlannedReceipt(
                0, supplier.code, warehouse, ordered_on, expected_on, arrives_on, tuple(lines)
            )
    for shelf in shelves:
        shelf.run_to(days)


def _purchase(rng: Random, shelf: _Shelf, offset: int, horizon: int) -> int:
    """Whole cartons to buy now: nothing while the position covers the horizon and a small safety stock."""
    guess = rng.randrange(25, 65) if rng.randrange(100) < MISJUDGED_PERCENT else rng.randrange(100, 131)
    wanted = shelf.need(offset, offset + horizon) * guess // 100 + shelf.mean(BUFFER_DAYS)
    missing = wanted - shelf.position
    if missing <= 0:
        return 0
    return shelf.cartons(max(missing, shelf.mean(LEAST_COVER_DAYS)))
