"""How a line's promised date is found from the order's time, the stock and the service level; pure, and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from inventory.models import Warehouse
from inventory.reserving import Part
from policies.clocks import WorkingDays, arrives_on, day_counted_from, due_day
from policies.kinds import CONVENTION_TITLES, ONE_DAY_TITLES, Convention
from policies.models import ServiceLevel
from policies.places import Places
from portal.clock import local
from portal.i18n import N_, NN_, day_text, gettext, language, quantity_text

ONE_DAY = timedelta(days=1)
Step = tuple[str, dict[str, Any]]

STEPS = {
    "stands_for": N_("It stands for %(quantity)s × %(sku)s of this order, which waited for stock."),
    "in_stock": N_("%(quantity)s in stock in %(warehouse)s."),
    "from_receipt": N_("%(quantity)s come with receipt %(receipt)s, expected on %(expected_on)s."),
    "no_receipt": NN_(
        "%(quantity)s are not in stock and no receipt is expected yet; "
        "restocking usually takes %(days)s day, so this date is an estimate.",
        "%(quantity)s are not in stock and no receipt is expected yet; "
        "restocking usually takes %(days)s days, so this date is an estimate.",
        "days",
    ),
    "after_cut_off": N_(
        "Ordered on %(ordered_on)s at %(time)s, after the cut-off time %(cut_off)s: counted from %(counted_on)s."
    ),
    "closed_day": N_("Ordered on %(ordered_on)s, when we are closed: counted from %(counted_on)s."),
    "ordered": N_("Ordered on %(ordered_on)s."),
    "counted_from_receipt": N_("Counted from %(counted_on)s, when the goods are there."),
    "lead_time": N_("Lead time %(days)s %(convention)s (%(policy)s, version %(version)s)."),
    "on_its_way": NN_(
        "It leaves %(warehouse)s on %(leaves_on)s; the carrier needs %(transit)s working day of its own calendar.",
        "It leaves %(warehouse)s on %(leaves_on)s; the carrier needs %(transit)s working days of its own calendar.",
        "transit",
    ),
    "closures": N_("Not counted, because we are closed: %(closures)s."),
    "requested": N_(
        "That is sooner than you want it: you asked for %(requested_on)s, so that day is promised."
    ),
    "standstill": N_(
        "%(kind)s: nothing can leave %(warehouse)s from %(starts_on)s to %(ends_on)s. "
        "It leaves on %(leaves_on)s instead of %(left_on)s, and arrives as many working days later."
    ),
}


@dataclass(frozen=True)
class Standstill:
    """A time, both days included, in which nothing leaves the warehouse, and the title of what stops it."""

    starts_on: date
    ends_on: date
    kind: str


@dataclass(frozen=True)
class Terms:
    """Everything but the stock that a date depends on; `standstills` come in the order in which they begin.

    `days` are those of the warehouse. Goods travel on the days of the carriers, for None on the same days; the
    cut-off of the warehouse counts where the level names none.
    """

    ordered_at: datetime
    level: ServiceLevel
    days: WorkingDays
    warehouse_code: str
    transit_days: int
    requested_on: date | None = None
    standstills: Sequence[Standstill] = ()
    carriers: WorkingDays | None = None
    warehouse_cut_off: time | None = None
    warehouse_th: str = ""
    warehouse_en: str = ""

    @classmethod
    def at(
        cls,
        places: Places,
        warehouse: Warehouse,
        ordered_at: datetime,
        level: ServiceLevel,
        transit_days: int,
        requested_on: date | None = None,
        standstills: Sequence[Standstill] = (),
    ) -> "Terms":
        """The terms of an order by the calendars of its warehouse and of the carriers."""
        return cls(
            ordered_at,
            level,
            places.days(warehouse.code),
            warehouse.code,
            transit_days,
            requested_on,
            standstills,
            places.carriers_of(warehouse.code),
            places.at(warehouse.code).cut_off,
            warehouse.name_th,
            warehouse.name_en,
        )

    @property
    def where(self) -> dict[str, str]:
        """The warehouse as a step keeps it: its code, and its names, by which people know it."""
        names = {"warehouse_th": self.warehouse_th, "warehouse_en": self.warehouse_en}
        return {"warehouse": self.warehouse_code} | {key: name for key, name in names.items() if name}

    @property
    def cut_off(self) -> time | None:
        """Until when an order counts as of the same day."""
        return self.level.cut_off or self.warehouse_cut_off


@dataclass(frozen=True)
class Dated:
    """A part of a line with the day it is promised for, the day it must leave, and how they were found.

    The lead time counts from `counted_from`.
    """

    part: Part
    due_on: date
    ship_by: date
    found: list[Step]
    counted_from: date

    @property
    def backorder(self) -> bool:
        """Whether these units are not in stock yet."""
        return not self.part.held


def date_part(part: Part, terms: Terms, replenishment_days: int) -> Dated:
    """Promise one part: count the lead time from the order, or for a backorder from the day the goods are there.

    Where the warehouse or the carriers keep a calendar of their own, working days before it leaves are those of the
    warehouse and the days of transit those of the carriers. A requested day later than that is promised instead. Goods
    must leave early enough for their transit; what would have to leave during a standstill leaves after it and is
    promised as many working days later.
    """
    convention = terms.level.counting
    ordered = day_counted_from(terms.ordered_at, convention, terms.cut_off, terms.days)
    steps = [_where_from(part, terms, replenishment_days)]
    start = _start(part, ordered, terms, replenishment_days)
    steps.append(_counted(start, ordered, terms))
    days, carriers = terms.level.days or 1, terms.carriers or terms.days
    chained = terms.carriers is not None and convention is Convention.WORKING
    leaves = terms.days.after(start, max(days - terms.transit_days, 0)) if chained else None
    due = (
        due_day(start, days, convention, terms.days)
        if leaves is None
        else arrives_on(leaves, min(terms.transit_days, days), carriers)
    )
    version = terms.level.version
    steps.append(
        (
            "lead_time",
            {
                "days": terms.level.days,
                "convention": (ONE_DAY_TITLES if days == 1 else CONVENTION_TITLES)[convention],
                "policy_th": version.policy.name_th,
                "policy_en": version.policy.name_en,
                "version": version.number,
            },
        )
    )
    if leaves is not None:
        steps.append(_on_its_way(leaves, min(terms.transit_days, days), terms))
    closed = [
        *terms.days.closures_between(start, leaves or due),
        *(carriers.closures_between(leaves + ONE_DAY, due) if leaves else ()),
    ]
    if convention is Convention.WORKING and closed:
        steps.append(("closures", {"closures": [day.isoformat() for day in closed]}))
    if terms.requested_on and terms.requested_on > due:
        due, leaves = terms.requested_on, None
        steps.append(("requested", {"requested_on": due.isoformat()}))
    ship_by = leaves or max(_must_leave(due, terms), min(start, due))
    for one in terms.standstills:
        if one.starts_on <= ship_by <= one.ends_on:
            resumes, steps = terms.days.after(one.ends_on, 1), [*steps, _stood_still(one, ship_by, terms)]
            due = carriers.after(due, terms.days.count_between(ship_by, resumes))
            ship_by = resumes
    return Dated(part, due, ship_by, steps, start)


def sentences(found: list[Any]) -> list[str]:
    """The steps by which a date was found, as sentences in the language being spoken."""
    return [gettext(STEPS[code], **_spoken(params)) for code, params in found]


def _where_from(part: Part, terms: Terms, replenishment_days: int) -> Step:
    if part.held:
        return ("in_stock", {"quantity": part.quantity, **terms.where})
    if part.receipt is not None and part.available_on is not None:
        facts = {"receipt": part.receipt.number, "expected_on": part.available_on.isoformat()}
        return ("from_receipt", {"quantity": part.quantity, **facts})
    return ("no_receipt", {"quantity": part.quantity, "days": replenishment_days})


def _start(part: Part, ordered: date, terms: Terms, replenishment_days: int) -> date:
    if part.held:
        return ordered
    there = part.available_on or local(terms.ordered_at).date() + timedelta(days=replenishment_days)
    if terms.level.counting is Convention.WORKING:
        there = terms.days.first_from(there)
    return max(ordered, there)


def _must_leave(due: date, terms: Terms) -> date:
    """The last day on which goods can leave that are to arrive on a day."""
    if terms.carriers is None:
        return terms.days.before(due, terms.transit_days)
    return terms.days.last_until(terms.carriers.before(due, terms.transit_days))


def _on_its_way(leaves: date, transit_days: int, terms: Terms) -> Step:
    facts = {**terms.where, "leaves_on": leaves.isoformat()}
    return ("on_its_way", {**facts, "transit": transit_days})


def _stood_still(one: Standstill, ship_by: date, terms: Terms) -> Step:
    facts = {"starts_on": one.starts_on.isoformat(), "ends_on": one.ends_on.isoformat()}
    facts |= {"left_on": ship_by.isoformat(), "leaves_on": terms.days.after(one.ends_on, 1).isoformat()}
    return ("standstill", {"kind": one.kind, **terms.where, **facts})


def _counted(start: date, ordered: date, terms: Terms) -> Step:
    moment = local(terms.ordered_at)
    if start > ordered:
        return ("counted_from_receipt", {"counted_on": start.isoformat()})
    facts = {"ordered_on": moment.date().isoformat(), "counted_on": ordered.isoformat()}
    if ordered == moment.date():
        return ("ordered", {"ordered_on": facts["ordered_on"]})
    if terms.days.works(moment.date()) and terms.cut_off is not None:
        return (
            "after_cut_off",
            {**facts, "time": f"{moment:%H:%M}", "cut_off": f"{terms.cut_off:%H:%M}"},
        )
    return ("closed_day", facts)


def _spoken(params: dict[str, Any]) -> dict[str, Any]:
    spoken: dict[str, Any] = {}
    for name, value in params.items():
        if name.endswith("_on"):
            spoken[name] = day_text(date.fromisoformat(value))
        elif name == "closures":
            spoken[name] = ", ".join(day_text(date.fromisoformat(day)) for day in value)
        elif name == "quantity":
            spoken[name] = quantity_text(value)
        elif name in ("convention", "kind"):
            spoken[name] = gettext(value)
        else:
            spoken[name] = value
    if "warehouse_th" in params and "warehouse_en" in params:
        spoken["warehouse"] = params["warehouse_th" if language() == "th" else "warehouse_en"]
    if "policy_th" in params:
        spoken["policy"] = params["policy_th" if language() == "th" else "policy_en"]
    return spoken
