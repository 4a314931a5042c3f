"""The demo's order plan: who orders what and when, over two years up to a given day.

Pure and repeatable: every choice is drawn from a generator seeded with text and whole-number weights, so the
plan is the same on every machine and does not hang on the order in which companies are read.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from orders.demo.facts import DemoCompany, DemoProduct, Season
from portal.clock import BANGKOK

SEED = 2569

# Demand of a season's goods in per cent of the usual, January to December. Festive goods peak before the New
# Year, the Chinese New Year and Songkran; school goods before the terms of May and November.
SEASON_PERCENT: dict[Season, tuple[int, ...]] = {
    Season.NONE: (100,) * 12,
    Season.HOT: (85, 115, 155, 190, 150, 110, 95, 90, 85, 85, 80, 80),
    Season.RAINY: (75, 75, 80, 85, 115, 140, 150, 160, 170, 145, 100, 80),
    Season.FESTIVE: (140, 95, 95, 145, 80, 75, 75, 80, 85, 95, 150, 220),
    Season.SCHOOL: (80, 80, 95, 160, 230, 125, 85, 85, 95, 130, 140, 75),
}
MONTH_PERCENT = (96, 95, 103, 110, 101, 96, 96, 97, 97, 100, 106, 116)
WEEKDAY_PERCENT = (128, 114, 101, 106, 92, 12, 4)
HOLIDAY_PERCENT = 4
GROWTH_PERCENT = (85, 118)
RECENT_DAYS = 60
RECENT_PERCENT = 145
OPENING_HOUR = 8
HOUR_WEIGHTS = (6, 16, 20, 15, 5, 12, 15, 14, 8)
BIG_PER_MILLE = 12
BIG_TIMES = 3
CANCELLED_PER_MILLE = 15
LINE_VALUE_LIMIT = 45_000

# Holidays that fall on the same date each year; those that follow the moon do not change the picture.
FIXED_HOLIDAYS = frozenset(
    {(1, 1), (4, 6), (4, 13), (4, 14), (4, 15), (5, 1), (5, 4), (6, 3), (7, 28), (8, 12), (10, 13)}
    | {(10, 23), (12, 5), (12, 10), (12, 31)}
)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Units of one product."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order: `number` counts from 1 in order of time, `ordered_at` is UTC, each product occurs once.

    `big` marks a one-off order far above the company's usual; `cancelled` one that its buyer takes back.
    """

    number: int
    company: str
    ordered_at: datetime
    purchase_order: str
    lines: tuple[PlannedLine, ...]
    big: bool
    cancelled: bool


def is_holiday(day: date) -> bool:
    """Whether a day is a Thai public holiday of fixed date."""
    return (day.month, day.day) in FIXED_HOLIDAYS


def plan(
    today: date,
    companies: Sequence[DemoCompany],
    products: Sequence[DemoProduct],
    *,
    days: int = 730,
    orders: int = 2600,
    seed: int = SEED,
) -> Iterator[PlannedOrder]:
    """Exactly `orders` orders on the `days` days before `today` (itself left out), oldest first."""
    start = today - timedelta(days=days)
    calendar = [start + timedelta(days=offset) for offset in range(days)]
    flow = list(accumulate(_intensity(day, offset, days) for offset, day in enumerate(calendar)))
    planned: list[PlannedOrder] = []
    for company, count in _shares(companies, orders):
        ranges = _ranges(company, products, seed)
        for position in range(count):
            rng = Random(f"{seed}:order:{company.code}:{position}")
            day = calendar[_arrival(rng, position, count, flow)]
            planned.append(_order(rng, company, ranges, day, position))
    planned.sort(key=lambda order: (order.ordered_at, order.company, order.purchase_order))
    for number, order in enumerate(planned, start=1):
        yield replace(order, number=number)


def _intensity(day: date, offset: int, days: int) -> int:
    """How busy a day is: slow growth, the month, the day of the week, holidays, and more in the latest days."""
    low, high = GROWTH_PERCENT
    busy = low * 100 + (high - low) * 100 * offset // days
    busy = busy * MONTH_PERCENT[day.month - 1] * WEEKDAY_PERCENT[day.weekday()] // 100
    if is_holiday(day):
        busy = busy * HOLIDAY_PERCENT // 100
    if offset >= days - RECENT_DAYS:
        busy = busy * RECENT_PERCENT // 100
    return busy


