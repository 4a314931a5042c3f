"""The service reports that a customer got: their own, every statement of them."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import restating
from policies.access_reports import report_for
from policies.report_lists import reports_of
from policies.report_sheets import Line, sheet_of, span_text
from policies.reports import ServiceReport
from policies.views.reports import cases_place, report_answer
from portal.i18n import LANGUAGES
from portal.web.access import customer
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_reports", __name__, url_prefix="/my/reports", template_folder="../templates")


@bp.get("")
@customer
def index() -> str:
    """The reports to this company, the latest period first."""
    found = reports_of(db(), me().company, **places())
    return render_template("policies/reports/mine.html", rows=found.rows, page=links(found, ".index"))


@bp.get("/<report_no>")
@customer
def one(report_no: str) -> str:
    """A report as it was made, and the other statements of its period."""
    report = report_for(db(), me(), report_no)
    return render_template(
        "policies/reports/my_report.html",
        report=report,
        sheet=(sheet := sheet_of(report)),
        span=span_text(sheet.period),
        cases_url=lambda line: _cases_url(report, line),
        statements=restating.statements(db(), report),
        languages=LANGUAGES,
    )


@bp.get("/<report_no>.<any(th, en):language>.pdf")
@customer
def pdf(report_no: str, language: str) -> ResponseReturnValue:
    """A report as PDF in Thai or English."""
    return report_answer(report_for(db(), me(), report_no), language)


def _cases_url(report: ServiceReport, line: Line) -> str:
    place = cases_place(report, line)
    return url_for("my_attainment.cases", **place) if place else ""
