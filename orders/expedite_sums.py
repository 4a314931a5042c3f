"""The sums behind a faster delivery: what each option costs and gains, what the order earns; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from orders.dating import Standstill
from orders.expedites import ExpediteRule, FastService
from policies.clocks import WorkingDays, day_counted_from
from policies.kinds import Convention
from portal.money import BASIS_POINTS, to_minor

COST_CURRENCY = "THB"
"""The currency in which goods and fast services cost us."""


@dataclass(frozen=True)
class Option:
    """A faster way for some units: what it costs more, when they leave and arrive, and the calendar days it gains."""

    service: FastService
    cost_minor: int
    ship_by: date
    due_on: date
    days_gained: int


@dataclass(frozen=True)
class Sold:
    """Units of an order line that are still wanted: what they are sold for, net, and what each costs us, if known."""

    units: int
    net_minor: int
    unit_cost: Decimal | None


@dataclass(frozen=True)
class Margin:
    """What an order earns before its other costs: net less cost, in minor units; None while a cost is unknown.

    `unknown` lines have no cost on record.
    """

    minor: int | None
    unknown: int


def leaves_on(
    now: datetime, cut_off: time | None, days: WorkingDays, standstills: Iterable[Standstill]
) -> date:
    """The first day on which goods can leave: a working day, today only until the cut-off, and after standstills.

    The standstills come in the order in which they begin.
    """
    day = day_counted_from(now, Convention.WORKING, cut_off, days)
    for one in standstills:
        if one.starts_on <= day <= one.ends_on:
            day = days.after(one.ends_on, 1)
    return day


def options(
    services: Iterable[FastService], units: int, ship_by: date, due_on: date, days: WorkingDays
) -> list[Option]:
    """The services that bring units which leave on `ship_by` sooner than `due_on`, the cheapest first.

    They arrive so many working days after they leave. Extra cost = base + per unit × units.
    """
    found = []
    for service in services:
        arrives = days.after(ship_by, service.days)
        if arrives < due_on:
            cost = service.base_minor + service.per_unit_minor * units
            found.append(Option(service, cost, ship_by, arrives, (due_on - arrives).days))
    return sorted(found, key=lambda option: (option.cost_minor, option.due_on, option.service.id))


def suggested(found: Sequence[Option], wanted_on: date) -> Option | None:
    """The cheapest option that arrives by the day wanted; where none does, the one that arrives first."""
    in_time = [option for option in found if option.due_on <= wanted_on]
    if in_time:
        return in_time[0]
    return min(found, key=lambda option: (option.due_on, option.cost_minor), default=None)


def margin(lines: Iterable[Sold], currency: str) -> Margin:
    """Net − Σ unit cost × units. Unknown when a line's cost is not on record, or the order is in another currency."""
    wanted = [line for line in lines if line.units]
    unknown = sum(1 for line in wanted if line.unit_cost is None)
    if unknown or currency != COST_CURRENCY:
        return Margin(None, unknown)
    costs = sum(to_minor((line.unit_cost or Decimal(0)) * line.units, currency) for line in wanted)
    return Margin(sum(line.net_minor for line in wanted) - costs, 0)


def small_enough(
    rule: ExpediteRule | None, option: Option, earned: Margin, spent_minor: int, wanted_on: date
) -> bool:
    """Whether the rule approves an option at once: it arrives by the day wanted, and costs little enough in itself and
    as a share of what is left of the order's margin, which must be known, after what was spent on it before.
    """
    if rule is None or option.due_on > wanted_on or earned.minor is None or earned.minor <= spent_minor:
        return False
    within_share = option.cost_minor * BASIS_POINTS <= (earned.minor - spent_minor) * rule.most_share_bp
    return option.cost_minor <= rule.most_cost_minor and within_share
