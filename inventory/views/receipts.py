"""Staff pages of goods that are to come and that have come."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import boards, purchases, queries, receiving
from inventory.forms import BookInForm, ExpectForm, MoveForm
from inventory.inbound import InboundReceipt
from inventory.models import Tracking
from inventory.permissions import Inventory
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_, NN_, day_text, gettext, moment_text, name_of, quantity_text
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("receipts", __name__, template_folder="../templates")

ACTS: dict[str, str] = {
    receiving.Verb.EXPECTED: N_("Expected"),
    receiving.Verb.MOVED: N_("Moved to another day"),
    receiving.Verb.BOOKED: N_("Booked in"),
    receiving.Verb.CLOSED: N_("Booked in and closed"),
}


@bp.get("/desk/receipts")
@staff(Inventory.VIEW)
def index() -> str:
    """The receipts to come, overdue ones first."""
    warehouses = queries.warehouses(db())
    chosen = next((w for w in warehouses if w.code == request.args.get("warehouse")), None)
    query = request.args.get("q", "").strip()[:80]
    found = boards.due_receipts(db(), warehouse_id=chosen.id if chosen else None, query=query, **places())
    return render_template(
        "inventory/staff/receipts.html",
        due=found.rows,
        page=links(found, ".index", warehouse=chosen.code if chosen else None, q=query),
        query=query,
        warehouses=warehouses,
        chosen=chosen,
        can_receive=may(me(), Inventory.RECEIVE),
        today=clock.business_day(clock.now()),
    )


@bp.get("/desk/receipts/history")
@staff(Inventory.VIEW)
def history() -> str:
    """The receipts that have come in, latest first."""
    query = request.args.get("q", "").strip()[:80]
    found = boards.closed_receipts(db(), query=query, **places())
    return render_template(
        "inventory/staff/receipts_closed.html",
        receipts=found.rows,
        page=links(found, ".history", q=query),
        query=query,
    )


@bp.route("/desk/receipts/new", methods=["GET", "POST"])
@staff(Inventory.RECEIVE)
def new() -> ResponseReturnValue:
    """Expect goods from a supplier."""
    suppliers = {supplier.code: supplier for supplier in queries.suppliers(db())}
    warehouses = {warehouse.code: warehouse for warehouse in queries.warehouses(db())}
    form = ExpectForm(
        [(code, f"{code} · {name_of(supplier)}") for code, supplier in suppliers.items()],
        [(code, f"{code} · {name_of(warehouse)}") for code, warehouse in warehouses.items()],
        data={"sku": request.args.get("sku", "")},
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                receipt = receiving.expect(
                    db(),
                    suppliers[form.supplier.data],
                    queries.product_named(db(), form.sku.data),
                    warehouses[form.warehouse.data],
                    form.quantity.data,
                    form.expected_on.data,
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("Receipt %(number)s is expected."), number=receipt.number)
            return redirect(url_for("receipts.show", number=receipt.number))
        except Refused as no:
            form.refuse(no)
    return render_template("inventory/staff/receipt_new.html", form=form), 422 if form.is_submitted() else 200


@bp.get("/desk/receipts/<number>")
@staff(Inventory.VIEW)
def show(number: str) -> str:
    """One receipt: what is still to come, who waits, and what may be done with it."""
    return _page(_receipt(number))


@bp.post("/desk/receipts/<number>/move")
@staff(Inventory.RECEIVE)
def move(number: str) -> ResponseReturnValue:
    """Another day for a receipt."""
    receipt, form = _receipt(number), MoveForm()
    if form.validate():
        try:
            with transaction(db()):
                receiving.move(db(), receipt, form.expected_on.data, by=me(), now=clock.now())
            flash_done(N_("The new day of %(number)s is saved."), number=number)
            return redirect(url_for("receipts.show", number=number))
        except Refused as no:
            form.refuse(no)
    return _page(_receipt(number), moving=form), 422


@bp.post("/desk/receipts/<number>/book-in")
@staff(Inventory.RECEIVE)
def book_in(number: str) -> ResponseReturnValue:
    """Goods have arrived."""
    receipt, form = _receipt(number), BookInForm()
    if form.validate():
        try:
            with transaction(db()):
                served = receiving.book_in(
                    db(),
                    receipt,
                    form.quantity.data,
                    last=form.last.data,
                    identities=form.identities(receipt.product.tracking),
                    aside=form.aside.data,
                    by=me(),
                    now=clock.now(),
                )
            flash_done(
                NN_(
                    "%(units)s unit of %(number)s is booked in and lies in quarantine.",
                    "%(units)s units of %(number)s are booked in and lie in quarantine.",
                    "units",
                )
                if form.aside.data
                else NN_(
                    "%(units)s unit of %(number)s is booked in. Lines that waited and have stock now: %(lines)s.",
                    "%(units)s units of %(number)s are booked in. Lines that waited and have stock now: %(lines)s.",
                    "units",
                ),
                units=form.quantity.data,
                number=number,
                lines=len(served),
            )
            return redirect(url_for("receipts.show", number=number))
        except Refused as no:
            form.refuse(no)
    return _page(_receipt(number), booking=form), 422


def _page(receipt: InboundReceipt, moving: MoveForm | None = None, booking: BookInForm | None = None) -> str:
    rest, today = receipt.quantity - receipt.received, clock.business_day(clock.now())
    return render_template(
        "inventory/staff/receipt.html",
        receipt=receipt,
        rest=rest,
        waiting=boards.lines_waiting(db(), receipt),
        purchase=purchases.purchase_of(db(), receipt),
        moving=moving or MoveForm(formdata=None, data={"expected_on": max(receipt.expected_on, today)}),
        booking=booking or BookInForm(formdata=None, data=_proposed(receipt, rest, today)),
        history=[_told(entry) for entry in audit.history_of(db(), "receipt", receipt.number)],
        can_receive=may(me(), Inventory.RECEIVE),
        today=today,
    )


def _proposed(receipt: InboundReceipt, rest: int, today: date) -> dict[str, Any]:
    """What the form proposes for goods that arrive today: all that is to come, usable as long as the product keeps."""
    product = receipt.product
    keeps = product.shelf_life_days if product.tracking == Tracking.LOT else None
    return {"quantity": rest, "expires_on": today + timedelta(days=keeps) if keeps else None}


def _told(entry: audit.AuditEntry) -> dict[str, str | None]:
    return {
        "what": gettext(ACTS[entry.verb]),
        "why": _why(entry.before or {}, entry.after or {}),
        "when": moment_text(entry.at),
        "who": entry.by.name if entry.by else None,
    }


def _why(before: dict[str, Any], after: dict[str, Any]) -> str:
    day = {name: day_text(date.fromisoformat(told["expected_on"])) for name, told in _dated(before, after)}
    if before:
        return gettext("From %(before)s to %(after)s", **day)
    units = quantity_text(after["quantity"])
    if day:
        return gettext("%(units)s units on %(after)s", units=units, **day)
    return gettext("%(units)s units", units=units)


def _dated(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, told) for name, told in (("before", before), ("after", after)) if "expected_on" in told]


def _receipt(number: str) -> InboundReceipt:
    return boards.find_receipt(db(), number) or abort(404)
