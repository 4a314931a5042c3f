"""The service policy as a customer reads it: what holds for them, how days are counted, earlier versions."""

from flask import Blueprint, Response, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import acknowledging, attained_cases, calendars, reading
from policies.access import covers, version_for
from policies.book import standing
from policies.comparing import compare
from policies.documents import policy_pdf
from policies.kinds import KINDS
from policies.models import PolicyVersion
from policies.queries import IN_FORCE, STANDS, UPCOMING, edition, published_for
from policies.sheets import sheet_of, together
from policies.terms import terms_of
from policies.views.my_attainment import attained_facts
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings

bp = Blueprint("policies_customer", __name__, url_prefix="/my/policy", template_folder="../templates")


@bp.get("")
@customer
def mine() -> ResponseReturnValue:
    """What is promised to this customer today and how it was kept, and the versions before and after."""
    company, now = me().company, clock.now()
    today = clock.business_day(now)
    holds = standing(db(), company, today)
    calendar, carriers = calendars.find_calendar(db()), calendars.carriers_week(db())
    sheets = [sheet_of(version, calendar, on=today, carriers=carriers) for version in holds.versions]
    published = [edition(version, today) for version in published_for(db(), company)]
    did = attained_facts(company, holds, now)
    return render_template(
        "policies/customer/mine.html",
        version=holds.closest,
        sheet=sheets[0] if sheets else None,
        said=together(holds, sheets),
        misses=attained_cases.misses(db(), company, since=did["since"], until=did["until"]),
        kinds=KINDS,
        can_complain="my_complaints.new" in current_app.view_functions,
        upcoming=[one for one in published if one.stands == UPCOMING],
        earlier=[one for one in published if one.stands not in {IN_FORCE, UPCOMING}],
        editions_held=holds.versions,
        read=reading.read_on(db(), company, holds),
        languages=LANGUAGES,
        **did,
    )


@bp.get("/<code>/<int:number>")
@customer
def version(code: str, number: int) -> ResponseReturnValue:
    """One published version, in force or not, and what is new in it since the one they know."""
    found, today = _version(code, number), clock.business_day(clock.now())
    known = reading.known_before(db(), me().company, found)
    return render_template(
        "policies/customer/version.html",
        edition=edition(found, today),
        version=found,
        stands=STANDS,
        sheet=sheet_of(
            found, calendars.find_calendar(db()), on=today, carriers=calendars.carriers_week(db())
        ),
        news=reading.news_for(db(), me().company, found),
        covered=covers(found.policy, me().company),
        known=known,
        differences=compare(terms_of(known), terms_of(found)) if known else None,
        languages=LANGUAGES,
    )


@bp.post("/<code>/<int:number>/acknowledge")
@customer
def acknowledge(code: str, number: int) -> ResponseReturnValue:
    """Say that the company has read a version."""
    found = _version(code, number)
    try:
        with transaction(db()):
            acknowledging.acknowledge(db(), found, me().company, by=me(), now=clock.now())
        flash_done(N_("Thank you. Version %(number)s is acknowledged."), number=number)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".version", code=code, number=number))


@bp.get("/<code>/<int:number>.<any(th, en):language>.pdf")
@customer
def pdf(code: str, number: int, language: str) -> ResponseReturnValue:
    """A published version as PDF in Thai or English."""
    sheet = sheet_of(
        _version(code, number),
        calendars.find_calendar(db()),
        on=clock.business_day(clock.now()),
        carriers=calendars.carriers_week(db()),
    )
    paper = policy_pdf(sheet, settings().seller, "th" if language == "th" else "en")
    headers = {"Content-Disposition": f'inline; filename="{sheet.file_name(language)}"'}
    return Response(paper, mimetype="application/pdf", headers=headers)


def _version(code: str, number: int) -> PolicyVersion:
    return version_for(db(), me(), code, number) or abort(404)