def _shares(companies: Sequence[DemoCompany], orders: int) -> Iterator[tuple[DemoCompany, int]]:
    """Split the orders by rhythm; rounding on the running sum keeps the total exact."""
    frequencies = [1_000_000 // company.rhythm_days for company in companies]
    whole = sum(frequencies)
    taken = 0
    for company, reached in zip(companies, accumulate(frequencies), strict=True):
        upto = (orders * reached * 2 + whole) // (whole * 2)
        yield company, upto - taken
        taken = upto


def _arrival(rng: Random, position: int, count: int, flow: Sequence[int]) -> int:
    """The offset of a company's order: evenly spaced in busy time, up to a third of the gap early or late."""
    place = (position * 1000 + 500 + rng.randrange(-330, 331)) * flow[-1] // (count * 1000)
    return bisect_right(flow, place)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """The part of the catalogue that one company buys."""

    goods: tuple[DemoProduct, ...]
    devices: tuple[DemoProduct, ...]


def _ranges(company: DemoCompany, products: Sequence[DemoProduct], seed: int) -> _Ranges:
    rng = Random(f"{seed}:range:{company.code}")
    goods = [product for product in products if not product.serial]
    devices = [product for product in products if product.serial]
    if company.wholesale:
        return _Ranges(_pick(rng, goods, 150), _pick(rng, devices, 12))
    return _Ranges(_pick(rng, goods, 50), _pick(rng, devices, 4))


def _pick(rng: Random, products: Sequence[DemoProduct], wanted: int) -> tuple[DemoProduct, ...]:
    """Up to `wanted` different products, the popular ones more likely."""
    drawn = rng.choices(products, [product.popularity for product in products], k=wanted * 2)
    return tuple(dict.fromkeys(drawn))[:wanted]


def _order(rng: Random, company: DemoCompany, ranges: _Ranges, day: date, position: int) -> PlannedOrder:
    hour = OPENING_HOUR + rng.choices(range(len(HOUR_WEIGHTS)), HOUR_WEIGHTS)[0]
    local = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), tzinfo=BANGKOK)
    big = rng.randrange(1000) < BIG_PER_MILLE
    cancelled = rng.randrange(1000) < CANCELLED_PER_MILLE
    most, least = (12, 3) if company.wholesale else (6, 1)
    spread = most - least + 1
    wanted = least + min(rng.randrange(spread), rng.randrange(spread))
    chosen = _basket(rng, ranges, wanted, day.month)
    if rng.randrange(100) < (12 if company.wholesale else 6):
        chosen[-1] = rng.choice(ranges.devices)
    times = BIG_TIMES if big else 1
    lines = tuple(PlannedLine(item.sku, _quantity(rng, company, item, day.month, times)) for item in chosen)
    purchase_order = f"PO{(day.year + 543) % 100:02d}{day.month:02d}-{position + 1:03d}"
    return PlannedOrder(0, company.code, local.astimezone(UTC), purchase_order, lines, big, cancelled)


def _basket(rng: Random, ranges: _Ranges, wanted: int, month: int) -> list[DemoProduct]:
    weights = [item.popularity * SEASON_PERCENT[item.season][month - 1] for item in ranges.goods]
    basket: dict[DemoProduct, None] = {}
    while len(basket) < wanted:
        basket[rng.choices(ranges.goods, weights)[0]] = None
    return list(basket)


def _quantity(rng: Random, company: DemoCompany, product: DemoProduct, month: int, times: int) -> int:
    """Whole cartons for wholesale, handy parts of a carton for retail, single units of serial-numbered goods."""
    if product.serial:
        units = min(rng.randrange(6), rng.randrange(6)) if company.wholesale else rng.randrange(2)
        return times * (1 + units)
    step = product.carton if company.wholesale else _part_of_carton(product.carton)
    usual = 18 if company.wholesale else 7
    season = 100 + (SEASON_PERCENT[product.season][month - 1] - 100) // 2
    drawn = 1 + min(rng.randrange(6), rng.randrange(6))
    steps = max(1, (drawn * company.weight * season * times * 2 + usual * 100) // (usual * 200))
    affordable = max(1, int(LINE_VALUE_LIMIT * times // (product.price * step)))
    return step * min(steps, affordable)


def _part_of_carton(carton: int) -> int:
    """The smallest handy part of a carton that holds at least six units, or the single unit of small cartons."""
    if carton < 6:
        return 1
    return min(carton // part for part in (1, 2, 3, 4, 6, 8) if carton % part == 0 and carton // part >= 6)
