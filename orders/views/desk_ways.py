"""What the desk does at once about units that wait, beside offers, transfers and receipts: cancelling just these."""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from orders import cancelling
from orders.access import order_for
from orders.permissions import Orders
from orders.views.desk_page import parts_of
from portal import clock
from portal.db import transaction
from portal.i18n import NN_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("desk_ways", __name__, url_prefix="/desk")
MOST_LETTERS = 300


@bp.post("/orders/<number>/cancel-part")
@staff(Orders.CANCEL)
def cancel(number: str) -> ResponseReturnValue:
    """Cancel what nobody has begun to pick of one part of an order; its other parts stay."""
    found = order_for(db(), me(), number)
    wanted = request.form.get("part", "")
    part = next((part for part in parts_of(found) if str(part.id) == wanted), None) or abort(404)
    reason = request.form.get("reason", "")[:MOST_LETTERS]
    try:
        with transaction(db()):
            units = cancelling.cancel_parts(db(), found, [part.id], reason, by=me(), now=clock.now())
        flash_done(
            NN_(
                "%(units)s unit is cancelled and the buyer is told.",
                "%(units)s units are cancelled and the buyer is told.",
                "units",
            ),
            units=units,
        )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for("desk_orders.order", number=number), 303)
