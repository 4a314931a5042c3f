"""Returns at the desk: the list, recording what came back, one return."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales.access import return_for
from aftersales.forms import return_form
from aftersales.models import DISPOSITION_TITLES, REASON_TITLES
from aftersales.permissions import Aftersales
from aftersales.queries import return_page, returns_of_order
from aftersales.returning import returnable, take_back
from aftersales.views.paging import pages_of
from orders.access import order_for
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused, Unknown
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("desk_returns", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/returns")
@staff(Aftersales.VIEW)
def returns() -> ResponseReturnValue:
    """Goods that came back, newest first."""
    text = request.args.get("q", "").strip()[:80]
    older, newer = (request.args.get(name, type=int) for name in ("older", "newer"))
    found = return_page(db(), text=text, older_than=older, newer_than=newer)
    return render_template(
        "aftersales/staff/list.html",
        rows=found.rows,
        page=pages_of(found, ".returns", q=text or None),
        q=text,
        may_record=may(me(), Aftersales.RECORD),
    )


@bp.get("/returns/start")
@staff(Aftersales.RECORD)
def start() -> ResponseReturnValue:
    """From an order's number to the form for it."""
    typed = request.args.get("order", "").strip()
    for number in (typed, typed.upper()):
        try:
            return redirect(url_for(".record", number=order_for(db(), me(), number).number))
        except Unknown:
            continue
    flash_refused(Refused(N_("There is no order %(number)s."), number=typed or "–"))
    return redirect(url_for(".returns"))


@bp.route("/orders/<number>/returns/new", methods=["GET", "POST"])
@staff(Aftersales.RECORD)
def record(number: str) -> ResponseReturnValue:
    """Record goods of an order that came back."""
    order = order_for(db(), me(), number)
    lines = [line for line in order.lines if returnable(line)]
    form = return_form(lines)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                taken = take_back(db(), order, form.backs(lines), by=me(), now=clock.now())
            flash_done(N_("Return %(number)s is recorded and credited."), number=taken.number)
            return redirect(url_for(".one", number=taken.number))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "aftersales/staff/record.html",
        order=order,
        lines=[(line, returnable(line)) for line in lines],
        earlier=returns_of_order(db(), order),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.get("/returns/<number>")
@staff(Aftersales.VIEW)
def one(number: str) -> ResponseReturnValue:
    """One return: what came back, what became of it, what was credited."""
    found = return_for(db(), me(), number)
    return render_template(
        "aftersales/staff/return.html",
        found=found,
        credits={line.order_line_id: line for line in found.credit_note.lines},
        reasons=REASON_TITLES,
        dispositions=DISPOSITION_TITLES,
    )
