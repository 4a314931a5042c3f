"""The buyer's orders: the list, each order with its promises, its papers, ordering again, credit notes."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import queries
from orders.access import credit_note_for, order_for
from orders.acknowledging import acknowledgement_of
from orders.cancelling import cancel, cancellable
from orders.charges import charges_of, rates_of
from orders.day_moves import moves_told
from orders.dealing_words import told_of_turn
from orders.documents import acknowledgement_pdf
from orders.forms import CancelForm
from orders.models import Order, Origin
from orders.offers import offers_of
from orders.queries import STAGES, Filter
from orders.reordering import CHANGE_TITLES, Change, compare, put_again
from orders.shipments import SHIPMENT_TITLES
from orders.states import STATE_TITLES
from orders.telling import headline, parts_told, stages_told, vat_title
from orders.timeline import credit_notes_of, timeline
from orders.views.order_panels import panels_of
from policies.promises import STATE_TITLES as PROMISE_TITLES
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, NN_, language
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("my_orders", __name__, template_folder="../templates")

STAGE_TITLES = {"": N_("All"), "open": N_("Under way"), "late": N_("At risk or late"), "closed": N_("Done")}
CHANGE_WORDS = {
    Change.SAME: ("ok", N_("As last time")),
    Change.NOT_SOLD: ("bad", N_("Left out")),
    Change.NO_PRICE: ("bad", N_("Left out")),
    Change.NONE_LEFT: ("bad", N_("Left out")),
    Change.REFITTED: ("risk", N_("Other quantity")),
    Change.DEARER: ("risk", N_("Dearer")),
    Change.CHEAPER: ("ok", N_("Cheaper")),
    Change.SHORT: ("risk", N_("Backorder")),
}
"""A change as a badge: its tone and its word."""


@bp.get("/my/orders")
@customer
def orders() -> str:
    """The company's orders, newest first, found by number and narrowed by stage."""
    text = request.args.get("q", "").strip()[:80]
    asked = request.args.get("stage", "")
    stage = asked if asked in STAGES else ""
    page = queries.order_page(
        db(),
        Filter(customer_id=me().customer_id, text=text, stage=stage),
        older_than=request.args.get("older", ""),
        newer_than=request.args.get("newer", ""),
    )
    return render_template(
        "orders/customer/orders.html",
        query=text,
        stage=stage,
        stages=STAGE_TITLES,
        rows=page.rows,
        place=url_for(".orders"),
        page=links(page, ".orders", q=text, stage=stage),
        titles=STATE_TITLES,
        promise_titles=PROMISE_TITLES,
    )


@bp.get("/my/orders/<number>")
@customer
def show(number: str) -> str:
    """One order: where it stands, what is promised, what happened."""
    return _order_page(order_for(db(), me(), number), CancelForm(formdata=None))


@bp.post("/my/orders/<number>/cancel")
@customer
def cancel_order(number: str) -> ResponseReturnValue:
    """Cancel what nobody has begun to pick."""
    order, form = order_for(db(), me(), number), CancelForm()
    if form.validate():
        try:
            with transaction(db()):
                units = cancel(db(), order, form.reason.data or "", by=me(), now=clock.now())
            flash_done(
                NN_("%(units)s unit was cancelled.", "%(units)s units were cancelled.", "units"), units=units
            )
            return redirect(url_for(".show", number=number), 303)
        except Refused as no:
            form.refuse(no)
    return _order_page(order_for(db(), me(), number), form), 422


@bp.get("/my/orders/<number>/acknowledgement.pdf")
@customer
def acknowledgement(number: str) -> ResponseReturnValue:
    """The acknowledgement as issued, in Thai or English; orders brought in from elsewhere have none."""
    order = order_for(db(), me(), number)
    code = request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    paper = acknowledgement_pdf(acknowledgement_of(db(), order), code, settings().seller)
    name = f'inline; filename="{order.number}-{code}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})


@bp.route("/my/orders/<number>/again", methods=["GET", "POST"])
@customer
def again(number: str) -> ResponseReturnValue:
    """See what has changed since an order, and put it into the basket once more."""
    order = order_for(db(), me(), number)
    if request.method == "POST":
        try:
            with transaction(db()):
                wanted = order_for(db(), me(), number)
                minutes = settings().basket_hold_minutes
                count = put_again(db(), me(), wanted, hold_minutes=minutes, now=clock.now())
            flash_done(
                NN_(
                    "%(count)s product was put into the basket.",
                    "%(count)s products were put into the basket.",
                    "count",
                ),
                count=count,
            )
            return redirect(url_for("shop.basket"), 303)
        except Refused as no:
            flash_refused(no)
            return redirect(url_for(".again", number=number), 303)
    lines = compare(db(), me(), order, now=clock.now())
    return render_template(
        "orders/customer/again.html",
        order=order,
        lines=lines,
        orderable=sum(1 for line in lines if line.orderable),
        titles=CHANGE_TITLES,
        words=CHANGE_WORDS,
    )


@bp.get("/my/credits", endpoint="credits")
@customer
def credit_list() -> str:
    """The company's credit notes, newest first."""
    found = queries.credit_notes(db(), me().customer_id, **places())
    return render_template("orders/customer/credits.html", notes=found.rows, page=links(found, ".credits"))


@bp.get("/my/credits/<number>")
@customer
def credit(number: str) -> str:
    """One credit note with its lines."""
    return render_template("orders/customer/credit.html", note=credit_note_for(db(), me(), number))


def _order_page(order: Order, form: CancelForm) -> str:
    shipments, offers = queries.shipments_of(db(), order), offers_of(db(), order)
    charges, moves = charges_of(db(), order), moves_told(db(), order)
    parts = {line.id: parts_told(line, offers.substituted, moves) for line in order.lines}
    waits = any(part.waits for told in parts.values() for part in told)
    return render_template(
        "orders/customer/order.html",
        order=order,
        titles=STATE_TITLES,
        headline=headline(order),
        stages=stages_told(order, shipments),
        parts=parts,
        dealt=told_of_turn(db(), order, clock.now()) if waits else "",
        shipments=shipments,
        shipment_titles=SHIPMENT_TITLES,
        notes=credit_notes_of(db(), order),
        charges=charges,
        vat_title=vat_title(rates_of(order, charges)),
        entries=timeline(db(), order, me()),
        acknowledged=order.origin != Origin.IMPORT,
        languages=LANGUAGES,
        form=form,
        can_cancel=sum(part.unpicked for part in cancellable(order)),
        panels=panels_of(order),
        offers=offers,
        now=clock.now(),
    )
