"""Everything the page and the paper of a version say, taken once; the sentences are written when it is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from policies.book import Standing
from policies.case_wording import CaseLine, case_counting_sentences, case_line, return_sentence
from policies.clocks import WorkingDays, day_counted_from, due_day
from policies.examples import Example, examples_for
from policies.kinds import EVERY_TITLES, RATE_KINDS, Kind
from policies.models import PolicyVersion, VersionState
from policies.terms import Clause, Terms, clause_of, terms_of
from policies.tolerating import clause_tolerance, judged_day
from policies.wording import Section, covered_sentence, section
from policies.working_weeks import BusinessCalendar
from portal.clock import at
from portal.i18n import _, name_of

TOLD_WHOLE = (Kind.LEAD_TIME, *RATE_KINDS)
"""Kinds that have a section of their own; the others are lines of a table."""


@dataclass(frozen=True)
class Named:
    """A text in both languages."""

    name_th: str
    name_en: str


@dataclass(frozen=True)
class PolicySheet:
    """Everything a version's page and paper say.

    `examples` counts imagined orders for each lead time; `due_on` has for what counts days the last day in time, if a
    case began on `begun_on`, and `judged_on` the last day judged as kept, where that is later.
    """

    code: str
    name_th: str
    name_en: str
    scope: str
    tier: str | None
    named: Named | None
    number: int
    state: str
    valid_from: date | None
    published_at: datetime | None
    reason: str
    terms: Terms
    week: str
    begun_on: date
    examples: Mapping[Clause, tuple[Example, ...]]
    due_on: Mapping[Clause, date]
    judged_on: Mapping[Clause, date]
    carriers: str = ""
    """The working week of the carriers, empty where they follow ours."""

    @property
    def number_text(self) -> str:
        """The human number of the version."""
        return f"{self.code}/{self.number}"

    def file_name(self, language: str) -> str:
        """What a downloaded sheet is called."""
        return f"policy-{self.code}-{self.number}-{language}.pdf"

    @property
    def draft(self) -> bool:
        """Whether the version is still being written or reviewed."""
        return self.state != VersionState.PUBLISHED

    @property
    def intro(self) -> str:
        """The words of introduction in the language being spoken, else in the other."""
        return name_of(Named(self.terms.intro_th, self.terms.intro_en))

    @property
    def covers(self) -> str:
        """For whom the version is written, in the language being spoken."""
        return covered_sentence(self.scope, self.tier, self.named)

    @property
    def cases(self) -> tuple[Clause, ...]:
        """What is promised on requests and cases."""
        return tuple(clause for clause in self.terms.clauses if clause.kind not in TOLD_WHOLE)

    def section(self, clause: Clause) -> Section:
        """A lead time or a rate in the language being spoken."""
        return section(clause, self.week, self.examples.get(clause, ()), carriers=self.carriers)

    def sections(self) -> list[Section]:
        """The lead times and rates, in the language being spoken."""
        return [self.section(clause) for clause in self.terms.clauses if clause.kind in TOLD_WHOLE]

    def case_line(self, clause: Clause) -> CaseLine:
        """What is promised on a kind of case, in the language being spoken."""
        return case_line(clause, self.due_on.get(clause), self.judged_on.get(clause))

    def case_lines(self) -> list[CaseLine]:
        """What is promised on requests and cases, in the language being spoken."""
        return [self.case_line(clause) for clause in self.cases]

    def case_points(self) -> list[str]:
        """How the time of requests and cases is counted."""
        return case_counting_sentences(self.cases, self.week)

    @property
    def empty(self) -> bool:
        """Whether the version promises nothing."""
        return self.terms.empty

    @property
    def complete(self) -> bool:
        """Whether nothing is left to a wider policy."""
        everywhere = {clause.kind for clause in self.terms.clauses if not clause.provinces}
        return everywhere == set(Kind) and self.terms.return_days is not None

    def return_window(self) -> str:
        """Within which time goods may be sent back; empty where no window is set."""
        return "" if self.terms.return_days is None else return_sentence(self.terms.return_days)

    def reports(self) -> str:
        """How often customers get a report of how the promises were kept; empty where they get none."""
        if not self.terms.report_every or not self.terms.report_to_customers:
            return ""
        every = _(EVERY_TITLES[self.terms.report_every])
        return _("You get a report of how we kept these promises %(every)s.", every=every)


def sheet_of(
    version: PolicyVersion, calendar: BusinessCalendar | None, *, on: date, carriers: str = ""
) -> PolicySheet:
    """The sheet of a version; its examples lie on or after `on`, and after the day from which it holds.

    `carriers` is the working week of the carriers, empty where they follow the distributor's.
    """
    terms, policy = terms_of(version), version.policy
    since = max(on, version.valid_from or on)
    named = policy.customer or policy.group
    lead_times = terms.of(Kind.LEAD_TIME) if calendar else ()
    due_on = _due_days(terms.clauses, calendar, since) if calendar else {}
    return PolicySheet(
        policy.code,
        policy.name_th,
        policy.name_en,
        policy.scope,
        policy.tier,
        Named(named.name_th, named.name_en) if named else None,
        version.number,
        version.state,
        version.valid_from,
        version.published_at,
        version.reason,
        terms,
        calendar.week if calendar else "",
        since,
        {clause: examples_for(clause, calendar, since) for clause in lead_times if calendar},
        due_on,
        _judged_days(due_on, calendar) if calendar else {},
        carriers,
    )


@dataclass(frozen=True)
class Said:
    """What several versions in force say together: each standard by the closest that sets it, with where it is from."""

    sections: list[tuple[Section, PolicyVersion]]
    case_lines: list[tuple[CaseLine, PolicyVersion]]
    case_points: list[str]
    begun_on: date
    return_window: str
    return_source: PolicyVersion | None


def together(holds: Standing, sheets: Sequence[PolicySheet]) -> Said | None:
    """What holds for a customer, from the sheets of the versions in force, the closest first; None without any."""
    if not sheets:
        return None
    pairs = list(zip(holds.versions, sheets, strict=True))
    of_version = {version.id: (version, sheet) for version, sheet in pairs}
    found = [(clause_of(level), *of_version[level.version_id]) for level in holds.clauses]
    found.sort(key=lambda one: (list(Kind).index(one[0].kind), bool(one[0].provinces)))
    window = next(((v, s) for v, s in pairs if s.terms.return_days is not None), None)
    cases = [(clause, version, sheet) for clause, version, sheet in found if clause.kind not in TOLD_WHOLE]
    return Said(
        [(sheet.section(clause), version) for clause, version, sheet in found if clause.kind in TOLD_WHOLE],
        [(sheet.case_line(clause), version) for clause, version, sheet in cases],
        case_counting_sentences((clause for clause, _version, _sheet in cases), sheets[0].week),
        sheets[0].begun_on,
        window[1].return_window() if window else "",
        window[0] if window else None,
    )


def _due_days(clauses: Iterable[Clause], calendar: BusinessCalendar, begun_on: date) -> dict[Clause, date]:
    """For what counts days the last day in time, if a case began on a day before anybody has gone home."""
    days = _days(calendar)
    return {
        clause: due_day(
            day_counted_from(at(begun_on), clause.convention, None, days),
            clause.days,
            clause.convention,
            days,
        )
        for clause in clauses
        if clause.days is not None
    }


def _judged_days(due_on: Mapping[Clause, date], calendar: BusinessCalendar) -> dict[Clause, date]:
    """For those of them that tolerate a while the last day that is judged as kept."""
    days, tolerances = _days(calendar), {clause: clause_tolerance(clause) for clause in due_on}
    return {
        clause: judged_day(due_on[clause], tolerance, days)
        for clause, tolerance in tolerances.items()
        if tolerance is not None
    }


def _days(calendar: BusinessCalendar) -> WorkingDays:
    return WorkingDays.of(calendar.week, (closure.day for closure in calendar.closures))
