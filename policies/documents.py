"""A policy version on paper: what it says, with examples counted from today, as a PDF in Thai or English."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from config import Seller
from policies.examples import Example, examples_for
from policies.models import BusinessCalendar, PolicyVersion, VersionState
from policies.terms import LeadTime, LineFill, terms_of
from policies.wording import Section, covered_sentence, lead_time_section, line_fill_section
from portal.documents import Block, Bullets, Heading, LetterHead, Note, Paragraph, build_pdf
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
    if not sheet.lead_time or not sheet.line_fill:
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


def _letterhead(seller: Seller, language: str) -> LetterHead:
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
