"""Complaints as the customer sees them: begun from an order or a missed promise, answered, settled or not."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import concluding
from aftersales.access import complaint_for, missed_for
from aftersales.complaint_lists import complaint_page
from aftersales.complaint_story import answers, headline, story
from aftersales.complaints import (
    COMPLAINT_KIND_TITLES,
    COMPLAINT_TITLES,
    OWN_COMPENSATION_TITLES,
    Complaint,
    ComplaintState,
)
from aftersales.missed import about
from aftersales.views.complain_page import complain_page
from aftersales.views.complaint_forms import ReopenForm
from orders.access import order_for
from policies.compensating import sentences
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_complaints", __name__, url_prefix="/my/complaints", template_folder="../templates")


@bp.get("")
@customer
def complaints() -> ResponseReturnValue:
    """The company's complaints, newest first."""
    found = complaint_page(db(), customer_id=me().company.id, **places())
    return render_template(
        "aftersales/customer/complaints.html",
        rows=found.rows,
        page=links(found, ".complaints"),
        titles=COMPLAINT_TITLES,
        kinds=COMPLAINT_KIND_TITLES,
        headline=headline,
    )


@bp.route("/new", methods=["GET", "POST"])
@customer
def new() -> ResponseReturnValue:
    """Complain; about a missed promise or an order named in the address it is filled in already."""
    promise_id, number = request.args.get("promise", type=int), request.args.get("order", "")
    missed = missed_for(db(), me(), promise_id) if promise_id is not None else None
    order = missed.order if missed else order_for(db(), me(), number) if number else None
    return complain_page(
        "aftersales/customer/complain.html",
        me().company,
        missed,
        order,
        N_("Complaint %(number)s is with us, and you get an answer."),
        **answering(Matter.COMPLAINT),
    )


@bp.get("/<complaint_no>")
@customer
def one(complaint_no: str) -> ResponseReturnValue:
    """One complaint of this company."""
    return _page(complaint_for(db(), me(), complaint_no), ReopenForm(formdata=None)), 200


@bp.post("/<complaint_no>/settled")
@customer
def settled(complaint_no: str) -> ResponseReturnValue:
    """The answer settles it."""
    found = complaint_for(db(), me(), complaint_no)
    try:
        with transaction(db()):
            concluding.accept(db(), found, by=me(), now=clock.now())
        flash_done(N_("Thank you. Complaint %(number)s is settled."), number=complaint_no)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", complaint_no=complaint_no), 303)


@bp.post("/<complaint_no>/open-again")
@customer
def reopen(complaint_no: str) -> ResponseReturnValue:
    """The answer does not settle it."""
    found, form = complaint_for(db(), me(), complaint_no), ReopenForm()
    if form.validate():
        try:
            with transaction(db()):
                concluding.reopen(db(), found, form.text.data or "", by=me(), now=clock.now())
            flash_done(
                N_("Complaint %(number)s is open again, and you get another answer."), number=complaint_no
            )
            return redirect(url_for(".one", complaint_no=complaint_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(complaint_for(db(), me(), complaint_no), form), 422


def _page(found: Complaint, form: ReopenForm) -> str:
    missed = about(db(), found.promise) if found.promise else None
    return render_template(
        "aftersales/customer/complaint.html",
        found=found,
        titles=COMPLAINT_TITLES,
        kinds=COMPLAINT_KIND_TITLES,
        compensation_titles=OWN_COMPENSATION_TITLES,
        headline=headline(found),
        answers=answers(found),
        entries=story(found, me()),
        missed=missed,
        worth=sentences(found.compensation.worked_out) if found.compensation else [],
        may_conclude=found.state == ComplaintState.ANSWERED,
        form=form,
        **answering(Matter.COMPLAINT, found.number),
    )
