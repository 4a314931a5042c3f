"""What a service report says, read from its stored facts; its sentences are written when it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from policies.clause_wording import place_text, promise_sentence, share_text, tolerance_sentence
from policies.kinds import KINDS, Convention, Every, Kind
from policies.periods import Period
from policies.report_figures import periods_of
from policies.reports import ServiceReport
from policies.sheets import Named
from policies.terms import Clause
from portal.i18n import _, day_text, money_text, ngettext, percent_text, quantity_text
from portal.money import BASIS_POINTS

COUNTS = ("cases", "kept", "missed", "exempt", "open")


@dataclass(frozen=True)
class Point:
    """How a standard was kept in one period of the trend."""

    period: Period
    kept: int
    judged: int

    @property
    def of_one(self) -> float | None:
        """The share kept, as a fraction of one; None while nothing is judged."""
        return self.kept / self.judged if self.judged else None


@dataclass(frozen=True)
class Line:
    """One standard of a report: what was promised, and what became of its cases."""

    key: str
    clause: Clause
    version: int
    cases: int
    kept: int
    missed: int
    exempt: int
    open: int
    owed: Mapping[str, int]
    paid: Mapping[str, int]
    base: str
    trend: tuple[Point, ...]
    judged_on: Point | None = None
    """How it was kept in the period on which its target is judged, where that is not the report's."""

    @property
    def of_one(self) -> float | None:
        """The share kept of those kept or missed; None while nothing is judged."""
        judged = self.kept + self.missed
        return self.kept / judged if judged else None

    @property
    def target(self) -> float:
        """The share that was promised."""
        return self.clause.target_bp / BASIS_POINTS

    @property
    def met(self) -> bool | None:
        """Whether the target was reached in the period on which it is judged; None while nothing fell due in it."""
        of_one = self.judged_on.of_one if self.judged_on else self.of_one
        return None if of_one is None else of_one >= self.target

    @property
    def verdict(self) -> str:
        """On which period the target is judged, and how it was kept then; empty where that is the report's own."""
        one = self.judged_on
        if one is None:
            return ""
        if one.of_one is None:
            return _("The target is judged on %(period)s: nothing fell due.", period=one.period.text)
        return _(
            "The target is judged on %(period)s: %(share)s of %(cases)s, %(met)s.",
            period=one.period.text,
            share=percent_text(one.of_one),
            cases=quantity_text(one.judged),
            met=_("reached") if self.met else _("not reached"),
        )

    @property
    def title(self) -> str:
        """The standard, and where it holds if not everywhere."""
        title, place = _(KINDS[self.clause.kind].title), place_text(self.clause)
        return _("%(standard)s in %(place)s", standard=title, place=place) if place else title

    @property
    def promise(self) -> str:
        """What was promised, in one sentence."""
        return promise_sentence(self.clause)

    @property
    def target_text(self) -> str:
        """The target as a percentage, as short as it is exact."""
        return share_text(self.clause.target_bp)

    @property
    def share_text(self) -> str:
        """The share kept as a percentage."""
        return percent_text(self.of_one)

    @property
    def definition(self) -> str:
        """By which cases the figure is counted, and when a case counts."""
        base = _(self.base) if self.base else _("A promise counts in the period of its last agreed due time.")
        said = [_(KINDS[self.clause.kind].definition), base, tolerance_sentence(self.clause)]
        return " ".join(filter(None, said))

    @property
    def compensation(self) -> str:
        """What is owed and credited for the misses; empty where nothing is."""
        if not self.owed and not self.paid:
            return ""
        return _(
            "Compensation owed: %(owed)s; credited: %(paid)s.",
            owed=money_of(self.owed),
            paid=money_of(self.paid),
        )

    @property
    def seen(self) -> bool:
        """Whether anything was judged in the periods of its trend."""
        return any(point.judged for point in self.trend)


@dataclass(frozen=True)
class ReportSheet:
    """A service report with all it says; `reader` is None for the policy's own report over all customers."""

    number: str
    code: str
    name_th: str
    name_en: str
    version: int
    reader: Named | None
    period: Period
    statement: int
    why: str
    made_at: datetime
    lines: tuple[Line, ...]

    def file_name(self, language: str) -> str:
        """What a downloaded report is called."""
        return f"service-report-{self.number}-{language}.pdf"

    @property
    def judged(self) -> list[Line]:
        """The lines with a share to be seen."""
        return [line for line in self.lines if line.of_one is not None]

    @property
    def summary(self) -> str:
        """How many of the standards reached their targets, in one sentence."""
        judged = [line for line in self.lines if line.met is not None]
        if not judged:
            return _("Nothing fell due in this period.")
        met = sum(1 for line in judged if line.met)
        return ngettext(
            "%(met)s of %(num)s standard reached its target.",
            "%(met)s of %(num)s standards reached their targets.",
            len(judged),
            met=met,
        )


def sheet_of(report: ServiceReport) -> ReportSheet:
    """A report as it was made."""
    policy, customer = report.version.policy, report.customer
    period = period_of(report)
    return ReportSheet(
        report.number,
        report.policy_code,
        policy.name_th,
        policy.name_en,
        report.version.number,
        Named(customer.name_th, customer.name_en) if customer else None,
        period,
        report.statement,
        report.why,
        report.made_at,
        lines_of(report.figures, period.every),
    )


def period_of(report: ServiceReport) -> Period:
    """The period that a report is about."""
    return Period(Every(report.every), report.first_day, report.last_day)


def lines_of(figures: Mapping[str, Any], every: Every) -> tuple[Line, ...]:
    """The lines that figures hold."""
    periods = periods_of(dict(figures), every)
    return tuple(_line(facts, periods) for facts in figures["lines"])


def money_of(amounts: Mapping[str, int]) -> str:
    """Amounts by currency, as people write them; a dash for none."""
    return ", ".join(money_text(minor, currency) for currency, minor in sorted(amounts.items())) or "–"


def _line(facts: Mapping[str, Any], periods: Sequence[Period]) -> Line:
    trend = (
        Point(period, kept, judged) for period, (kept, judged) in zip(periods, facts["trend"], strict=True)
    )
    return Line(
        facts["key"],
        _clause(facts["clause"]),
        facts["version"],
        owed=facts["owed"],
        paid=facts["paid"],
        base=facts["base"],
        trend=tuple(trend),
        judged_on=_point(facts["judged_on"]) if "judged_on" in facts else None,
        **{name: facts[name] for name in COUNTS},
    )


def _point(facts: Mapping[str, Any]) -> Point:
    first, last = (date.fromisoformat(facts[name]) for name in ("first", "last"))
    return Point(Period(Every(facts["every"]), first, last), facts["kept"], facts["judged"])


def _clause(facts: Mapping[str, Any]) -> Clause:
    """As much of a clause as its sentences need."""
    return Clause(
        Kind(facts["kind"]),
        facts["days"],
        Convention(facts["convention"]),
        facts["target_bp"],
        minutes=facts["minutes"],
        provinces=tuple(facts["provinces"]),
        fill_tolerance_bp=facts["fill_tolerance_bp"],
        tolerance=facts.get("tolerance", 0),  # earlier reports know of none
    )


def span_text(period: Period) -> str:
    """A period by its first and its last day."""
    return f"{day_text(period.first)} – {day_text(period.last)}"
