"""A service report on paper: charts, the table beside them and how each figure is counted, in Thai or English."""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Seller
from policies.access_reports import REPORT_PARTS
from policies.documents import letterhead
from policies.report_sheets import Line, ReportSheet, sheet_of
from policies.reports import ServiceReport
from portal import documents as paper
from portal.documents import (
    Block,
    Column,
    Facts,
    Heading,
    LineChart,
    LineTable,
    Note,
    Paragraph,
    Row,
    build_pdf,
)
from portal.i18n import _, day_text, moment_text, name_of, quantity_text, speaking

TICKS = ((0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %"))
CHART_HEIGHT = 78
TREND_FROM = 2
"""A line needs as many periods to be seen."""


def report_pdf(sheet: ReportSheet, seller: Seller, language: str) -> bytes:
    """The report as a PDF in a language."""
    spoken: Literal["th", "en"] = "th" if language == "th" else "en"
    with speaking(spoken):
        facts = [
            (_("Period"), sheet.period.text),
            (_("Made on"), day_text(sheet.made_at)),
            (_("Statement"), str(sheet.statement)),
        ]
        return build_pdf(
            _blocks(sheet),
            title=_("Service report"),
            issuer=letterhead(seller, spoken),
            language=spoken,
            number=sheet.number,
            facts=facts,
            mark=_("Corrected") if sheet.statement > 1 else "",
            subject=name_of(sheet),
        )


def paper_of(session: Session, number: str, language: str, seller: Seller) -> tuple[str, bytes]:
    """The report of a number as a file name and a PDF in a language, for the mail about it."""
    query = select(ServiceReport).where(ServiceReport.number == number).options(*REPORT_PARTS)
    sheet = sheet_of(session.scalars(query).one())
    return sheet.file_name(language), report_pdf(sheet, seller, language)


def _blocks(sheet: ReportSheet) -> list[Block]:
    blocks: list[Block] = [
        Heading(name_of(sheet)),
        Facts(
            [
                (_("For"), name_of(sheet.reader) if sheet.reader else _("All customers of this policy")),
                (_("Policy"), f"{sheet.code}/{sheet.version}"),
                (_("First day"), day_text(sheet.period.first)),
                (_("Last day"), day_text(sheet.period.last)),
            ]
        ),
        Paragraph(sheet.summary, "lead"),
    ]
    if sheet.why:
        blocks.append(
            Note(
                _("This is statement %(statement)s. %(why)s", statement=sheet.statement, why=sheet.why),
                _("Stated again"),
            )
        )
    if sheet.judged:
        blocks += [Heading(_("Kept, against the target"), 2), _bars(sheet.judged)]
    if sheet.lines:
        blocks += [Heading(_("The figures"), 2), _table(sheet.lines)]
    for line in sheet.lines:
        blocks += _standard(line)
    closing = _(
        "Figures as they were known on %(moment)s. Cases = kept + missed + exempt + open; the share is of those "
        "kept or missed. Each standard is judged by the version under which it was promised.",
        moment=moment_text(sheet.made_at),
    )
    return [*blocks, Paragraph(closing, "small")]


def _bars(lines: list[Line]) -> Block:
    return paper.Bars(
        [
            paper.Bar(
                line.title,
                line.of_one or 0,
                _("%(share)s, target %(target)s", share=line.share_text, target=line.target_text),
                line.target,
            )
            for line in lines
        ]
    )


def _table(lines: tuple[Line, ...]) -> Block:
    columns = [
        Column(_("Standard"), fill=True),
        Column(_("Target"), align="right", width=44),
        Column(_("Kept, share"), align="right", width=56),
        *(
            Column(title, align="right", width=48)
            for title in (_("Cases"), _("Kept"), _("Missed"), _("Exempt"), _("Open"))
        ),
    ]
    rows = [
        Row(
            (
                line.title,
                line.target_text,
                line.share_text,
                *(quantity_text(n) for n in (line.cases, line.kept, line.missed, line.exempt, line.open)),
            ),
            note="\n".join(filter(None, [line.verdict, line.compensation])),
        )
        for line in lines
    ]
    return LineTable(columns, rows)


def _standard(line: Line) -> list[Block]:
    """One standard: what was promised, how it was kept over the last periods, and how that is counted."""
    blocks: list[Block] = [
        Heading(line.title, 2),
        Paragraph(
            f"{line.promise} "
            + _("Target %(share)s, version %(version)s.", share=line.target_text, version=line.version)
        ),
    ]
    if sum(1 for point in line.trend if point.of_one is not None) >= TREND_FROM:
        blocks.append(
            LineChart(
                [point.period.short for point in line.trend],
                [
                    paper.Line(_("Kept, share"), [point.of_one for point in line.trend]),
                    paper.Line(
                        _("target %(share)s", share=line.target_text), [line.target for _point in line.trend]
                    ),
                ],
                TICKS,
                height=CHART_HEIGHT,
            )
        )
    blocks.append(Paragraph(_("How it is measured: %(definition)s", definition=line.definition), "small"))
    return [paper.Together(blocks)]
