"""The desk follows the legs of a shipment: at the transfer point, off it again, and on another day."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from orders import shipping_legs
from orders.access import order_for
from orders.moves_access import leg_for, legs_of
from orders.permissions import Orders
from orders.shipments import MODE_TITLES, ShipmentLeg
from orders.views.moves_forms import LegDayForm, MomentForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me

bp = Blueprint(
    "legs",
    __name__,
    url_prefix="/desk/orders/<number>/shipments/<shipment_no>/legs",
    template_folder="../templates",
)


@bp.get("")
@staff(Orders.VIEW)
def show(number: str, shipment_no: str) -> str:
    """The legs of a shipment, with what can be recorded of each."""
    return _page(number, shipment_no)


@bp.post("/<int:n>/arrive")
@staff(Orders.FULFIL)
def arrive(number: str, shipment_no: str, n: int) -> ResponseReturnValue:
    """The goods are at the transfer point."""
    leg = _leg(number, shipment_no, n)
    form = MomentForm(clock.now(), leg.left_at, prefix="arrive-")
    if form.validate_on_submit():
        try:
            with transaction(db()):
                shipping_legs.arrive(db(), leg, form.moment, by=me(), now=clock.now())
            flash_done(N_("The goods are at %(place)s."), place=leg.to_place)
            return redirect(url_for(".show", number=number, shipment_no=shipment_no))
        except Refused as no:
            form.refuse(no)
    return _page(number, shipment_no, {("arrive", n): form}), 422


@bp.post("/<int:n>/leave")
@staff(Orders.FULFIL)
def leave(number: str, shipment_no: str, n: int) -> ResponseReturnValue:
    """The next carrier has taken the goods."""
    leg = _leg(number, shipment_no, n)
    form = MomentForm(clock.now(), prefix="leave-")
    if form.validate_on_submit():
        try:
            with transaction(db()):
                tracking_no = form.tracking_no.data or ""
                shipping_legs.leave(db(), leg, form.moment, tracking_no=tracking_no, by=me(), now=clock.now())
            flash_done(N_("The goods go on with %(carrier)s."), carrier=leg.carrier)
            return redirect(url_for(".show", number=number, shipment_no=shipment_no))
        except Refused as no:
            form.refuse(no)
    return _page(number, shipment_no, {("leave", n): form}), 422


@bp.post("/<int:n>/replan")
@staff(Orders.FULFIL)
def replan(number: str, shipment_no: str, n: int) -> ResponseReturnValue:
    """A carrier names another day."""
    leg, form = _leg(number, shipment_no, n), LegDayForm(prefix=f"replan{n}-")
    if form.validate_on_submit():
        try:
            with transaction(db()):
                shipping_legs.replan(db(), leg, form.arrives_on.data, by=me(), now=clock.now())
            flash_done(N_("The new day is saved; the lead-time check tells which promises are now at risk."))
            return redirect(url_for(".show", number=number, shipment_no=shipment_no))
        except Refused as no:
            form.refuse(no)
    return _page(number, shipment_no, {("replan", n): form}), 422


def _page(number: str, shipment_no: str, typed: dict[tuple[str, int], Form] | None = None) -> str:
    order = order_for(db(), me(), number)
    _leg(number, shipment_no, 1)
    found = next(
        (shipment, legs) for shipment, legs in legs_of(db(), order) if shipment.number == shipment_no
    )
    shipment, legs = found
    typed = typed or {}
    now = clock.now()
    forms = {
        leg.n: {
            "arrive": typed.get(("arrive", leg.n)) or MomentForm(now, formdata=None, prefix="arrive-"),
            "leave": typed.get(("leave", leg.n)) or MomentForm(now, formdata=None, prefix="leave-"),
            "replan": typed.get(("replan", leg.n))
            or LegDayForm(formdata=None, prefix=f"replan{leg.n}-", data={"arrives_on": leg.arrives_on}),
        }
        for leg in legs
    }
    return render_template(
        "orders/staff/legs.html", order=order, shipment=shipment, legs=legs, forms=forms, modes=MODE_TITLES
    )


def _leg(number: str, shipment_no: str, n: int) -> ShipmentLeg:
    return leg_for(db(), order_for(db(), me(), number), shipment_no, n)
