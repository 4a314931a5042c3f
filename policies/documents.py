"""A policy version on paper: what it says, with examples counted from today, as a PDF in Thai or English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from config import Seller
from policies.book import Standing
from policies.case_wording import CaseLine, case_counting_sentences, case_line, return_sentence
from policies.clocks import WorkingDays, day_counted_from, due_day
from policies.examples import Example, examples_for
from policies.kinds import CASE_KINDS, Kind
from policies.models import BusinessCalendar, PolicyVersion, VersionState
from policies.terms import CaseTerm, LeadTime, LineFill, terms_of
from policies.wording import Section, covered_sentence, lead_time_section, line_fill_section
from portal.clock import at
from portal.documents import (
    Block,
    Bullets,
    Column,
    Heading,
    LetterHead,
    LineTable,
    Note,
    Paragraph,
    Row,
    build_pdf,
)
from portal.i18n import _, day_text, name_of, speaking


@dataclass(frozen=True)
class Named:
    """A text in both languages."""

    name_th: str
    name_en: str


@dataclass(frozen=True)
class PolicySheet:
    """Everything a version's page and paper say, taken once; the sentences are written when it is read."""

    code: str
    name_th: str
    name_en: str
    scope: str
    tier: str | None
    customer: Named | None
    number: int
    draft: bool
    valid_from: date | None
    published_at: datetime | None
    reason: str
    intro_th: str
    intro_en: str
    lead_time: LeadTime | None
    line_fill: LineFill | None
    week: str
    examples: tuple[Example, ...]
    cases: tuple[CaseTerm, ...]
    return_days: int | None
    begun_on: date
    due_on: Mapping[Kind, date]

    @property
    def number_text(self) -> str:
        """The human number of the version."""
        return f"{self.code}/{self.number}"

    def file_name(self, language: str) -> str:
        """What a downloaded sheet is called."""
        return f"policy-{self.code}-{self.number}-{language}.pdf"

    @property
    def intro(self) -> str:
        """The words of introduction in the language being spoken, else in the other."""
        return name_of(Named(self.intro_th, self.intro_en))

    @property
    def covers(self) -> str:
        """For whom the version is written, in the language being spoken."""
        return covered_sentence(self.scope, self.tier, self.customer)

    def sections(self) -> list[Section]:
        """What is promised, standard by standard, in the language being spoken."""
        found = []
        if self.lead_time:
            found.append(lead_time_section(self.lead_time, self.week, self.examples))
        if self.line_fill:
            found.append(line_fill_section(self.line_fill))
        return found

    @property
    def empty(self) -> bool:
        """Whether the version promises nothing."""
        return not (self.lead_time or self.line_fill or self.cases or self.return_days is not None)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to a wider policy."""
        all_cases = {case.kind for case in self.cases} == set(CASE_KINDS)
        return bool(self.lead_time and self.line_fill and all_cases and self.return_days is not None)

    def case_lines(self) -> list[CaseLine]:
        """What is promised on requests and cases, in the language being spoken."""
        return [case_line(case) for case in self.cases]

    def case_points(self) -> list[str]:
        """How the days of requests and cases are counted."""
        return case_counting_sentences((case.convention for case in self.cases), self.week)

    def return_window(self) -> str:
        """Within which time goods may be sent back; empty where no window is set."""
        return "" if self.return_days is None else return_sentence(self.return_days)


def sheet_of(version: PolicyVersion, calendar: BusinessCalendar | None, *, on: date) -> PolicySheet:
    """The sheet of a version; its examples lie on or after `on`, and after the day from which it holds."""
    terms = terms_of(version)
    since = max(on, version.valid_from or on)
    examples = examples_for(terms.lead_time, calendar, since) if terms.lead_time and calendar else ()
    policy, customer = version.policy, version.policy.customer
    return PolicySheet(
        policy.code,
        policy.name_th,
        policy.name_en,
        policy.scope,
        policy.tier,
        Named(customer.name_th, customer.name_en) if customer else None,
        version.number,
        version.state == VersionState.DRAFT,
        version.valid_from,
        version.published_at,
        version.reason,
        version.intro_th,
        version.intro_en,
        terms.lead_time,
        terms.line_fill,
        calendar.week if calendar else "",
        examples,
        terms.cases,
        terms.return_days,
        since,
        _due_days(terms.cases, calendar, since) if calendar else {},
    )


def _due_days(cases: Sequence[CaseTerm], calendar: BusinessCalendar, begun_on: date) -> dict[Kind, date]:
    """For each kind of case the last day in time, if it began on a day before anybody has gone home."""
    days = WorkingDays.of(calendar.week, (closure.day for closure in calendar.closures))
    return {
        case.kind: due_day(
            day_counted_from(at(begun_on), case.convention, None, days), case.days, case.convention, days
        )
        for case in cases
    }


@dataclass(frozen=True)
class Said:
    """What several versions in force say together: each standard by the closest that sets it, with where it is from."""

    sections: list[tuple[Section, PolicyVersion]]
    case_lines: list[CaseLine]
    case_points: list[str]
    sources: dict[Kind, PolicyVersion]
    begun_on: date
    due_on: Mapping[Kind, date]
    return_window: str
    return_source: PolicyVersion | None


def together(holds: Standing, sheets: Sequence[PolicySheet]) -> Said | None:
    """What holds for a customer, from the sheets of the versions in force, the closest first; None without any."""
    if not sheets:
        return None
    pairs = list(zip(holds.versions, sheets, strict=True))
    sources = {kind: version for version, _sheet in pairs for kind in holds.decides(version)}
    of_kind = {version.id: sheet for version, sheet in pairs}
    sections = [
        (section, version)
        for version, sheet in pairs
        for section in sheet.sections()
        if sources[section.kind] == version
    ]
    cases = [
        case
        for kind in CASE_KINDS
        if kind in sources
        for case in of_kind[sources[kind].id].cases
        if case.kind == kind
    ]
    window = next(((v, s.return_days) for v, s in pairs if s.return_days is not None), None)
    return Said(
        sorted(sections, key=lambda pair: list(Kind).index(pair[0].kind)),
        [case_line(case) for case in cases],
        case_counting_sentences((case.convention for case in cases), sheets[0].week),
        sources,
        sheets[0].begun_on,
        {case.kind: of_kind[sources[case.kind].id].due_on[case.kind] for case in cases}
        if sheets[0].week
        else {},
        return_sentence(window[1]) if window and window[1] is not None else "",
        window[0] if window else None,
    )


def policy_pdf(sheet: PolicySheet, seller: Seller, language: Literal["th", "en"]) -> bytes:
    """The sheet as a PDF in a language."""
    with speaking(language):
        facts = [(_("Published on"), day_text(sheet.published_at))] if sheet.published_at else []
        if sheet.valid_from:
            facts.append((_("In force from"), day_text(sheet.valid_from)))
        return build_pdf(
            _blocks(sheet),
            title=_("Service policy"),
            issuer=_letterhead(seller, language),
            language=language,
            number=sheet.number_text,
            facts=facts,
            mark=_("Draft") if sheet.draft else "",
            subject=name_of(sheet),
        )


def _blocks(sheet: PolicySheet) -> list[Block]:
    blocks: list[Block] = [Heading(name_of(sheet)), Paragraph(sheet.covers, "muted")]
    if sheet.intro:
        blocks.append(Paragraph(sheet.intro))
    for section in sheet.sections():
        blocks += _section(section)
    if sheet.cases:
        blocks += _cases(sheet)
    if sheet.return_days is not None:
        blocks += [Heading(_("Returns")), Paragraph(sheet.return_window(), "lead")]
    if not sheet.complete:
        blocks.append(
            Paragraph(_("A standard that this policy does not set is taken from the next wider policy."))
        )
    if sheet.reason:
        blocks += [Heading(_("Why this version"), 2), Paragraph(sheet.reason)]
    closing = _("An order keeps the version it was placed under, also when a newer one follows.")
    return [*blocks, Paragraph(closing, "small")]


def _section(section: Section) -> list[Block]:
    blocks: list[Block] = [
        Heading(section.title),
        Paragraph(section.promise, "lead"),
        Bullets(section.points),
    ]
    if section.examples:
        blocks.append(Note("\n\n".join(section.examples), _("For example")))
    blocks.append(Paragraph(_("How it is measured: %(definition)s", definition=section.definition), "muted"))
    return blocks


def _cases(sheet: PolicySheet) -> list[Block]:
    columns = [
        Column(_("Standard"), fill=True),
        Column(_("Target"), align="right"),
        Column(_("If we are late we credit you"), width=120),
        Column(_("Begun %(day)s, due", day=day_text(sheet.begun_on, weekday=False)), width=92),
    ]
    rows = [
        Row(
            (
                line.promise,
                line.target,
                line.compensation or "–",
                day_text(sheet.due_on.get(line.kind)),
            ),
            note=_("How it is measured: %(definition)s", definition=line.definition),
        )
        for line in sheet.case_lines()
    ]
    return [Heading(_("Requests and cases")), LineTable(columns, rows), Bullets(sheet.case_points())]


def _letterhead(seller: Seller, language: str) -> LetterHead:
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
