"""A policy version on paper: what it says, with examples counted from today, as a PDF in Thai or English."""

from typing import Literal

from config import Seller
from policies.models import VersionState
from policies.sheets import PolicySheet
from policies.wording import Section
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


def policy_pdf(sheet: PolicySheet, seller: Seller, language: Literal["th", "en"]) -> bytes:
    """The sheet as a PDF in a language."""
    with speaking(language):
        facts = [(_("Published on"), day_text(sheet.published_at))] if sheet.published_at else []
        if sheet.valid_from:
            facts.append((_("In force from"), day_text(sheet.valid_from)))
        return build_pdf(
            _blocks(sheet),
            title=_("Service policy"),
            issuer=letterhead(seller, language),
            language=language,
            number=sheet.number_text,
            facts=facts,
            mark=_mark(sheet),
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
    if sheet.return_window():
        blocks += [Heading(_("Returns")), Paragraph(sheet.return_window(), "lead")]
    if sheet.reports():
        blocks += [Heading(_("Reports")), Paragraph(sheet.reports())]
    if not sheet.complete:
        blocks.append(
            Paragraph(_("A standard that this policy does not set is taken from the next wider policy."))
        )
    if sheet.reason:
        blocks += [Heading(_("Why this version"), 2), Paragraph(sheet.reason)]
    blocks.append(Paragraph(_("Targets are judged every month unless a standard says otherwise."), "small"))
    closing = _("An order keeps the version it was placed under, also when a newer one follows.")
    return [*blocks, Paragraph(closing, "small")]


def _section(section: Section) -> list[Block]:
    blocks: list[Block] = [
        Heading(_titled(section.title, section.place)),
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
                line.promise if not line.place else f"{line.promise} ({line.place})",
                line.target,
                line.compensation or "–",
                day_text(line.due),
            ),
            note=" ".join(
                [*line.points, _("How it is measured: %(definition)s", definition=line.definition)]
            ),
        )
        for line in sheet.case_lines()
    ]
    return [Heading(_("Requests and cases")), LineTable(columns, rows), Bullets(sheet.case_points())]


def _titled(title: str, place: str) -> str:
    return _("%(standard)s in %(place)s", standard=title, place=place) if place else title


def _mark(sheet: PolicySheet) -> str:
    if sheet.state == VersionState.IN_REVIEW:
        return _("In review")
    return _("Draft") if sheet.draft else ""


def letterhead(seller: Seller, language: str) -> LetterHead:
    """The distributor as the issuer of a document, in a language."""
    name, address = (
        (seller.name_th, seller.address_th) if language == "th" else (seller.name_en, seller.address_en)
    )
    contact = _("Tax ID %(tax_id)s, telephone %(phone)s", tax_id=seller.tax_id, phone=seller.phone)
    return LetterHead(name, [address, contact])
