"""Compensation at the desk: what is proposed, credited and rejected, and the decision on one."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales.access import compensation_for, missed_for
from aftersales.approval_limits import limits, why_not
from aftersales.compensating import approve as credit
from aftersales.compensating import propose
from aftersales.compensating import reject as turn_down
from aftersales.complaint_lists import compensation_page, compensation_totals
from aftersales.complaints import COMPENSATION_TITLES, Compensation, CompensationState
from aftersales.missed import about
from aftersales.permissions import Complaints
from aftersales.views.complaint_forms import ApproveForm, RejectForm
from policies.compensating import sentences
from policies.promises import STATE_TITLES
from policies.settling import settlement_of
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_compensations", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/compensations")
@staff(Complaints.VIEW)
def compensations() -> ResponseReturnValue:
    """Every compensation, newest first, with what they add up to."""
    asked = request.args.get("state", "")
    state = CompensationState(asked) if asked in set(CompensationState) else None
    text = request.args.get("q", "").strip()
    found = compensation_page(db(), state=state, text=text, **places())
    return render_template(
        "aftersales/staff/compensations.html",
        rows=found.rows,
        page=links(found, ".compensations", state=state, q=text),
        state=state or "",
        q=text,
        titles=COMPENSATION_TITLES,
        totals=compensation_totals(db()),
        limits=limits(db()),
        sets_limits=may(me(), Complaints.LIMIT),
    )


@bp.get("/compensations/<compensation_no>")
@staff(Complaints.VIEW)
def one(compensation_no: str) -> ResponseReturnValue:
    """One compensation: how it was worked out, and the decision on it."""
    return _page(compensation_for(db(), me(), compensation_no)), 200


@bp.post("/compensations/<compensation_no>/approve")
@staff(Complaints.APPROVE)
def approve(compensation_no: str) -> ResponseReturnValue:
    """Credit it."""
    found, form = compensation_for(db(), me(), compensation_no), ApproveForm()
    if form.validate():
        try:
            with transaction(db()):
                credit(db(), found, form.note.data or "", by=me(), now=clock.now())
            flash_done(
                N_("Compensation %(number)s is credited and the customer told."), number=compensation_no
            )
            return redirect(url_for(".one", compensation_no=compensation_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(compensation_for(db(), me(), compensation_no), approving=form), 422


@bp.post("/compensations/<compensation_no>/reject")
@staff(Complaints.APPROVE)
def reject(compensation_no: str) -> ResponseReturnValue:
    """Give nothing."""
    found, form = compensation_for(db(), me(), compensation_no), RejectForm()
    if form.validate():
        try:
            with transaction(db()):
                turn_down(db(), found, form.reason.data or "", by=me(), now=clock.now())
            flash_done(
                N_("Compensation %(number)s is rejected and the customer told."), number=compensation_no
            )
            return redirect(url_for(".one", compensation_no=compensation_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(compensation_for(db(), me(), compensation_no), rejecting=form), 422


@bp.post("/promises/<int:promise_id>/compensation")
@staff(Complaints.HANDLE)
def start(promise_id: int) -> ResponseReturnValue:
    """Propose what a missed promise is worth."""
    missed = missed_for(db(), me(), promise_id)
    try:
        with transaction(db()):
            found = propose(db(), missed.promise, by=me(), now=clock.now())
        flash_done(N_("Compensation %(number)s is proposed."), number=found.number)
        return redirect(url_for(".one", compensation_no=found.number), 303)
    except Refused as no:
        flash_refused(no)
    if missed.order is not None:
        return redirect(url_for("desk_orders.order", number=missed.order.number), 303)
    return redirect(url_for(".compensations"), 303)


def _page(
    found: Compensation, *, approving: ApproveForm | None = None, rejecting: RejectForm | None = None
) -> str:
    proposed = found.state == CompensationState.PROPOSED
    return render_template(
        "aftersales/staff/compensation.html",
        found=found,
        titles=COMPENSATION_TITLES,
        missed=about(db(), found.promise),
        worth=sentences(found.worked_out),
        decides=proposed and may(me(), Complaints.APPROVE),
        held=why_not(db(), me(), found),
        settlement=settlement_of(db(), found.number),
        settlement_titles=STATE_TITLES,
        said=[t for form in (approving, rejecting) if form and not proposed for t in form.form_errors],
        approving=approving or ApproveForm(formdata=None),
        rejecting=rejecting or RejectForm(formdata=None),
    )
