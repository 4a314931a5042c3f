"""When how much of a product is ordered: safety stock, reorder point and order quantity; pure, in decimals.

Units are rounded once, half-up, at the end of each formula. The reorder point is made of the rounded safety stock, so
that the figures shown add up.
"""

from decimal import ROUND_DOWN, ROUND_UP, Decimal
from functools import cache
from statistics import NormalDist

from portal.money import BASIS_POINTS, half_up

HOLDING_BP = 2_000
"""What keeping a unit for a year costs, as a share of its own cost: money tied up, room, loss."""
DAYS_A_YEAR = 365
COVER_DAYS = 30
"""How long an order lasts where the costs of ordering and keeping are not known."""


@cache
def service_factor(service_bp: int) -> Decimal:
    """z: how many standard deviations cover so large a share of order cycles, to three decimals (9500 gives 1.645)."""
    return half_up(Decimal(NormalDist().inv_cdf(service_bp / BASIS_POINTS)), Decimal("0.001"))


def safety_stock(
    factor: Decimal, daily_mean: Decimal, daily_sd: Decimal, lead_days: Decimal, lead_days_sd: Decimal
) -> int:
    """Z x sqrt(L x sd^2 + d^2 x sL^2), in whole units.

    Silver, Pyke and Thomas 2017, "Inventory and production management in supply chains", on demand and lead time that
    both vary. For z 1.645, d 30, sd 5, L 10 and sL 2: 1.645 x sqrt(3850) = 102.07, so 102.
    """
    spread = (lead_days * daily_sd**2 + daily_mean**2 * lead_days_sd**2).sqrt()
    return max(0, int(half_up(factor * spread)))


def reorder_point(daily_mean: Decimal, lead_days: Decimal, safety: int) -> int:
    """D x L + safety stock, in whole units. For d 30, L 10 and 102: 402."""
    return int(half_up(daily_mean * lead_days + safety))


def economic_quantity(yearly: Decimal, order_cost: Decimal, holding_cost: Decimal) -> int | None:
    """sqrt(2 x D x K / h), the order quantity of least cost (Harris 1913); None where one of the three is not known.

    D units a year, K what placing an order costs, h what keeping a unit for a year costs. At least one unit.
    """
    if yearly <= 0 or order_cost <= 0 or holding_cost <= 0:
        return None
    return max(1, int(half_up((2 * yearly * order_cost / holding_cost).sqrt())))


def order_quantity(daily_mean: Decimal, order_cost: Decimal, unit_cost: Decimal | None, multiple: int) -> int:
    """What is ordered at once, in multiples: the economic quantity, or what 30 days need where costs are unknown."""
    holding = (unit_cost or Decimal(0)) * HOLDING_BP / BASIS_POINTS
    units = economic_quantity(daily_mean * DAYS_A_YEAR, order_cost, holding)
    return in_multiples(units or max(1, int(half_up(daily_mean * COVER_DAYS))), multiple)


def in_multiples(units: int, multiple: int) -> int:
    """Units rounded up to whole multiples."""
    return -(-units // multiple) * multiple


def wanted(position: int, reorder: int, quantity: int, multiple: int, most: int | None) -> int:
    """How many units to order at a position (available and on order, less what waits); 0 where none are.

    At or below the reorder point the order quantity, or as many as lift the position to the reorder point if those are
    more, in whole multiples; never so many that the position would exceed `most`.
    """
    if position > reorder:
        return 0
    units = in_multiples(max(quantity, reorder - position, 1), multiple)
    return units if most is None else max(0, min(units, (most - position) // multiple * multiple))


def lasts_days(units: int, daily_mean: Decimal) -> int | None:
    """For how many whole days units last at a mean demand; None where nothing is asked for."""
    if daily_mean <= 0:
        return None
    return int((Decimal(max(0, units)) / daily_mean).to_integral_value(ROUND_DOWN))


def whole_days(days: Decimal) -> int:
    """Days rounded up to whole ones."""
    return int(days.to_integral_value(ROUND_UP))
