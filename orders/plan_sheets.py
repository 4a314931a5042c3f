"""A contingency plan on paper: what sets it off, the steps to take, who answers for it, as a PDF in Thai or English."""

from typing import Literal

from config import Seller
from orders.contingencies import ContingencyPlan
from orders.disruptions import DISRUPTION_TITLES, DisruptionKind
from orders.documents import letterhead
from portal.documents import Block, Column, Heading, LineTable, Paragraph, Row, build_pdf
from portal.i18n import _, day_text, name_of, speaking


def plan_pdf(plan: ContingencyPlan, seller: Seller, language: Literal["th", "en"]) -> bytes:
    """The plan as a PDF in a language, with room to tick the steps off by hand."""
    with speaking(language):
        return build_pdf(
            _blocks(plan),
            title=_("Contingency plan"),
            issuer=letterhead(seller, language),
            language=language,
            number=plan.number,
            facts=[
                (_("Owner"), plan.owner.name),
                (_("Next review"), day_text(plan.review_on)),
                (_("As of"), day_text(plan.changed_at)),
            ],
            mark="" if plan.active else _("Retired"),
            subject=_title(plan),
        )


def _blocks(plan: ContingencyPlan) -> list[Block]:
    kinds = ", ".join(_(DISRUPTION_TITLES[DisruptionKind(cover.kind)]) for cover in plan.covers)
    columns = [
        Column("", width=24, align="right"),
        Column(_("Step"), fill=True),
        Column(_("Done on"), width=80),
        Column(_("By"), width=80),
    ]
    rows = [
        Row((str(step.position), name_of({"name_th": step.what_th, "name_en": step.what_en}), "", ""))
        for step in plan.steps
    ]
    trigger = name_of({"name_th": plan.trigger_th, "name_en": plan.trigger_en})
    return [
        Heading(_title(plan)),
        Paragraph(_("For: %(kinds)s", kinds=kinds), "muted"),
        Heading(_("What sets it off"), 2),
        Paragraph(trigger),
        Heading(_("Steps"), 2),
        LineTable(columns, rows),
    ]


def _title(plan: ContingencyPlan) -> str:
    return name_of({"name_th": plan.title_th, "name_en": plan.title_en})
