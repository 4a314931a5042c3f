"""What a version says, as plain values: the standards it promises, and for whom it reports on them."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, asdict, dataclass, fields, replace
from datetime import time
from typing import Any

from policies.kinds import PLACE, Convention, Every, Kind
from policies.models import PolicyVersion, ServiceLevel


@dataclass(frozen=True)
class Clause:
    """One standard: what is measured, its target, its clock, where it holds, and what a miss is worth.

    A time counts `days` by a convention or `minutes` of business time; rates count neither. Shares are basis points.
    It holds in these `provinces` (ISO codes), else everywhere; misses by a disruption of one of `exempt_kinds` do not
    count. What is at most `tolerance` later than due, in the unit of the clock, is judged as kept. Each day late is
    worth a share of the line's net amount, or an amount in minor units of THB, up to the cap of the same kind; what is
    not credited within `settle_days` working days adds `late_settlement_minor`.
    """

    kind: Kind
    days: int | None = None
    convention: Convention = Convention.WORKING
    target_bp: int = 9500
    compensation_minor_per_day: int = 0
    compensation_cap_minor: int = 0
    _: KW_ONLY
    minutes: int | None = None
    cut_off: time | None = None
    compensation_bp_per_day: int = 0
    compensation_cap_bp: int = 0
    provinces: tuple[str, ...] = ()
    exempt_kinds: tuple[str, ...] = ()
    review_every: Every = Every.MONTH
    fill_tolerance_bp: int = 0
    tolerance: int = 0
    settle_days: int | None = None
    late_settlement_minor: int = 0

    def __post_init__(self) -> None:
        """Write what is meant alike in one way only, so that the same clauses are equal."""
        object.__setattr__(self, "provinces", tuple(sorted(set(self.provinces))))
        object.__setattr__(self, "exempt_kinds", tuple(sorted(set(self.exempt_kinds))))
        if self.days is None:
            object.__setattr__(self, "convention", Convention.WORKING)

    @property
    def compensated(self) -> bool:
        """Whether a day late is worth anything."""
        return bool(self.compensation_minor_per_day or self.compensation_bp_per_day)

    def as_facts(self) -> dict[str, Any]:
        """The clause as the audit trail keeps it."""
        facts = asdict(self)
        return facts | {"cut_off": f"{self.cut_off:%H:%M}" if self.cut_off else None}


@dataclass(frozen=True)
class Terms:
    """Everything a version promises, its words of introduction, and its reports.

    Goods may be sent back within `return_days` days of delivery; None sets no window. A report is made each
    `report_every` and sent to the addresses in `report_to` and, if asked for, to each customer about their own.
    """

    clauses: tuple[Clause, ...] = ()
    intro_th: str = ""
    intro_en: str = ""
    return_days: int | None = None
    report_every: Every | None = None
    report_to: tuple[str, ...] = ()
    report_to_customers: bool = False

    def __post_init__(self) -> None:
        """Keep the clauses in the order of their kinds, what holds everywhere first."""
        object.__setattr__(self, "clauses", tuple(sorted(self.clauses, key=_order)))

    @property
    def empty(self) -> bool:
        """Whether nothing is promised."""
        return not self.clauses and self.return_days is None

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of standard that are promised somewhere, in their order."""
        return list(dict.fromkeys(clause.kind for clause in self.clauses))

    def of(self, kind: Kind) -> tuple[Clause, ...]:
        """What is promised of a kind, what holds everywhere first."""
        return tuple(clause for clause in self.clauses if clause.kind is kind)

    def clause(self, kind: Kind) -> Clause | None:
        """What is promised of a kind everywhere, else in some provinces, if anything."""
        return next(iter(self.of(kind)), None)

    def but(self, *clauses: Clause) -> "Terms":
        """The same terms with these clauses in place of all of their kinds."""
        return replace(self, clauses=(*self.without(*(one.kind for one in clauses)).clauses, *clauses))

    def without(self, *kinds: Kind) -> "Terms":
        """The same terms without the clauses of these kinds."""
        return replace(self, clauses=tuple(clause for clause in self.clauses if clause.kind not in kinds))

    def as_facts(self) -> dict[str, Any]:
        """The terms as the audit trail keeps them."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return facts | {
            "clauses": [clause.as_facts() for clause in self.clauses],
            "report_to": list(self.report_to),
        }


def terms_of(version: PolicyVersion) -> Terms:
    """What a version promises, read from its service levels."""
    return Terms(
        tuple(clause_of(level) for level in version.levels),
        version.intro_th,
        version.intro_en,
        version.return_days,
        Every(version.report_every) if version.report_every else None,
        tuple(version.report_to.splitlines()),
        version.report_to_customers,
    )


def clause_of(level: ServiceLevel) -> Clause:
    """What a service level promises."""
    same = {name: getattr(level, name) for name in _SAME}
    return Clause(
        Kind(level.kind),
        convention=Convention(level.convention or Convention.WORKING),
        provinces=_split(level.provinces),
        exempt_kinds=_split(level.exempt_kinds),
        review_every=Every(level.review_every),
        **same,
    )


def levels_for(clauses: Iterable[Clause]) -> list[ServiceLevel]:
    """Service levels that say these clauses, not yet part of a version."""
    return [_level(clause) for clause in clauses]


def say(version: PolicyVersion, terms: Terms) -> None:
    """Have a version whose levels are gone say these terms."""
    version.intro_th, version.intro_en, version.return_days = (
        terms.intro_th,
        terms.intro_en,
        terms.return_days,
    )
    version.report_every, version.report_to = terms.report_every or "", "\n".join(terms.report_to)
    version.report_to_customers = terms.report_to_customers
    version.levels = levels_for(terms.clauses)


def _level(clause: Clause) -> ServiceLevel:
    return ServiceLevel(
        kind=clause.kind,
        convention=clause.convention if clause.days is not None else None,
        provinces=",".join(clause.provinces),
        exempt_kinds=",".join(clause.exempt_kinds),
        review_every=clause.review_every,
        **{name: getattr(clause, name) for name in _SAME},
    )


def _order(clause: Clause) -> tuple[int, bool, tuple[str, ...]]:
    return PLACE[clause.kind], bool(clause.provinces), clause.provinces


def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(",")) if joined else ()


_SAME = (
    "days",
    "minutes",
    "target_bp",
    "cut_off",
    "compensation_minor_per_day",
    "compensation_cap_minor",
    "compensation_bp_per_day",
    "compensation_cap_bp",
    "fill_tolerance_bp",
    "tolerance",
    "settle_days",
    "late_settlement_minor",
)
"""The columns of a service level that a clause carries under the same names."""
