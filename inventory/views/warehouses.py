"""The warehouses side by side, and what each has in its bins."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import queries, shelving, warehouse_boards
from inventory.models import Warehouse
from inventory.permissions import Inventory
from inventory.reorder_points import reorder_points
from inventory.warehouse_boards import SHOW_TITLES, Show
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_, gettext
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import numbered_links, page_number

bp = Blueprint("warehouses", __name__, url_prefix="/desk/warehouses", template_folder="../templates")
BIN = "bin:"


@bp.get("")
@staff(Inventory.VIEW)
def board() -> str:
    """Every warehouse in figures, each of which leads to what it counts."""
    return render_template(
        "inventory/staff/warehouse_board.html",
        standings=warehouse_boards.standings(db()),
        can_count=may(me(), Inventory.COUNT),
    )


@bp.get("/<warehouse_code>")
@staff(Inventory.VIEW)
def shelves(warehouse_code: str) -> str:
    """What a warehouse has, in the order of its bins."""
    warehouse = _warehouse(warehouse_code)
    asked = request.args.get("show", "")
    show = Show(asked) if asked in set(Show) else Show.ALL
    query = request.args.get("q", "").strip()[:80]
    page = warehouse_boards.shelf_page(db(), warehouse, show, query, page=page_number())
    return render_template(
        "inventory/staff/warehouse_shelves.html",
        warehouse=warehouse,
        rows=page.rows,
        points=reorder_points(db(), warehouse, [row.product_id for row in page.rows]),
        page=numbered_links(page),
        show=show,
        shows=[(one, gettext(title)) for one, title in SHOW_TITLES.items()],
        query=query,
        field=BIN,
        can_shelve=may(me(), Inventory.RECEIVE),
        can_adjust=may(me(), Inventory.ADJUST),
    )


@bp.post("/<warehouse_code>/bins")
@staff(Inventory.RECEIVE)
def set_bins(warehouse_code: str) -> ResponseReturnValue:
    """Say where products lie, all those of a page at once."""
    warehouse = _warehouse(warehouse_code)
    bins = {name.removeprefix(BIN): text for name, text in request.form.items() if name.startswith(BIN)}
    try:
        with transaction(db()):
            changed = shelving.set_bins(db(), warehouse, bins, by=me(), now=clock.now())
        flash_done(
            NN_("%(count)s bin is changed.", "%(count)s bins are changed.", "count")
            if changed
            else N_("Nothing was different."),
            count=changed,
        )
    except Refused as no:
        flash_refused(no)
    kept: dict[str, Any] = {
        name: request.form[name] for name in ("show", "q", "page") if request.form.get(name)
    }
    return redirect(url_for(".shelves", warehouse_code=warehouse.code, **kept))


def _warehouse(code: str) -> Warehouse:
    return queries.find_warehouse(db(), code) or abort(404)
