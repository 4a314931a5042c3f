"""What a version says, as plain values: the standards it promises, and the bounds they keep to."""

from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from policies.kinds import CASE_KINDS, Convention, Kind
from policies.models import PolicyVersion, ServiceLevel
from portal.i18n import N_
from portal.money import BASIS_POINTS
from portal.refusal import Refused

MOST_DAYS = 365
LONGEST_WINDOW = 3650
MOST_A_DAY = 100_000_000
"""A million baht for one day late, in satang: more is a slip of the keyboard."""


@dataclass(frozen=True)
class LeadTime:
    """Delivery within so many days, for a share of lines, and what a line delivered late is worth.

    Shares are basis points; compensation for each day late is a share of the line's net amount, or a fixed amount in
    minor units of THB, up to the cap of the same kind.
    """

    convention: Convention
    days: int
    target_bp: int
    cut_off: time | None = None
    compensation_bp_per_day: int = 0
    compensation_cap_bp: int = 0
    compensation_minor_per_day: int = 0
    compensation_cap_minor: int = 0


@dataclass(frozen=True)
class LineFill:
    """The share of lines, in basis points, that leave complete with their first shipment."""

    target_bp: int


@dataclass(frozen=True)
class CaseTerm:
    """An answer to a request or case within so many days of its opening, for a share of cases.

    The target is in basis points; each day late is worth a fixed amount, up to the cap, in minor units of THB.
    """

    kind: Kind
    days: int
    convention: Convention = Convention.WORKING
    target_bp: int = 9500
    compensation_minor_per_day: int = 0
    cap_minor: int = 0


@dataclass(frozen=True)
class Terms:
    """Everything a version promises, and its words of introduction.

    Goods may be sent back within `return_days` days of delivery; None sets no window.
    """

    lead_time: LeadTime | None = None
    line_fill: LineFill | None = None
    intro_th: str = ""
    intro_en: str = ""
    cases: tuple[CaseTerm, ...] = ()
    return_days: int | None = None

    def __post_init__(self) -> None:
        """Keep the cases in the order of the kinds, so that the same terms are equal."""
        object.__setattr__(self, "cases", tuple(sorted(self.cases, key=lambda c: CASE_KINDS.index(c.kind))))

    @property
    def empty(self) -> bool:
        """Whether nothing is promised."""
        return not (self.lead_time or self.line_fill or self.cases or self.return_days is not None)

    def case(self, kind: Kind) -> CaseTerm | None:
        """What is promised for a kind of case, if anything."""
        return next((case for case in self.cases if case.kind == kind), None)

    def as_facts(self) -> dict[str, Any]:
        """The terms as the audit trail keeps them."""
        facts = asdict(self) | {"cases": [asdict(case) for case in self.cases]}
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
        tuple(case_of(level) for level in version.levels if Kind(level.kind) in CASE_KINDS),
        version.return_days,
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
        level.compensation_minor_per_day,
        level.compensation_cap_minor,
    )


def case_of(level: ServiceLevel) -> CaseTerm:
    """What a service level promises for a kind of case; raises LookupError for a level that counts no days."""
    if level.days is None:
        raise LookupError(f"service level {level.id} counts no days")
    return CaseTerm(
        Kind(level.kind),
        level.days,
        level.counting,
        level.target_bp,
        level.compensation_minor_per_day,
        level.compensation_cap_minor,
    )


def levels_for(terms: Terms) -> list[ServiceLevel]:
    """Service levels that say these terms, not yet part of a version."""
    levels = []
    if terms.lead_time:
        levels.append(ServiceLevel(kind=Kind.LEAD_TIME, **asdict(terms.lead_time)))
    if terms.line_fill:
        levels.append(ServiceLevel(kind=Kind.LINE_FILL, target_bp=terms.line_fill.target_bp))
    for case in terms.cases:
        facts = asdict(case)
        levels.append(ServiceLevel(compensation_cap_minor=facts.pop("cap_minor"), **facts))
    return levels


def check(terms: Terms) -> None:
    """Refuse terms outside their bounds, each beside its field."""
    if terms.lead_time:
        _check_lead_time(terms.lead_time)
    if terms.line_fill:
        _check_target(terms.line_fill.target_bp, "line_fill_target")
    for case in terms.cases:
        _check_case(case)
    if terms.return_days is not None and not 0 <= terms.return_days <= LONGEST_WINDOW:
        raise Refused(
            N_("A return window is at most %(most)s days."), field="return_days", most=LONGEST_WINDOW
        )


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

    if lead_time.compensation_bp_per_day and lead_time.compensation_minor_per_day:
        raise Refused(
            N_("Compensation is either a share of the line or a fixed amount, not both."),
            field="compensation_amount",
        )
    _check_amounts(
        lead_time.compensation_minor_per_day,
        lead_time.compensation_cap_minor,
        "compensation_amount",
        "cap_amount",
    )


def _check_case(case: CaseTerm) -> None:
    if not 1 <= case.days <= MOST_DAYS:
        raise Refused(N_("Days are between 1 and %(most)s."), field=f"{case.kind}_days", most=MOST_DAYS)
    _check_target(case.target_bp, f"{case.kind}_target")
    _check_amounts(
        case.compensation_minor_per_day, case.cap_minor, f"{case.kind}_per_day", f"{case.kind}_cap"
    )


def _check_amounts(per_day: int, cap: int, per_day_field: str, cap_field: str) -> None:
    if not 0 <= per_day <= MOST_A_DAY:
        raise Refused(N_("Compensation for one day is between 0 and a million baht."), field=per_day_field)
    if per_day == 0 and cap > 0:
        raise Refused(
            N_("Say what each day late is worth, or leave the highest compensation at 0."),
            field=per_day_field,
        )
    if not per_day <= cap <= MOST_A_DAY:
        raise Refused(
            N_("The highest compensation is at least that of one day and at most a million baht."),
            field=cap_field,
        )


def _check_target(target_bp: int, field: str) -> None:
    if not 1 <= target_bp <= BASIS_POINTS:
        raise Refused(N_("A target is above 0 and at most 100 percent."), field=field)
