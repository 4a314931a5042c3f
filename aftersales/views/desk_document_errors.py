"""Mistakes on documents at the desk: those to be looked into first, what staff find themselves, what came of each."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales.document_errors import (
    ERROR_TITLES,
    MISTAKE_TITLES,
    PAPER_TITLES,
    DocumentError,
    ErrorState,
    Mistake,
)
from aftersales.error_lists import document_error_for, error_page, open_errors
from aftersales.papers import paper_for, paper_text
from aftersales.permissions import Complaints
from aftersales.reporting_errors import report_error
from aftersales.resolving_errors import resolve as resolve_error
from aftersales.views.document_error_forms import ResolveForm, report_form, resolve_form
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint(
    "desk_document_errors", __name__, url_prefix="/desk/document-errors", template_folder="../templates"
)
ALL = "all"


@bp.get("")
@staff(Complaints.VIEW)
def errors() -> ResponseReturnValue:
    """Mistakes on documents, newest first: those to be looked into, or all."""
    text, view = request.args.get("q", "").strip()[:80], request.args.get("view", "")
    state = ErrorState(view) if view in set(ErrorState) else None if view == ALL else ErrorState.OPEN
    company = company_asked()
    found = error_page(db(), state=state, text=text, customer_id=company.id if company else None, **places())
    shown = state.value if state else ALL
    return render_template(
        "aftersales/staff/document_errors.html",
        rows=found.rows,
        page=links(found, ".errors", view=shown, q=text, company=company.code if company else ""),
        company=company,
        q=text,
        view=shown,
        views={**ERROR_TITLES, ALL: N_("All")},
        waiting=open_errors(db()),
        titles=ERROR_TITLES,
        mistakes=MISTAKE_TITLES,
        papers=PAPER_TITLES,
    )


@bp.route("/report/<paper_kind>/<paper_no>", methods=["GET", "POST"])
@staff(Complaints.HANDLE)
def report(paper_kind: str, paper_no: str) -> ResponseReturnValue:
    """Record a mistake that staff found on a document."""
    paper, form = paper_for(db(), me(), paper_kind, paper_no), report_form()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                paper = paper_for(db(), me(), paper_kind, paper_no)
                said = Mistake(form.mistake.data), form.note.data or ""
                number = report_error(db(), paper, *said, by=me(), now=clock.now()).number
            flash_done(N_("Mistake %(number)s is on record."), number=number)
            return redirect(url_for(".one", error_no=number), 303)
        except Refused as no:
            form.refuse(no)
    named = paper_text(paper.kind, paper.number)
    page = render_template("aftersales/staff/document_error_new.html", form=form, paper=paper, named=named)
    return page, 422 if form.errors else 200


@bp.get("/<error_no>")
@staff(Complaints.VIEW)
def one(error_no: str) -> ResponseReturnValue:
    """One mistake: what was said, and what came of it."""
    return _page(document_error_for(db(), me(), error_no), resolve_form(shown=True)), 200


@bp.post("/<error_no>/resolve")
@staff(Complaints.HANDLE)
def resolve(error_no: str) -> ResponseReturnValue:
    """Say what came of a mistake."""
    found, form = document_error_for(db(), me(), error_no), resolve_form()
    if form.validate():
        try:
            with transaction(db()):
                outcome = ErrorState(form.outcome.data)
                resolve_error(db(), found, outcome, form.text.data or "", by=me(), now=clock.now())
            flash_done(N_("Mistake %(number)s is resolved."), number=error_no)
            return redirect(url_for(".one", error_no=error_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(document_error_for(db(), me(), error_no), form), 422


def _page(found: DocumentError, form: ResolveForm) -> str:
    handles = may(me(), Complaints.HANDLE)
    return render_template(
        "aftersales/staff/document_error.html",
        found=found,
        named=paper_text(found.paper, found.paper_no),
        titles=ERROR_TITLES,
        mistakes=MISTAKE_TITLES,
        form=form,
        may_resolve=handles and found.state == ErrorState.OPEN,
    )
