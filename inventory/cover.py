"""When there is more of a product than will be needed, and from when on a lot expires soon; pure."""

from decimal import ROUND_UP, Decimal

COVER_DAYS = 180
"""For how many days of forecast demand stock may last before it counts as too much."""
SOON_DAYS = 60
"""How many days before its last day of use a lot expires soon, where its product has no shelf life on record."""
SOON_PART = 4
"""With a shelf life on record the last quarter of it is soon: hardly a shop takes what is older."""


def enough(
    daily_mean: Decimal | None, reorder_point: int, order_quantity: int, most: int | None
) -> int | None:
    """The units beyond which there is too much of a product in a warehouse; None where nobody can say.

    What is needed in 180 days at the mean demand of the forecast (`daily_mean`; None without one), but never less than
    the reorder point and one order, because that much is ordered by the plan itself; and no more than the plan's
    `most`. At 2 a day, reorder point 40 and orders of 120: 360; with a most of 300: 300. At 0.05 a day, reorder point
    3 and orders of 24: 27, not 9.
    """
    limits = [] if most is None else [most]
    if daily_mean is not None:
        needed = int((daily_mean * COVER_DAYS).to_integral_value(ROUND_UP))
        limits.append(max(needed, reorder_point + order_quantity))
    return min(limits, default=None)


def excess(available: int, limit: int | None) -> int:
    """Units that nobody was promised beyond what is enough: 500 with 360 enough are 140 too many."""
    return 0 if limit is None else max(0, available - limit)


def soon_days(shelf_life_days: int | None) -> int:
    """How many days before its last day of use a lot expires soon: 365 days of shelf life give 92, none give 60."""
    return SOON_DAYS if shelf_life_days is None else -(-shelf_life_days // SOON_PART)
