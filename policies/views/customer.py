"""The service policy as a customer reads it: what holds for them, how days are counted, earlier versions."""

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from policies import attaining, calendars
from policies.access import version_for
from policies.book import standing
from policies.documents import policy_pdf, sheet_of, together
from policies.kinds import KINDS
from policies.models import PolicyVersion
from policies.queries import IN_FORCE, STANDS, UPCOMING, edition, published_for
from portal import clock
from portal.i18n import LANGUAGES
from portal.web.access import customer
from portal.web.session import db, me, settings

bp = Blueprint("policies_customer", __name__, url_prefix="/my/policy", template_folder="../templates")

MONTHS_SHOWN = 12
"""Over how many months, this one included, a customer is shown how we did."""


@bp.get("")
@customer
def mine() -> ResponseReturnValue:
    """What is promised to this customer today and how it was kept, and the versions before and after."""
    company, now = me().company, clock.now()
    today = clock.business_day(now)
    holds = standing(db(), company, today)
    calendar = calendars.find_calendar(db())
    sheets = [sheet_of(version, calendar, on=today) for version in holds.versions]
    published = [edition(version, today) for version in published_for(db(), company)]
    since, until = attaining.period(now, MONTHS_SHOWN)
    return render_template(
        "policies/customer/mine.html",
        version=holds.closest,
        sheet=sheets[0] if sheets else None,
        said=together(holds, sheets),
        attained={
            row.kind: row for row in attaining.attainment(db(), since=since, until=until, customer=company)
        },
        misses=attaining.misses(db(), company, since=since, until=until),
        since=since,
        kinds=KINDS,
        can_complain="my_complaints.new" in current_app.view_functions,
        upcoming=[one for one in published if one.stands == UPCOMING],
        earlier=[one for one in published if one.stands not in {IN_FORCE, UPCOMING}],
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
