"""How much of a product will be asked for a day, told from the days behind; pure, in decimals.

A day on which nothing was available all day long and nothing was asked says nothing about demand, so it is left out;
what was asked while there was none counts like any other demand: demand lost is demand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.plans import Method
from portal.money import half_up

WHOLE_DAY = 1440
LEAST_DAYS = 28
"""With fewer days in stock a mean says too little."""
INTERMITTENT = Decimal("1.32")
"""Mean days from demand to demand above which demand counts as intermittent (Syntetos, Boylan and Croston 2005, "On the
categorization of demand patterns", Journal of the Operational Research Society 56)."""
SIZE_WEIGHT, CHANCE_WEIGHT = Decimal("0.1"), Decimal("0.02")
"""How much the newest demand counts for its size, and the newest day for the chance of demand at all.

Both are small since the steps are days: what was asked seven weeks ago still counts a third of what was asked today.
"""
_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Day:
    """Units asked on a day, and for how many minutes of it nothing was available."""

    units: int
    out_minutes: int = 0


@dataclass(frozen=True)
class Forecast:
    """Units a day, mean and standard deviation, how they were found, and from how many days."""

    method: Method
    mean: Decimal
    sd: Decimal
    days: int


def counted(days: Sequence[Day]) -> list[int]:
    """Units by day, oldest first, without the days that say nothing of demand."""
    return [day.units for day in days if day.units or day.out_minutes < WHOLE_DAY]


def mean(units: Sequence[int]) -> Decimal:
    """The mean of units by day; 0 of none."""
    return Decimal(sum(units)) / len(units) if units else Decimal(0)


def deviation(units: Sequence[int]) -> Decimal:
    """The standard deviation of a sample (divided by n - 1); 0 of fewer than two days."""
    if len(units) < 2:
        return Decimal(0)
    middle = mean(units)
    return (sum(((one - middle) ** 2 for one in units), Decimal(0)) / (len(units) - 1)).sqrt()


def interval(units: Sequence[int]) -> Decimal | None:
    """Days for each day with demand (the average demand interval); None without any demand."""
    with_demand = sum(1 for one in units if one)
    return Decimal(len(units)) / with_demand if with_demand else None


def tsb(units: Sequence[int]) -> Decimal:
    """Units a day of demand that comes now and then: its chance times its size, each followed day by day.

    Teunter, Syntetos and Babai 2011, "Intermittent demand: Linking forecasting to inventory obsolescence", European
    Journal of Operational Research 214: the chance falls on every day without demand, so that a product nobody asks for
    any more fades out. Both begin with their means over all days.
    """
    sizes = [one for one in units if one]
    if not sizes:
        return Decimal(0)
    chance, size = Decimal(len(sizes)) / len(units), mean(sizes)
    for one in units:
        if one:
            chance += CHANCE_WEIGHT * (1 - chance)
            size += SIZE_WEIGHT * (one - size)
        else:
            chance -= CHANCE_WEIGHT * chance
    return chance * size


def forecast(days: Sequence[Day]) -> Forecast:
    """The demand to expect, from days oldest first; to four decimals, half-up.

    By the mean where demand comes on most days, by TSB where it is intermittent, and not at all from fewer than 28 days
    in stock or without demand.
    """
    units = counted(days)
    apart = interval(units)
    if len(units) < LEAST_DAYS or apart is None:
        return Forecast(Method.NONE, Decimal(0), Decimal(0), len(units))
    method = Method.TSB if apart > INTERMITTENT else Method.MEAN
    expected = tsb(units) if method is Method.TSB else mean(units)
    spread = half_up(deviation(units), _PLACES)
    return Forecast(method, half_up(expected, _PLACES), spread, len(units))
