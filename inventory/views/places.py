"""Pages of the warehouses, the provinces they serve, and the suppliers."""

from collections import Counter
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import queries, siting
from inventory.forms import SupplierForm, WarehouseForm
from inventory.models import Warehouse
from inventory.permissions import Inventory
from inventory.views.served import ServedTable
from portal import clock
from portal.customers.provinces import provinces
from portal.db import transaction
from portal.i18n import N_
from portal.money import to_major
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me

bp = Blueprint("places", __name__, url_prefix="/desk/places", template_folder="../templates")


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """The warehouses with what they serve, and the suppliers."""
    areas = queries.service_areas(db())
    return render_template(
        "inventory/staff/places.html",
        warehouses=queries.warehouses(db()),
        served=Counter(area.warehouse_id for area in areas.values()),
        unnamed=len(provinces()) - len(areas),
        suppliers=queries.suppliers(db()),
        can_change=may(me(), Inventory.PLACES),
    )


@bp.route("/warehouses/new", methods=["GET", "POST"])
@staff(Inventory.PLACES)
def new_warehouse() -> ResponseReturnValue:
    """Open a warehouse."""
    first = not queries.warehouses(db())
    form = WarehouseForm(data={"main": first})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                warehouse = siting.open_warehouse(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("Warehouse %(code)s is open. Say which provinces it serves."), code=warehouse.code)
            return redirect(url_for(".warehouse", code=warehouse.code))
        except Refused as no:
            form.refuse(no)
    return _warehouse_page(form, None), 422 if form.is_submitted() else 200


@bp.route("/warehouses/<code>", methods=["GET", "POST"])
@staff(Inventory.PLACES)
def warehouse(code: str) -> ResponseReturnValue:
    """Change what is said of a warehouse; below it the provinces it serves."""
    found = _warehouse(code)
    form = WarehouseForm(data=_shown(found, "name_th", "name_en", "address_th", "address_en", "main"))
    form.code.data = found.code
    if form.validate_on_submit():
        try:
            with transaction(db()):
                siting.put_warehouse(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("The changes to %(code)s are saved."), code=code)
            return redirect(url_for(".index"))
        except Refused as no:
            form.refuse(no)
    return _warehouse_page(form, found), 422 if form.is_submitted() else 200


@bp.post("/warehouses/<code>/provinces")
@staff(Inventory.PLACES)
def serve(code: str) -> ResponseReturnValue:
    """Save all provinces a warehouse serves at once."""
    found = _warehouse(code)
    table = ServedTable.of(found, queries.service_areas(db()))
    if not table.take(set(request.form.getlist("serves")), request.form):
        form = WarehouseForm(
            formdata=None,
            data=_shown(found, "code", "name_th", "name_en", "address_th", "address_en", "main"),
        )
        return _warehouse_page(form, found, table), 422
    with transaction(db()):
        changed = siting.serve_only(db(), found, table.transit_days(), by=me(), now=clock.now())
    flash_done(
        N_("Provinces changed: %(count)s. Orders already placed keep their dates.")
        if changed
        else N_("Nothing was different."),
        count=changed,
    )
    return redirect(url_for(".warehouse", code=code))


@bp.route("/suppliers/new", methods=["GET", "POST"])
@staff(Inventory.PLACES)
def new_supplier() -> ResponseReturnValue:
    """Take on a supplier."""
    form = SupplierForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                supplier = siting.take_on_supplier(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("Supplier %(code)s was added."), code=supplier.code)
            return redirect(url_for(".index"))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/supplier.html", form=form, supplier=None)
    return page, 422 if form.is_submitted() else 200


@bp.route("/suppliers/<code>", methods=["GET", "POST"])
@staff(Inventory.PLACES)
def supplier(code: str) -> ResponseReturnValue:
    """Change what is said of a supplier."""
    found = queries.find_supplier(db(), code) or abort(404)
    known = _shown(found, "name_th", "name_en", "usual_delay_days", "email")
    form = SupplierForm(data={**known, "order_cost": to_major(found.order_cost_minor, "THB")})
    form.code.data = found.code
    if form.validate_on_submit():
        try:
            with transaction(db()):
                siting.put_supplier(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("The changes to %(code)s are saved."), code=code)
            return redirect(url_for(".index"))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/supplier.html", form=form, supplier=found)
    return page, 422 if form.is_submitted() else 200


def _warehouse(code: str) -> Warehouse:
    return queries.find_warehouse(db(), code) or abort(404)


def _warehouse_page(form: WarehouseForm, found: Warehouse | None, table: ServedTable | None = None) -> str:
    if found is not None and table is None:
        table = ServedTable.of(found, queries.service_areas(db()))
    return render_template("inventory/staff/warehouse.html", form=form, warehouse=found, table=table)


def _shown(thing: object, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
