"""The service policy as a customer reads it: what holds for them, how days are counted, earlier versions."""

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from policies import calendars
from policies.access import version_for
from policies.book import standing
from policies.documents import policy_pdf, sheet_of
from policies.kinds import Kind
from policies.models import PolicyVersion
from policies.queries import IN_FORCE, STANDS, UPCOMING, edition, published_for
from policies.wording import brief, covers_text
from portal import clock
from portal.i18n import LANGUAGES
from portal.web.access import customer
from portal.web.session import db, me, settings

bp = Blueprint("policies_customer", __name__, url_prefix="/my/policy", template_folder="../templates")


@bp.get("")
@customer
def mine() -> ResponseReturnValue:
    """What is promised to this customer today, in plain sentences, and the versions before and after."""
    company, today = me().company, clock.business_day(clock.now())
    holds = standing(db(), company, today)
    calendar = calendars.find_calendar(db())
    sheets = [sheet_of(version, calendar, on=today) for version in holds.versions]
    sources = {kind: level.version_id for kind, level in holds.levels.items()}
    sections = [
        (section, version)
        for version, sheet in zip(holds.versions, sheets, strict=True)
        for section in sheet.sections()
        if sources[section.kind] == version.id
    ]
    published = [edition(version, today) for version in published_for(db(), company)]
    return render_template(
        "policies/customer/mine.html",
        version=holds.closest,
        sheet=sheets[0] if sheets else None,
        sections=sorted(sections, key=lambda pair: list(Kind).index(pair[0].kind)),
        upcoming=[one for one in published if one.stands == UPCOMING],
        earlier=[one for one in published if one.stands not in {IN_FORCE, UPCOMING}],
        brief=brief,
        covers=covers_text,
        languages=LANGUAGES,
    )


@bp.get("/<code>/<int:number>")
@customer
def version(code: str, number: int) -> ResponseReturnValue:
    """One published version, in force or not."""
    found, today = _version(code, number), clock.business_day(clock.now())
    return render_template(
        "policies/customer/version.html",
        edition=edition(found, today),
        version=found,
        stands=STANDS,
        sheet=sheet_of(found, calendars.find_calendar(db()), on=today),
        languages=LANGUAGES,
    )


@bp.get("/<code>/<int:number>.<any(th, en):language>.pdf")
@customer
def pdf(code: str, number: int, language: str) -> ResponseReturnValue:
    """A published version as PDF in Thai or English."""
    sheet = sheet_of(
        _version(code, number), calendars.find_calendar(db()), on=clock.business_day(clock.now())
    )
    paper = policy_pdf(sheet, settings().seller, "th" if language == "th" else "en")
    headers = {"Content-Disposition": f'inline; filename="{sheet.file_name(language)}"'}
    return Response(paper, mimetype="application/pdf", headers=headers)


def _version(code: str, number: int) -> PolicyVersion:
    return version_for(db(), me(), code, number) or abort(404)
