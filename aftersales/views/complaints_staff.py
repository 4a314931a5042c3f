"""Complaints at the desk: due soonest, mine, nobody's; taken on, answered, noted."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import answering as acts
from aftersales.access import complaint_for, missed_for
from aftersales.complaint_lists import View, complaint_page, counts, waiting_page
from aftersales.complaint_story import headline, story
from aftersales.complaints import (
    COMPENSATION_TITLES,
    COMPLAINT_KIND_TITLES,
    COMPLAINT_TITLES,
    Complaint,
    ComplaintState,
)
from aftersales.error_lists import error_of
from aftersales.missed import about, worth
from aftersales.permissions import Complaints
from aftersales.views.complain_page import complain_page
from aftersales.views.complaint_forms import AnswerForm, NoteForm
from orders.access import order_for
from policies.compensating import sentences
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.customers.finding import get_company
from portal.customers.models import Customer
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused, Unknown
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, numbered_links, page_number, places

bp = Blueprint("desk_complaints", __name__, url_prefix="/desk/complaints", template_folder="../templates")

VIEW_TITLES = {
    View.DUE: N_("Due soonest"),
    View.MINE: N_("Mine"),
    View.UNOWNED: N_("Nobody’s"),
    View.ANSWERED: N_("With the customer"),
    View.ALL: N_("All"),
}


@bp.get("")
@staff(Complaints.VIEW)
def complaints() -> ResponseReturnValue:
    """Complaints as the desk looks at them: those that wait for an answer first."""
    text = request.args.get("q", "").strip()[:80]
    asked = request.args.get("view", "")
    view = View(asked) if asked in set(View) else View.DUE
    company = company_asked()
    rows, page = _rows(view, text, company)
    return render_template(
        "aftersales/staff/complaints.html",
        rows=rows,
        page=page,
        company=company,
        q=text,
        view=view,
        views=VIEW_TITLES,
        counts=counts(db(), me()),
        titles=COMPLAINT_TITLES,
        kinds=COMPLAINT_KIND_TITLES,
        headline=headline,
        may_handle=may(me(), Complaints.HANDLE),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Complaints.HANDLE)
def new() -> ResponseReturnValue:
    """Open a complaint for a customer: about a missed promise, an order, or in general."""
    promise_id, number = request.args.get("promise", type=int), request.args.get("order", "").strip()
    code = request.args.get("customer", "").strip()
    if promise_id is None and not number and not code:
        return render_template("aftersales/staff/complain_who.html")
    try:
        missed = missed_for(db(), me(), promise_id) if promise_id is not None else None
        order = missed.order if missed else order_for(db(), me(), number.upper()) if number else None
        if missed and order is None:
            company = db().get_one(Customer, missed.promise.customer_id)
        else:
            company = order.customer if order else get_company(db(), code.upper())
    except Unknown:
        flash_refused(Refused(N_("There is nothing with the number %(number)s."), number=number or code))
        return redirect(url_for(".new"))
    done = N_("Complaint %(number)s is open.")
    return complain_page("aftersales/staff/complain.html", company, missed, order, done)


@bp.get("/<complaint_no>")
@staff(Complaints.VIEW)
def one(complaint_no: str) -> ResponseReturnValue:
    """One complaint: what was said, what was done, the answer that comes next."""
    return _page(complaint_for(db(), me(), complaint_no)), 200


@bp.post("/<complaint_no>/take")
@staff(Complaints.HANDLE)
def take(complaint_no: str) -> ResponseReturnValue:
    """Take a complaint on."""
    found = complaint_for(db(), me(), complaint_no)
    try:
        with transaction(db()):
            acts.take(db(), found, by=me(), now=clock.now())
        flash_done(N_("Complaint %(number)s is yours."), number=complaint_no)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", complaint_no=complaint_no), 303)


@bp.post("/<complaint_no>/answer")
@staff(Complaints.HANDLE)
def answer(complaint_no: str) -> ResponseReturnValue:
    """Answer the customer."""
    found, form = complaint_for(db(), me(), complaint_no), AnswerForm()
    if form.validate():
        try:
            with transaction(db()):
                acts.answer(db(), found, form.answer.data or "", by=me(), now=clock.now())
            flash_done(N_("The answer to complaint %(number)s is sent."), number=complaint_no)
            return redirect(url_for(".one", complaint_no=complaint_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(complaint_for(db(), me(), complaint_no), answer_form=form), 422


@bp.post("/<complaint_no>/note")
@staff(Complaints.HANDLE)
def note(complaint_no: str) -> ResponseReturnValue:
    """Note something for staff only."""
    found, form = complaint_for(db(), me(), complaint_no), NoteForm()
    if form.validate():
        try:
            with transaction(db()):
                acts.note(db(), found, form.note.data or "", by=me(), now=clock.now())
            flash_done(N_("The note is on record."))
            return redirect(url_for(".one", complaint_no=complaint_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(complaint_for(db(), me(), complaint_no), note_form=form), 422


def _page(
    found: Complaint, *, answer_form: AnswerForm | None = None, note_form: NoteForm | None = None
) -> str:
    missed = about(db(), found.promise) if found.promise else None
    handles = may(me(), Complaints.HANDLE)
    growing = missed is not None and found.compensation is None
    sum_ = worth(db(), missed, clock.business_day(clock.now())) if missed and growing else None
    facts = found.compensation.worked_out if found.compensation else sum_.as_facts() if sum_ else None
    return render_template(
        "aftersales/staff/complaint.html",
        found=found,
        titles=COMPLAINT_TITLES,
        kinds=COMPLAINT_KIND_TITLES,
        compensation_titles=COMPENSATION_TITLES,
        headline=headline(found),
        entries=story(found, me()),
        missed=missed,
        error=error_of(db(), found),
        worth=sentences(facts) if facts else [],
        handles=handles,
        may_take=handles and found.state != ComplaintState.SETTLED and found.owner_id != me().id,
        answer_form=answer_form or AnswerForm(formdata=None),
        may_answer=handles and found.state == ComplaintState.OPEN,
        note_form=note_form or NoteForm(formdata=None),
        **answering(Matter.COMPLAINT, found.number),
    )


def _rows(view: View, text: str, company: Customer | None) -> tuple[list[Complaint], Any]:
    customer_id = company.id if company else None
    if view in (View.ANSWERED, View.ALL):
        state = ComplaintState.ANSWERED if view is View.ANSWERED else None
        found = complaint_page(db(), customer_id=customer_id, state=state, text=text, **places())
        code = company.code if company else ""
        return found.rows, links(found, ".complaints", view=view.value, q=text, company=code)
    waiting = waiting_page(
        db(),
        owner=me() if view is View.MINE else None,
        unowned=view is View.UNOWNED,
        text=text,
        customer_id=customer_id,
        page=page_number(),
    )
    return waiting.rows, numbered_links(waiting)
