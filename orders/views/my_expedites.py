"""The buyer's requests for faster delivery: asked for, followed, taken back, and paid for or not."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import expedite_charges, expediting, moves_lists
from orders.access import order_for
from orders.charges import vat_on
from orders.expedite_sheets import options_by_part
from orders.expedite_steps import why_not
from orders.expedites import OWN_REQUEST_TITLES, RequestState
from orders.models import Order, ScheduleLine
from orders.moves_access import request_for
from orders.views.moves_forms import AskForm
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_, day_text, gettext, name_of, quantity_text
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_expedites", __name__, template_folder="../templates")


@bp.route("/my/orders/<number>/sooner", methods=["GET", "POST"])
@customer
def ask(number: str) -> ResponseReturnValue:
    """Ask for a part of an order to arrive sooner."""
    order = order_for(db(), me(), number)
    form = AskForm(_named(_askable(order)), data={"part": request.args.get("part")})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                part = db().get_one(ScheduleLine, int(form.part.data))
                made = expediting.ask(
                    db(), part, form.wanted_on.data, form.reason.data or "", by=me(), now=clock.now()
                )
            if made.state == RequestState.APPROVED:
                flash_done(N_("It is approved at once. The new promised day stands on the order."))
            else:
                flash_done(N_("We have your request and answer it as our policy promises."))
            return redirect(url_for(".show", request_no=made.number), 303)
        except Refused as no:
            form.refuse(no)
            order = order_for(db(), me(), number)
    askable = _askable(order)
    return render_template(
        "orders/customer/sooner.html",
        order=order,
        form=form,
        askable=askable,
        options=options_by_part(db(), askable, now=clock.now()),
        others=_others(order),
    ), 422 if form.is_submitted() else 200


@bp.get("/my/expedites")
@customer
def index() -> str:
    """The company's requests, newest first."""
    found = moves_lists.requests(db(), customer_id=me().customer_id, **places())
    return render_template(
        "orders/customer/expedites.html",
        rows=found.rows,
        page=links(found, ".index"),
        titles=OWN_REQUEST_TITLES,
    )


@bp.get("/my/expedites/<request_no>")
@customer
def show(request_no: str) -> str:
    """One request: what was asked, what was decided."""
    one = request_for(db(), me(), request_no)
    return render_template(
        "orders/customer/expedite.html",
        one=one,
        with_vat_minor=one.charge_minor + vat_on(one.charge_minor, one.part.line.vat_rate_bp),
        titles=OWN_REQUEST_TITLES,
        **answering(Matter.EXPEDITE, request_no),
    )


@bp.post("/my/expedites/<request_no>/withdraw")
@customer
def withdraw(request_no: str) -> ResponseReturnValue:
    """Take a request back."""
    found = request_for(db(), me(), request_no)
    try:
        with transaction(db()):
            expediting.withdraw(db(), found, by=me(), now=clock.now())
        flash_done(N_("The request is withdrawn. The promised day stays as it was."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", request_no=request_no), 303)


@bp.post("/my/expedites/<request_no>/accept")
@customer
def accept(request_no: str) -> ResponseReturnValue:
    """Pay the charge and have the goods sooner."""
    found = request_for(db(), me(), request_no)
    try:
        with transaction(db()):
            expedite_charges.accept(db(), found, by=me(), now=clock.now())
        flash_done(N_("Agreed. The new promised day stands on the order."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", request_no=request_no), 303)


@bp.post("/my/expedites/<request_no>/decline")
@customer
def decline(request_no: str) -> ResponseReturnValue:
    """Do not pay the charge; the goods come as promised."""
    found = request_for(db(), me(), request_no)
    try:
        with transaction(db()):
            expedite_charges.decline(db(), found, by=me(), now=clock.now())
        flash_done(N_("Declined. The promised day stays as it was, and you pay nothing extra."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", request_no=request_no), 303)


def _askable(order: Order) -> list[ScheduleLine]:
    return [part for line in order.lines for part in line.parts if why_not(part) is None]


def _others(order: Order) -> list[tuple[ScheduleLine, str]]:
    """The parts still to come that cannot be asked for, each with the reason."""
    return [
        (part, gettext(no.message, **no.params))
        for line in order.lines
        for part in line.parts
        if part.open > 0 and (no := why_not(part)) is not None
    ]


def _named(parts: list[ScheduleLine]) -> list[tuple[str, str]]:
    return [
        (
            str(part.id),
            gettext(
                "%(quantity)s × %(name)s, promised for %(day)s",
                quantity=quantity_text(part.quantity - part.cancelled),
                name=name_of(part.line),
                day=day_text(part.promise.due_at) if part.promise else "–",
            ),
        )
        for part in parts
    ]
