"""Desk pages of stock that is moved between warehouses."""

from collections import Counter
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import queries, transferring, transfers
from inventory.inbound import Transfer
from inventory.models import Product, Tracking
from inventory.numbers_typed import read_numbers
from inventory.permissions import Inventory
from inventory.tracing import identities_named, tidy
from inventory.transfer_costs import set_transfer_costs, transfer_costs
from inventory.transfers import Waiting
from inventory.views.transfer_forms import CostsForm, ReplanForm, SendForm, costs_shown
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_, gettext, moment_text, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("transfers", __name__, url_prefix="/desk/transfers", template_folder="../templates")

ACTS: dict[str, str] = {
    transferring.Verb.SENT: N_("Sent"),
    transferring.Verb.REPLANNED: N_("Moved to another day"),
    transferring.Verb.ARRIVED: N_("Arrived"),
}


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """The transfers on the way, overdue ones first, or those that have arrived."""
    arrived = request.args.get("arrived") == "1"
    found = transfers.transfer_page(db(), arrived=arrived, **places())
    return render_template(
        "inventory/staff/transfers.html",
        rows=found.rows,
        page=links(found, ".index", arrived="1" if arrived else None),
        arrived=arrived,
        can_move=may(me(), Inventory.MOVE),
        can_set=may(me(), Inventory.PLACES),
        today=clock.business_day(clock.now()),
    )


@bp.route("/costs", methods=["GET", "POST"])
@staff(Inventory.PLACES)
def costs() -> ResponseReturnValue:
    """What a transfer costs us, by which it is compared with other ways out for a short line."""
    form = CostsForm(data=costs_shown(transfer_costs(db())))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                set_transfer_costs(db(), form.costs, by=me(), now=clock.now())
            flash_done(N_("The costs hold from now on."))
            return redirect(url_for(".costs"))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/transfer_costs.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.MOVE)
def new() -> ResponseReturnValue:
    """Move stock, perhaps for a line that waits: then the page says where else it is and when it would be here."""
    warehouses = {warehouse.code: warehouse for warehouse in queries.warehouses(db())}
    purpose = request.args.get("line", "").strip()[:60]
    waiting = transfers.waiting_for(db(), purpose) if purpose else None
    if purpose and waiting is None and request.method == "GET":
        abort(404)
    form = SendForm(
        [(code, f"{code} · {name_of(warehouse)}") for code, warehouse in warehouses.items()],
        data=_asked() | _suggested(waiting),
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                product = queries.product_named(db(), form.sku.data)
                transfer = transferring.send(
                    db(),
                    product,
                    warehouses[form.from_warehouse.data],
                    warehouses[form.to_warehouse.data],
                    form.quantity.data,
                    form.expected_on.data,
                    purpose=form.purpose.data or None,
                    carrier=form.carrier.data or "",
                    tracking_no=form.tracking_no.data or "",
                    reason=form.reason.data or "",
                    identities=_named(form, product),
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("Transfer %(number)s is on its way."), number=transfer.number)
            return redirect(url_for(".show", transfer_no=transfer.number))
        except Refused as no:
            form.refuse(no)
    return (
        render_template(
            "inventory/staff/transfer_new.html", form=form, waiting=waiting, options=_options(waiting)
        ),
        422 if form.is_submitted() else 200,
    )


@bp.get("/<transfer_no>")
@staff(Inventory.VIEW)
def show(transfer_no: str) -> str:
    """One transfer: what travels, for whom, and when it is expected."""
    return _page(_transfer(transfer_no))


@bp.post("/<transfer_no>/replan")
@staff(Inventory.MOVE)
def replan(transfer_no: str) -> ResponseReturnValue:
    """The carrier names another day."""
    transfer, form = _transfer(transfer_no), ReplanForm()
    if form.validate():
        try:
            with transaction(db()):
                transferring.replan(db(), transfer, form.expected_on.data, by=me(), now=clock.now())
            flash_done(N_("The new day of %(number)s is saved."), number=transfer_no)
            return redirect(url_for(".show", transfer_no=transfer_no))
        except Refused as no:
            form.refuse(no)
    return _page(_transfer(transfer_no), form), 422


@bp.post("/<transfer_no>/arrive")
@staff(Inventory.RECEIVE)
def arrive(transfer_no: str) -> ResponseReturnValue:
    """The units are there."""
    transfer = _transfer(transfer_no)
    try:
        with transaction(db()):
            served = transferring.arrive(db(), transfer, by=me(), now=clock.now())
        flash_done(
            N_("Transfer %(number)s has arrived. Lines that waited and have stock now: %(lines)s."),
            number=transfer_no,
            lines=len(served),
        )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", transfer_no=transfer_no))


def _page(transfer: Transfer, form: ReplanForm | None = None) -> str:
    today = clock.business_day(clock.now())
    return render_template(
        "inventory/staff/transfer.html",
        transfer=transfer,
        identities=transfers.identities_of(db(), transfer),
        form=form or ReplanForm(formdata=None, data={"expected_on": max(transfer.expected_on, today)}),
        history=[
            {
                "what": gettext(ACTS[entry.verb]),
                "when": moment_text(entry.at),
                "who": entry.by.name if entry.by else None,
                "why": None,
            }
            for entry in audit.history_of(db(), "transfer", transfer.number)
        ],
        can_move=may(me(), Inventory.MOVE),
        can_receive=may(me(), Inventory.RECEIVE),
        today=today,
    )


def _asked() -> dict[str, Any]:
    """What the address asks to be moved."""
    names = ("from_warehouse", "to_warehouse", "quantity")
    return {name: request.args[name][:20] for name in names if name in request.args}


def _suggested(waiting: Waiting | None) -> dict[str, Any]:
    """What the form shows first: for a line that waits, the place asked for, else the best one to take it from."""
    if waiting is None:
        return {"sku": request.args.get("sku", "")[:40]}
    there, asked = _options(waiting), request.args.get("from_warehouse")
    best = next((one for one in there if one.warehouse.code == asked), next(iter(there), None))
    known: dict[str, Any] = {
        "sku": waiting.product.sku,
        "to_warehouse": waiting.warehouse.code,
        "purpose": waiting.purpose,
        "quantity": min(waiting.units, best.available) if best else waiting.units,
    }
    if best is not None:
        known |= {"from_warehouse": best.warehouse.code, "expected_on": best.here_on}
    return known


def _options(waiting: Waiting | None) -> list[transfers.Elsewhere]:
    if waiting is None:
        return []
    today = clock.business_day(clock.now())
    return transfers.elsewhere(db(), [waiting], today).get(waiting.purpose, [])


def _named(form: SendForm, product: Product) -> list[tuple[int, int]]:
    """The lots or serials typed, as in every other form."""
    wanted = Counter[str]()
    typed = read_numbers(form.identities.data or "", product.tracking, form.quantity.data or 0)
    for number, units in typed.items():
        wanted[tidy(number)] += units
    if wanted and product.tracking == Tracking.NONE:
        raise Refused(N_("%(sku)s has no lots or serials."), field="identities", sku=product.sku)
    known = identities_named(db(), product.id, wanted)
    for number in wanted:
        if number not in known:
            raise Refused(N_("%(number)s is not known for this product."), field="identities", number=number)
    return [(known[number].id, units) for number, units in wanted.items()]


def _transfer(number: str) -> Transfer:
    return transfers.find_transfer(db(), number) or abort(404)
