"""Staff pages on which orders to suppliers are drafted."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import purchases, purchasing, queries
from inventory.inbound import PurchaseOrder
from inventory.permissions import Inventory
from inventory.purchases import PurchaseState
from inventory.purchasing import MOST_LINES, Line
from inventory.views.purchase_forms import ROWS, PurchaseForm, filled_rows, form_of, shown_lines
from portal import clock
from portal.db import transaction
from portal.i18n import N_, name_of
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.session import db, me

bp = Blueprint("purchase_drafts", __name__, url_prefix="/desk/purchases", template_folder="../templates")


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.BUY)
def new() -> ResponseReturnValue:
    """Draft an order to a supplier."""
    form = _form({"sku_1": request.args.get("sku", "")}, 0)
    if _more_rows(form) or not form.validate_on_submit():
        return _form_page(form, None)
    try:
        with transaction(db()):
            order = purchasing.draft(
                db(),
                queries.find_supplier(db(), form.supplier.data) or abort(404),
                queries.find_warehouse(db(), form.warehouse.data) or abort(404),
                _lines(form),
                note=form.note.data or "",
                by=me(),
                now=clock.now(),
            )
        flash_done(N_("%(number)s is drafted. Check it, then send it."), number=order.number)
        return redirect(url_for("purchases.show", purchase_no=order.number))
    except Refused as no:
        form.refuse(no)
    return _form_page(form, None)


@bp.route("/<purchase_no>/edit", methods=["GET", "POST"])
@staff(Inventory.BUY)
def edit(purchase_no: str) -> ResponseReturnValue:
    """Change the lines of a draft."""
    order = _order(purchase_no)
    if request.method == "GET" and order.state != PurchaseState.DRAFT:
        return redirect(url_for("purchases.show", purchase_no=purchase_no))  # nothing of it can be changed
    form = _form(shown_lines(order), len(order.lines))
    form.supplier.data, form.warehouse.data = order.supplier.code, order.warehouse.code
    if _more_rows(form) or not form.validate_on_submit():
        return _form_page(form, order)
    try:
        with transaction(db()):
            lines = _lines(form)
            purchasing.change(db(), order, lines, note=form.note.data or "", by=me(), now=clock.now())
        flash_done(N_("The changes to %(number)s are saved."), number=purchase_no)
        return redirect(url_for("purchases.show", purchase_no=purchase_no))
    except Refused as no:
        form.refuse(no)
    return _form_page(form, _order(purchase_no))


def _form(known: dict[str, object], lines: int) -> PurchaseForm:
    """The form of an order, with room for more lines than are typed."""
    suppliers = [(one.code, f"{one.code} · {name_of(one)}") for one in queries.suppliers(db())]
    warehouses = [(one.code, f"{one.code} · {name_of(one)}") for one in queries.warehouses(db())]
    if request.method != "POST":
        return form_of(lines + ROWS, suppliers, warehouses, data=known)
    typed, count = filled_rows(request.form)
    for name in ("supplier", "warehouse"):
        typed.setdefault(name, str(known.get(name, "")))
    return form_of(min(count + ROWS, 2 * MOST_LINES), suppliers, warehouses, formdata=typed)


def _more_rows(form: PurchaseForm) -> bool:
    """Whether only room for more lines was asked for."""
    return form.is_submitted() and "more" in request.form


def _form_page(form: PurchaseForm, order: PurchaseOrder | None) -> ResponseReturnValue:
    page = render_template("inventory/staff/purchase_form.html", form=form, order=order)
    return page, 422 if form.is_submitted() and not _more_rows(form) else 200


def _lines(form: PurchaseForm) -> list[Line]:
    lines, typed = [], form.typed()
    known = queries.find_products(db(), [sku for sku, *_ in typed])
    for n, (sku, quantity, cost) in enumerate(typed, start=1):
        if sku not in known:
            raise Refused(N_("There is no product %(sku)s."), field=f"sku_{n}", sku=sku)
        lines.append(Line(known[sku], quantity, cost))
    return lines


def _order(number: str) -> PurchaseOrder:
    return purchases.find_purchase(db(), number) or abort(404)
