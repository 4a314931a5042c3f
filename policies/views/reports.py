"""The archive of service reports for managers: each as it was made, what would now differ, and stating it again."""

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from policies import restating
from policies.access_reports import report_for
from policies.kinds import RATE_KINDS, Every
from policies.permissions import Policies
from policies.report_figures import SETTLES
from policies.report_lists import Narrowed, archive, reported_policies
from policies.report_papers import report_pdf
from policies.report_sheets import Line, sheet_of, span_text
from policies.reporting import EVERYBODY
from policies.reports import ServiceReport
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("service_reports", __name__, url_prefix="/manage/reports", template_folder="../templates")


class RestateForm(Form):
    """Why a period is stated again."""

    why = TextAreaField(N_("Reason"), validators=[InputRequired(), Length(max=restating.LONGEST_WHY)])


@bp.get("")
@staff(Policies.ATTAINMENT)
def index() -> str:
    """Reports, the latest made first, narrowed to a policy, a customer or the period with a day in it."""
    policy, customer = (request.args.get(name, "").strip()[:40] for name in ("policy", "customer"))
    day = _day(request.args.get("day", ""))
    found = archive(db(), Narrowed(policy, customer, day), **places())
    chosen: dict[str, Any] = {"policy": policy, "customer": customer, "day": day.isoformat() if day else ""}
    return render_template(
        "policies/reports/index.html",
        rows=found.rows,
        page=links(found, ".index", **chosen),
        policies=reported_policies(db()),
        everybody=EVERYBODY,
        **chosen,
    )


@bp.get("/<report_no>")
@staff(Policies.ATTAINMENT)
def one(report_no: str) -> ResponseReturnValue:
    """A report as it was made, its other statements, and what would be otherwise if it were made now."""
    return _page(report_for(db(), me(), report_no), RestateForm())


@bp.post("/<report_no>/restate")
@staff(Policies.RESTATE)
def restate(report_no: str) -> ResponseReturnValue:
    """State a period again with the figures of now; the earlier statement stays."""
    report, form = report_for(db(), me(), report_no), RestateForm()
    if form.validate():
        try:
            with transaction(db()):
                stated = restating.restate(db(), report, form.why.data or "", by=me(), now=clock.now())
            flash_done(
                N_("%(number)s states the period again. It is sent to the same readers as corrected."),
                number=stated.number,
            )
            return redirect(url_for(".one", report_no=stated.number), 303)
        except Refused as no:
            form.refuse(no)
    return _page(report_for(db(), me(), report_no), form), 422


@bp.get("/<report_no>.<any(th, en):language>.pdf")
@staff(Policies.ATTAINMENT)
def pdf(report_no: str, language: str) -> ResponseReturnValue:
    """A report as PDF in Thai or English."""
    return report_answer(report_for(db(), me(), report_no), language)


def report_answer(report: ServiceReport, language: str) -> Response:
    """A report as a PDF to be looked at."""
    sheet = sheet_of(report)
    headers = {"Content-Disposition": f'inline; filename="{sheet.file_name(language)}"'}
    return Response(
        report_pdf(sheet, settings().seller, language), mimetype="application/pdf", headers=headers
    )


def _page(report: ServiceReport, form: RestateForm) -> str:
    return render_template(
        "policies/reports/report.html",
        report=report,
        sheet=(sheet := sheet_of(report)),
        span=span_text(sheet.period),
        cases_url=partial(_cases_url, report),
        statements=restating.statements(db(), report),
        differences=restating.differences(db(), report),
        others=restating.others_differing(db(), report),
        may_restate=may(me(), Policies.RESTATE),
        form=form,
        languages=LANGUAGES,
    )


def cases_place(report: ServiceReport, line: Line) -> dict[str, Any]:
    """How the cases of a line are asked for, of which attainment keeps the months; empty where it cannot be."""
    if report.every != Every.MONTH or line.clause.kind in RATE_KINDS:
        return {}
    return {
        "kind": line.clause.kind.value,
        "level": line.key.removeprefix(SETTLES),
        "month": f"{report.first_day:%Y-%m}",
    }


def _cases_url(report: ServiceReport, line: Line) -> str:
    place = cases_place(report, line)
    if place and report.customer:
        place["customer"] = report.customer.code
    return url_for("attainment.cases", **place) if place else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
