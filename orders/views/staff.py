"""The desk's orders: found, picked, shipped, delivered and cancelled; and the credit notes."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory.ledger import Place
from inventory.shelving import bins_at
from orders import boards, cancelling, delivering, fulfilling, unpicking
from orders.access import credit_note_for, order_for, shipment_for
from orders.boards import DESK_TITLES
from orders.leaving_otherwise import agreed_for
from orders.permissions import Orders
from orders.picking import propose
from orders.queries import STAGES, Filter, credit_notes, order_page
from orders.shipments import Shipment
from orders.views.desk_forms import CancelForm, DeliverForm, ShipForm
from orders.views.desk_page import order_page_of, parts_of, pick_form, stopped_at
from policies.promises import STATE_TITLES as PROMISE_TITLES
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_orders", __name__, url_prefix="/desk", template_folder="../templates")

TABS = {
    "": N_("All"),
    "open": N_("Open"),
    "late": N_("Late or at risk"),
    "packed": N_("To hand to a carrier"),
    "under_way": N_("Under way"),
    "closed": N_("Closed"),
}


@bp.get("/orders")
@staff(Orders.VIEW)
def orders() -> ResponseReturnValue:
    """The orders of every company, newest first."""
    stage = request.args.get("stage", "")
    text = request.args.get("q", "").strip()[:80]
    customer = company_asked("customer")
    if stage and stage not in STAGES:
        abort(404)
    code = customer.code if customer else ""
    narrowed = Filter(customer.id if customer else None, text, stage)
    older, newer = request.args.get("older", ""), request.args.get("newer", "")
    found = order_page(db(), narrowed, older_than=older, newer_than=newer)
    kept: dict[str, Any] = {"q": text or None, "customer": code or None}
    return render_template(
        "orders/staff/orders.html",
        page=found,
        pages=links(found, ".orders", q=text, customer=code, stage=stage),
        tabs=[
            (title, url_for(".orders", stage=key or None, **kept), key == stage)
            for key, title in TABS.items()
        ],
        stage=stage,
        q=text,
        customer=customer,
        titles=DESK_TITLES,
        promise_titles=PROMISE_TITLES,
    )


@bp.get("/orders/<number>")
@staff(Orders.VIEW)
def order(number: str) -> ResponseReturnValue:
    """One order: what was agreed, how far it is, and the next act."""
    return order_page_of(order_for(db(), me(), number))


@bp.get("/orders/<number>/pick-list")
@staff(Orders.FULFIL)
def pick_list(number: str) -> ResponseReturnValue:
    """What to fetch for an order, to be printed and ticked off."""
    found = order_for(db(), me(), number)
    parts = [part for part in parts_of(found) if part.pickable]
    places = {part.id: Place(part.line.product_id, found.warehouse_id) for part in parts}
    bins = bins_at(db(), list(places.values()))
    parts.sort(key=lambda part: (places[part.id] not in bins, bins.get(places[part.id], ""), part.line.sku))
    proposed = propose(db(), parts, found.warehouse_id, now=clock.now())
    return render_template(
        "orders/staff/pick_list.html",
        order=found,
        parts=parts,
        bins={part.id: bins.get(places[part.id], "") for part in parts},
        proposed=proposed,
        now=clock.now(),
        **stopped_at([found.warehouse_id]),
    )


@bp.post("/orders/<number>/pick")
@staff(Orders.FULFIL)
def pick(number: str) -> ResponseReturnValue:
    """Take units off the shelf for a new shipment."""
    found = order_for(db(), me(), number)
    form = pick_form(found, request.form)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                shipment = fulfilling.pick(
                    db(), found, form.units, identities=form.identities, by=me(), now=clock.now()
                )
            flash_done(
                N_("Shipment %(number)s is picked. Hand it to a carrier next."), number=shipment.number
            )
            return redirect(url_for(".order", number=number))
        except Refused as no:
            form.refuse(no)
    return order_page_of(order_for(db(), me(), number), status=422, picking=form)


@bp.post("/orders/<number>/shipments/<shipment_no>/ship")
@staff(Orders.FULFIL)
def ship(number: str, shipment_no: str) -> ResponseReturnValue:
    """Goods leave with a carrier."""
    shipment = _shipment(number, shipment_no)
    if shipment is None:
        return redirect(url_for(".order", number=number))
    agreed = agreed_for(db(), [shipment.id]).get(shipment.id, [])
    form = ShipForm(shipment, boards.usual_carriers(db()), agreed)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                carrier, tracking_no = form.carrier_name, form.tracking_no.data
                legs = form.legs(shipment, carrier, tracking_no)
                facts: dict[str, Any] = {
                    "legs": legs,
                    "despite": form.despite.data,
                    "otherwise": form.otherwise.data,
                }
                fulfilling.ship(db(), shipment, carrier, tracking_no, **facts, by=me(), now=clock.now())
            flash_done(N_("Shipment %(number)s is on its way and the buyer is told."), number=shipment_no)
            return redirect(url_for(".order", number=number))
        except Refused as no:
            form.refuse(no)
    return order_page_of(order_for(db(), me(), number), status=422, acting={shipment_no: form})


@bp.post("/orders/<number>/shipments/<shipment_no>/deliver")
@staff(Orders.FULFIL)
def deliver(number: str, shipment_no: str) -> ResponseReturnValue:
    """The customer has the goods."""
    shipment = _shipment(number, shipment_no)
    if shipment is None:
        return redirect(url_for(".order", number=number))
    form = DeliverForm(shipment, clock.now())
    if form.validate_on_submit():
        try:
            with transaction(db()):
                delivering.deliver(
                    db(), shipment, form.moment, form.received_by.data or "", by=me(), now=clock.now()
                )
            flash_done(N_("The delivery of shipment %(number)s is on record."), number=shipment_no)
            return redirect(url_for(".order", number=number))
        except Refused as no:
            form.refuse(no)
    return order_page_of(order_for(db(), me(), number), status=422, acting={shipment_no: form})


@bp.post("/orders/<number>/shipments/<shipment_no>/put-back")
@staff(Orders.FULFIL)
def put_back(number: str, shipment_no: str) -> ResponseReturnValue:
    """Undo a pick before it ships."""
    shipment = _shipment(number, shipment_no)
    if shipment is not None:
        try:
            with transaction(db()):
                fulfilling.put_back(db(), shipment, by=me(), now=clock.now())
            flash_done(N_("The goods of shipment %(number)s are back on the shelf."), number=shipment_no)
        except Refused as no:
            flash_refused(no)
    return redirect(url_for(".order", number=number))


@bp.post("/orders/<number>/shipments/<shipment_no>/put-back-held")
@staff(Orders.FULFIL)
def put_back_held(number: str, shipment_no: str) -> ResponseReturnValue:
    """Take what was held after it was picked out of a shipment."""
    shipment = _shipment(number, shipment_no)
    if shipment is not None:
        try:
            with transaction(db()):
                units = unpicking.put_back_held(db(), shipment, by=me(), now=clock.now())
            flash_done(N_("%(units)s held units are taken out of the shipment."), units=units)
        except Refused as no:
            flash_refused(no)
    return redirect(url_for(".order", number=number))


@bp.post("/orders/<number>/cancel")
@staff(Orders.CANCEL)
def cancel(number: str) -> ResponseReturnValue:
    """Cancel what nobody has begun to pick."""
    found = order_for(db(), me(), number)
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                units = cancelling.cancel(db(), found, form.reason.data, by=me(), now=clock.now())
            flash_done(
                NN_(
                    "%(units)s unit is cancelled and the buyer is told.",
                    "%(units)s units are cancelled and the buyer is told.",
                    "units",
                ),
                units=units,
            )
            return redirect(url_for(".order", number=number))
        except Refused as no:
            form.refuse(no)
    return order_page_of(order_for(db(), me(), number), status=422, cancelling_form=form)


@bp.get("/picking")
@staff(Orders.FULFIL)
def picking() -> ResponseReturnValue:
    """The orders with goods to pick, the most urgent first."""
    rows = boards.to_pick(db())
    today = clock.business_day(clock.now())
    return render_template(
        "orders/staff/picking.html",
        rows=rows,
        total=boards.count_to_pick(db()),
        today=today,
        **stopped_at([row.warehouse_id for row in rows]),
    )


@bp.get("/credits")
@staff(Orders.VIEW)
def credits() -> ResponseReturnValue:  # noqa: A001 - the pages are named as people call them
    """The latest credit notes, of one company or of all."""
    customer = company_asked("customer")
    found = credit_notes(db(), customer.id if customer else None, **places())
    page = links(found, ".credits", customer=customer.code if customer else "")
    return render_template("orders/staff/credits.html", rows=found.rows, page=page, customer=customer)


@bp.get("/credits/<number>")
@staff(Orders.VIEW)
def credit(number: str) -> ResponseReturnValue:
    """One credit note with its lines."""
    return render_template("orders/staff/credit.html", note=credit_note_for(db(), me(), number))


def _shipment(number: str, shipment_no: str) -> Shipment | None:
    """The shipment of this order. None, and the reader is told, when somebody has put it back meanwhile; else 404."""
    found = order_for(db(), me(), number)
    if any(
        _is_gone(act.verb, act.after or {}) and (act.after or {}).get("shipment") == shipment_no
        for act in audit.history_of(db(), "order", found.number)
    ):
        flash_refused(
            Refused(N_("Somebody has put shipment %(number)s back on the shelf."), number=shipment_no)
        )
        return None
    shipment = shipment_for(db(), me(), shipment_no)
    if shipment.order_id != found.id:
        abort(404)
    return shipment


def _is_gone(verb: str, facts: dict[str, Any]) -> bool:
    """Whether an act on a shipment left nothing of it."""
    return verb == fulfilling.Verb.PUT_BACK or (
        verb == unpicking.Verb.HELD_BACK and not facts.get("units_left")
    )
