"""Between a clause and the fields in which it is typed."""

import re
from typing import Any

from wtforms import Field

from policies.forms import baht, basis_points, minor, percent
from policies.kinds import RATE_KINDS, Convention, Every, Kind
from policies.terms import Clause
from portal.customers.provinces import province_named, province_text
from portal.i18n import N_

SHARE, AMOUNT = "share", "amount"
HOURS, MINUTES = "hours", "minutes"
MINUTES_AN_HOUR = 60
CLOCKS: dict[str, str] = {
    Convention.WORKING: N_("working days"),
    Convention.CALENDAR: N_("calendar days"),
    Convention.CALENDAR_INCLUSIVE: N_("calendar days, the first included"),
}
BUSINESS_CLOCKS = {HOURS: N_("hours of business time"), MINUTES: N_("minutes of business time")}
BASES = {SHARE: N_("percent of the line"), AMOUNT: N_("฿")}


def clause_typed(kind: Kind, slot: dict[str, Field]) -> Clause:
    """The clause of a kind that its fields say; only after they are valid."""
    said = {name: field.data for name, field in slot.items()}
    places = [province_named(name) for name in names_typed(said.get("provinces"))]
    clock, count, in_amounts = said.get("clock"), said.get("count"), said.get("basis") != SHARE
    per_day, cap = said.get("per_day"), said.get("cap")
    timed = clock in BUSINESS_CLOCKS
    return Clause(
        kind,
        None if timed else count,
        Convention(clock) if clock and not timed else Convention.WORKING,
        basis_points(said["target"]),
        minor(per_day) if in_amounts else 0,
        minor(cap) if in_amounts else 0,
        minutes=(count or 0) * (MINUTES_AN_HOUR if clock == HOURS else 1) if timed else None,
        cut_off=said.get("cut_off"),
        compensation_bp_per_day=0 if in_amounts else basis_points(per_day),
        compensation_cap_bp=0 if in_amounts else basis_points(cap),
        provinces=tuple(place.code for place in places if place),
        exempt_kinds=tuple(said["exempt"] or ()),
        review_every=Every(said["review"] or Every.MONTH),
        fill_tolerance_bp=basis_points(said.get("tolerance")) if kind is Kind.LINE_FILL else 0,
        tolerance=said.get("tolerance") or 0 if kind not in RATE_KINDS else 0,
        settle_days=said.get("settle_days"),
        late_settlement_minor=minor(said.get("late_settlement")),
    )


def said_of(clause: Clause) -> dict[str, Any]:
    """What the fields of a clause show."""
    count, clock = clause.days, clause.convention.value
    if clause.minutes is not None:
        hours, rest = divmod(clause.minutes, MINUTES_AN_HOUR)
        count, clock = (clause.minutes, MINUTES) if rest else (hours, HOURS)
    shares = clause.kind is Kind.LEAD_TIME and not clause.compensation_minor_per_day
    return {
        "count": count,
        "clock": clock,
        "cut_off": clause.cut_off,
        "target": percent(clause.target_bp),
        "tolerance": clause.tolerance or None
        if clause.kind not in RATE_KINDS
        else percent(clause.fill_tolerance_bp),
        "per_day": percent(clause.compensation_bp_per_day)
        if shares
        else baht(clause.compensation_minor_per_day),
        "basis": SHARE if shares else AMOUNT,
        "cap": percent(clause.compensation_cap_bp) if shares else baht(clause.compensation_cap_minor),
        "settle_days": clause.settle_days,
        "late_settlement": baht(clause.late_settlement_minor),
        "provinces": ", ".join(province_text(code) for code in clause.provinces),
        "exempt": list(clause.exempt_kinds),
        "review": clause.review_every.value,
    }


def names_typed(text: str | None) -> list[str]:
    """Names with commas, semicolons or line breaks between."""
    return [name.strip() for name in re.split(r"[,;\n]", text or "") if name.strip()]
