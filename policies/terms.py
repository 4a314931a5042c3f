"""What a version says, as plain values: the lead time and line fill it promises, and the bounds they keep to."""

from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from policies.kinds import Convention, Kind
from policies.models import PolicyVersion, ServiceLevel
from portal.i18n import N_
from portal.money import BASIS_POINTS
from portal.refusal import Refused

MOST_DAYS = 365


@dataclass(frozen=True)
class LeadTime:
    """Delivery within so many days, for a share of lines, and what a line delivered late is worth.

    Shares are basis points; compensation is a share of the line's net amount for each day late, up to the cap.
    """

    convention: Convention
    days: int
    target_bp: int
    cut_off: time | None = None
    compensation_bp_per_day: int = 0
    compensation_cap_bp: int = 0


@dataclass(frozen=True)
class LineFill:
    """The share of lines, in basis points, that leave complete with their first shipment."""

    target_bp: int


@dataclass(frozen=True)
class Terms:
    """Everything a version promises, and its words of introduction."""

    lead_time: LeadTime | None = None
    line_fill: LineFill | None = None
    intro_th: str = ""
    intro_en: str = ""

    def as_facts(self) -> dict[str, Any]:
        """The terms as the audit trail keeps them."""
        facts = asdict(self)
        if self.lead_time and self.lead_time.cut_off:
            facts["lead_time"]["cut_off"] = f"{self.lead_time.cut_off:%H:%M}"
        return facts


def terms_of(version: PolicyVersion) -> Terms:
    """What a version promises, read from its service levels."""
    lead_time, line_fill = version.level(Kind.LEAD_TIME), version.level(Kind.LINE_FILL)
    return Terms(
        lead_time_of(lead_time) if lead_time else None,
        LineFill(line_fill.target_bp) if line_fill else None,
        version.intro_th,
        version.intro_en,
    )


def lead_time_of(level: ServiceLevel) -> LeadTime:
    """The lead time that a service level promises; raises LookupError for a level of another kind."""
    if level.days is None:
        raise LookupError(f"service level {level.id} promises no lead time")
    return LeadTime(
        level.counting,
        level.days,
        level.target_bp,
        level.cut_off,
        level.compensation_bp_per_day,
        level.compensation_cap_bp,
    )


def levels_for(terms: Terms) -> list[ServiceLevel]:
    """Service levels that say these terms, not yet part of a version."""
    levels = []
    if terms.lead_time:
        levels.append(ServiceLevel(kind=Kind.LEAD_TIME, **asdict(terms.lead_time)))
    if terms.line_fill:
        levels.append(ServiceLevel(kind=Kind.LINE_FILL, target_bp=terms.line_fill.target_bp))
    return levels


def check(terms: Terms) -> None:
    """Refuse terms outside their bounds, each beside its field."""
    if terms.lead_time:
        _check_lead_time(terms.lead_time)
    if terms.line_fill:
        _check_target(terms.line_fill.target_bp, "line_fill_target")


def _check_lead_time(lead_time: LeadTime) -> None:
    if not 1 <= lead_time.days <= MOST_DAYS:
        raise Refused(N_("A lead time is between 1 and %(most)s days."), field="days", most=MOST_DAYS)
    if lead_time.cut_off and lead_time.convention is not Convention.WORKING:
        raise Refused(
            N_("A cut-off time belongs to working days; calendar days begin at midnight."), field="cut_off"
        )
    _check_target(lead_time.target_bp, "target")
    if not 0 <= lead_time.compensation_bp_per_day <= BASIS_POINTS:
        raise Refused(
            N_("Compensation for one day is at most the whole amount of the line."), field="compensation"
        )
    if lead_time.compensation_bp_per_day == 0 and lead_time.compensation_cap_bp > 0:
        raise Refused(
            N_("Say what each day late is worth, or leave the highest compensation at 0."),
            field="compensation",
        )
    if not lead_time.compensation_bp_per_day <= lead_time.compensation_cap_bp <= BASIS_POINTS:
        raise Refused(
            N_(
                "The highest compensation is at least that of one day and at most the whole amount of the line."
            ),
            field="cap",
        )


def _check_target(target_bp: int, field: str) -> None:
    if not 1 <= target_bp <= BASIS_POINTS:
        raise Refused(N_("A target is above 0 and at most 100 percent."), field=field)
