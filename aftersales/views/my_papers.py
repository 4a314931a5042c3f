"""Something is wrong on a document: the customer says what, and gets an answer by a promised day."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aftersales.document_errors import Mistake
from aftersales.papers import paper_for, paper_text
from aftersales.reporting_errors import report_error
from aftersales.views.document_error_forms import report_form
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done
from portal.web.session import db, me

bp = Blueprint("my_papers", __name__, url_prefix="/my/documents", template_folder="../templates")


@bp.route("/<paper_kind>/<paper_no>/mistake", methods=["GET", "POST"])
@customer
def report(paper_kind: str, paper_no: str) -> ResponseReturnValue:
    """Report a mistake on a document of this company."""
    paper, form = paper_for(db(), me(), paper_kind, paper_no), report_form()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                paper = paper_for(db(), me(), paper_kind, paper_no)
                said = Mistake(form.mistake.data), form.note.data or ""
                found = report_error(db(), paper, *said, by=me(), now=clock.now())
                number = found.complaint.number if found.complaint else ""
            flash_done(
                N_("Thank you. We look into it as complaint %(number)s, and you get an answer."),
                number=number,
            )
            return redirect(url_for("my_complaints.one", complaint_no=number), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "aftersales/customer/document_error.html",
        form=form,
        paper=paper,
        named=paper_text(paper.kind, paper.number),
        **answering(Matter.COMPLAINT),
    )
    return page, 422 if form.errors else 200
