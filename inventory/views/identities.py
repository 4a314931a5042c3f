"""Desk pages of lots and serials, and of what lies in quarantine."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import boards, identity_boards, queries, setting_aside
from inventory.causes import units_of_the_desk
from inventory.identities import KEEPING_TITLES, Keeping
from inventory.identity_boards import Sought
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.permissions import Inventory
from inventory.setting_aside import Units
from inventory.stock import MOVEMENT_TITLES
from inventory.views.lives import life_url
from inventory.views.quarantine_forms import SCRAP, AsideForm, DecideForm, UnitsForm
from portal import clock
from portal.db import transaction
from portal.i18n import NN_, gettext, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, numbered_links, page_number, places

bp = Blueprint("identities", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/identities")
@staff(Inventory.VIEW)
def index() -> str:
    """Lots and serials by number or product, and where each is."""
    query = request.args.get("q", "").strip()[:80]
    warehouses = queries.warehouses(db())
    place = next((one for one in warehouses if one.code == request.args.get("warehouse")), None)
    asked = request.args.get("kept", "")
    keeping = Keeping(asked) if asked in set(Keeping) else None
    code = request.args.get("sku", "").strip()[:40]
    product = queries.find_product(db(), code) if code else None
    company = company_asked()
    sought = Sought(
        query,
        product.id if product else None,
        keeping,
        place.id if place else None,
        company.id if company else None,
    )
    found = identity_boards.identity_page(db(), sought, **places())
    return render_template(
        "inventory/staff/identities.html",
        rows=found.rows,
        page=links(
            found,
            ".index",
            q=query,
            warehouse=place.code if place else None,
            kept=keeping.value if keeping else None,
            sku=code,
            company=company.code if company else "",
        ),
        company=company,
        query=query,
        product=product,
        code=code,
        warehouses=warehouses,
        place=place,
        keeping=keeping,
        keepings=[(one, gettext(title)) for one, title in KEEPING_TITLES.items()],
        titles=KEEPING_TITLES,
        life_url=life_url,
        can_correct=may(me(), Inventory.RECEIVE),
        today=clock.business_day(clock.now()),
    )


@bp.get("/quarantine")
@staff(Inventory.VIEW)
def quarantine() -> str:
    """What lies in quarantine, and what brought it there."""
    warehouses = queries.warehouses(db())
    place = next((one for one in warehouses if one.code == request.args.get("warehouse")), None)
    page = identity_boards.aside_page(db(), warehouse_id=place.id if place else None, page=page_number())
    return render_template(
        "inventory/staff/quarantine.html",
        rows=page.rows,
        page=numbered_links(page),
        warehouses=warehouses,
        place=place,
        today=clock.business_day(clock.now()),
        can_decide=may(me(), Inventory.RECEIVE),
    )


@bp.route("/quarantine/new", methods=["GET", "POST"])
@staff(Inventory.RECEIVE)
def set_aside() -> ResponseReturnValue:
    """Put good units into quarantine."""
    warehouses = {one.code: one for one in queries.warehouses(db())}
    form = AsideForm(
        [(code, f"{code} · {name_of(one)}") for code, one in warehouses.items()],
        data={name: request.args.get(name, "") for name in ("sku", "warehouse")},
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                product = queries.product_named(db(), form.sku.data)
                units = _units(form, product, warehouses[form.warehouse.data])
                setting_aside.set_aside(db(), units, by=me(), now=clock.now())
            flash_done(
                NN_(
                    "%(units)s unit of %(sku)s is in quarantine.",
                    "%(units)s units of %(sku)s are in quarantine.",
                    "units",
                ),
                units=units.quantity,
                sku=product.sku,
            )
            return redirect(url_for(".quarantine"))
        except Refused as no:
            form.refuse(no)
    return render_template("inventory/staff/quarantine_new.html", form=form), _status(form)


@bp.route("/quarantine/<warehouse_code>/<path:sku>", methods=["GET", "POST"])
@staff(Inventory.RECEIVE)
def decide(warehouse_code: str, sku: str) -> ResponseReturnValue:
    """What becomes of the units of a product that lie in quarantine in a warehouse."""
    warehouse = queries.find_warehouse(db(), warehouse_code) or abort(404)
    product = queries.find_product(db(), sku) or abort(404)
    form = DecideForm(data={"quantity": units_of_the_desk(db(), Place(product.id, warehouse.id)) or None})
    if form.validate_on_submit():
        try:
            scraps = form.act.data == SCRAP
            with transaction(db()):
                act = setting_aside.scrap if scraps else setting_aside.release
                act(db(), _units(form, product, warehouse), by=me(), now=clock.now())
            flash_done(
                NN_(
                    "%(units)s unit of %(sku)s is scrapped.",
                    "%(units)s units of %(sku)s are scrapped.",
                    "units",
                )
                if scraps
                else NN_(
                    "%(units)s unit of %(sku)s is released for sale.",
                    "%(units)s units of %(sku)s are released for sale.",
                    "units",
                ),
                units=form.quantity.data,
                sku=product.sku,
            )
            return redirect(url_for(".quarantine"))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "inventory/staff/quarantine_decide.html",
        form=form,
        product=product,
        warehouse=warehouse,
        aside=identity_boards.aside_of(db(), product, warehouse),
        ours=units_of_the_desk(db(), Place(product.id, warehouse.id)),
        postings=boards.quarantine_ledger(db(), product, warehouse),
        movement_titles=MOVEMENT_TITLES,
        life_url=life_url,
    )
    return page, _status(form)


def _units(form: UnitsForm, product: Product, warehouse: Warehouse) -> Units:
    numbers = form.numbers(product.tracking)
    return Units(product, warehouse, form.quantity.data, numbers, form.reason.data)


def _status(form: UnitsForm) -> int:
    return 422 if form.is_submitted() else 200
