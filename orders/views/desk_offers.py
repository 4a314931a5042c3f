"""Substitutes at the desk: offered for a line that waits, followed by their state, taken back."""

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory.substitutes import get_substitute
from orders import lapsing, offering, offers
from orders.access import offer_for, order_for
from orders.models import OrderLine, ScheduleLine
from orders.permissions import Orders
from orders.substitutions import OFFER_TITLES, OfferState
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.reading import LARGEST
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_offers", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/offers")
@staff(Orders.VIEW)
def index() -> str:
    """The offers of every company, by their state, newest first."""
    state = request.args.get("state", "")
    if state and state not in set(OfferState):
        abort(404)
    found = offers.offer_page(
        db(),
        states=(state,) if state else (),
        **places(),
    )
    counts = offers.count_by_state(db())
    tabs = [(N_("All"), url_for(".index"), sum(counts.values()), not state)]
    tabs += [
        (title, url_for(".index", state=one.value), counts.get(one.value, 0), one == state)
        for one, title in OFFER_TITLES.items()
    ]
    return render_template(
        "orders/staff/offers.html",
        rows=found.rows,
        page=links(found, ".index", state=state),
        tabs=tabs,
        titles=OFFER_TITLES,
        may_offer=may(me(), Orders.OFFER),
        now=clock.now(),
    )


@bp.post("/orders/<number>/offer")
@staff(Orders.OFFER)
def offer(number: str) -> ResponseReturnValue:
    """Offer a substitute for a part of an order that waits for stock."""
    found = order_for(db(), me(), number)
    part = _part(found.lines)
    substitute = get_substitute(db(), _id("substitute"))
    try:
        with transaction(db()):
            made = offering.offer(db(), part, substitute, by=me(), now=clock.now())
        flash_done(N_("%(sku)s is offered and the buyer is told."), sku=made.stands_in.sku)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for("desk_orders.order", number=number), 303)


@bp.post("/offers/<offer_no>/withdraw")
@staff(Orders.OFFER)
def withdraw(offer_no: str) -> ResponseReturnValue:
    """Take an offer back before it is answered."""
    found = offer_for(db(), me(), offer_no)
    number = found.part.line.order.number
    try:
        with transaction(db()):
            lapsing.withdraw_offer(db(), found, by=me(), now=clock.now())
        flash_done(N_("Offer %(number)s is taken back."), number=offer_no)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for("desk_orders.order", number=number), 303)


def _part(lines: Sequence[OrderLine]) -> ScheduleLine:
    wanted = _id("part")
    parts = (part for line in lines for part in line.parts)
    return next((part for part in parts if part.id == wanted), None) or abort(404)


def _id(name: str) -> int:
    typed = request.form.get(name, "")
    if not typed.isdecimal() or len(typed) > len(str(LARGEST)) or int(typed) > LARGEST:
        abort(404)
    return int(typed)
