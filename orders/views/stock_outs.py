"""The board of what is out of stock: what it costs, what mends it, and what was out lately."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import queries
from inventory.models import Warehouse
from inventory.permissions import Inventory
from orders import offering_round, offers, stock_outs
from orders.permissions import Orders
from orders.substitutions import OfferState
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.keyset import Keyset
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.paths import own_path
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("stock_outs", __name__, url_prefix="/desk/stock-outs", template_folder="../templates")


@bp.get("")
@staff(Orders.VIEW)
def board() -> str:
    """What is out now, the longest first, or what was out within the last 90 days."""
    now, past = clock.now(), request.args.get("show") == "past"
    warehouse = _asked_warehouse()
    warehouse_id = warehouse.id if warehouse else None
    found: Keyset[Any] = (
        stock_outs.was_out(db(), now, warehouse_id=warehouse_id, **places())
        if past
        else stock_outs.out_now(db(), now, warehouse_id=warehouse_id, **places())
    )
    made = offers.count_by_state(db(), now - stock_outs.LATELY)
    return render_template(
        "orders/staff/stock_outs.html",
        past=past,
        rows=found.rows,
        page=links(
            found,
            ".board",
            show="past" if past else None,
            warehouse=warehouse.code if warehouse else None,
        ),
        warehouse=warehouse,
        warehouses=queries.warehouses(db()),
        out=stock_outs.count_out(db(), warehouse_id),
        level=stock_outs.level(db(), now),
        made={state.value: made.get(state.value, 0) for state in OfferState},
        may_receive=may(me(), Inventory.RECEIVE),
        may_move=may(me(), Inventory.MOVE),
        may_offer=may(me(), Orders.OFFER),
        here=request.full_path.rstrip("?"),
        now=now,
    )


@bp.post("/offer")
@staff(Orders.OFFER)
def offer() -> ResponseReturnValue:
    """Offer what stands for a product to everybody who waits for it in a warehouse."""
    product = queries.find_product(db(), request.form.get("sku", "")) or abort(404)
    warehouse = queries.find_warehouse(db(), request.form.get("warehouse", "")) or abort(404)
    with transaction(db()):
        count = offering_round.offer_for_product(db(), product, warehouse, by=me(), now=clock.now())
    if count:
        flash_done(
            NN_(
                "Offered for %(count)s waiting line of %(sku)s.",
                "Offered for %(count)s waiting lines of %(sku)s.",
                "count",
            ),
            count=count,
            sku=product.sku,
        )
    else:
        flash_done(
            N_(
                "Nothing could be offered for %(sku)s: no substitute is in stock and sooner, or all were asked."
            ),
            sku=product.sku,
        )
    return redirect(own_path(request.form.get("next"), "/desk/") or url_for(".board"), 303)


def _asked_warehouse() -> Warehouse | None:
    code = request.args.get("warehouse", "")
    if not code:
        return None
    return queries.find_warehouse(db(), code) or abort(404)
