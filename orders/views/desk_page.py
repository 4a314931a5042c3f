"""The page of one order as the desk sees it, with a form for each act that can come next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from inventory.identities import Allocation
from orders import boards, cancelling
from orders.boards import DESK_TITLES
from orders.charges import charges_of
from orders.day_moves import moves_told
from orders.disruptions import DISRUPTION_TITLES
from orders.leaving_otherwise import agreed_for
from orders.meant import lots_of_parts
from orders.models import Order, OrderLine, ScheduleLine
from orders.offers import offers_of
from orders.permissions import Orders
from orders.picking import propose
from orders.queries import shipments_of
from orders.shipments import SHIPMENT_TITLES, Shipment, ShipmentState
from orders.standstills import stopping
from orders.states import LineState
from orders.telling import headline, parts_told, stages_told
from orders.timeline import credit_notes_of, timeline
from orders.unpicking import held_in
from orders.views.desk_forms import CancelForm, DeliverForm, PickForm, ShipForm
from orders.views.order_panels import panels_of
from portal import clock
from portal.i18n import gettext
from portal.web.access import may
from portal.web.forms import Form
from portal.web.session import db, me


def order_page_of(
    found: Order,
    *,
    status: int = 200,
    picking: PickForm | None = None,
    acting: dict[str, Form] | None = None,
    cancelling_form: CancelForm | None = None,
) -> ResponseReturnValue:
    """The page of an order; a form that was refused is shown again as it was typed.

    When the act it was for is no longer possible, the page says why on top.
    """
    shipments, offers = shipments_of(db(), found), offers_of(db(), found)
    moves = moves_told(db(), found)
    forms = _act_forms(shipments)
    cancellable = (
        sum(part.unpicked for part in cancelling.cancellable(found)) if may(me(), Orders.CANCEL) else 0
    )
    unfitting: list[Form] = [] if cancellable or cancelling_form is None else [cancelling_form]
    for number, form in (acting or {}).items():
        if type(form) is type(forms.get(number)):
            forms[number] = form
        else:
            unfitting.append(form)
    fulfils = may(me(), Orders.FULFIL)
    parts = parts_of(found)
    if picking is None and fulfils and any(part.pickable for part in parts):
        picking = pick_form(found, formdata=None)
    lots = lots_of_parts(db(), parts)
    pick_parts = [(part, field) for part in parts if picking and (field := picking.of(part)) is not None]
    if picking and not pick_parts:
        unfitting.append(picking)
    page = render_template(
        "orders/staff/order.html",
        order=found,
        state_title=DESK_TITLES[found.state],
        promise=headline(found),
        stages=stages_told(found, shipments),
        lines=[(line, _told(line, offers.substituted, moves, lots)) for line in found.lines],
        charges=charges_of(db(), found),
        shipments=shipments,
        held=held_in(db(), shipments),
        shipment_titles=SHIPMENT_TITLES,
        said=[text for form in unfitting for text in form.form_errors],
        **stopped_at([found.warehouse_id] if forms or picking else []),
        next_act=_next_act(shipments, to_pick=bool(pick_parts)) if fulfils else None,
        pick_form=picking,
        pick_parts=pick_parts,
        act_forms=forms if fulfils else {},
        cancellable=cancellable,
        cancel_form=cancelling_form or CancelForm(formdata=None),
        credit_notes=credit_notes_of(db(), found),
        happened=timeline(db(), found, me()),
        panels=panels_of(found),
        offers=offers,
    )
    return page, status


def _told(
    line: OrderLine,
    substituted: Mapping[int, int],
    moves: Mapping[int, Sequence[str]],
    lots: Mapping[int, list[Allocation]],
) -> list[tuple[Any, str, list[Allocation]]]:
    """The parts of a line as told to the buyer, in the desk's words where they differ, and the lots meant for them."""
    told = []
    for part, one in zip(line.parts, parts_told(line, substituted, moves), strict=True):
        ready = one.tone == "info" and part.picked == 0 and part.held > 0
        state = gettext(DESK_TITLES[LineState.ALLOCATED]) if ready else one.state
        told.append((one, state, lots.get(part.id, [])))
    return told


def stopped_at(warehouse_ids: Collection[int]) -> dict[str, Any]:
    """For a page about goods of these warehouses: the disruptions that keep them in today."""
    today = clock.business_day(clock.now())
    found = stopping(db(), set(warehouse_ids), today) if warehouse_ids else {}
    stopped = [one for disruptions in found.values() for one in disruptions]
    return {"stopped": stopped, "stop_titles": DISRUPTION_TITLES}


def _act_forms(shipments: list[Shipment]) -> dict[str, Form]:
    """The form of each shipment's next act, empty."""
    forms: dict[str, Form] = {}
    packed = [shipment.id for shipment in shipments if shipment.state == ShipmentState.PICKED]
    carriers = boards.usual_carriers(db()) if packed else []
    agreed = agreed_for(db(), packed)
    for shipment in shipments:
        if shipment.state == ShipmentState.PICKED:
            forms[shipment.number] = ShipForm(shipment, carriers, agreed.get(shipment.id, []), formdata=None)
        elif shipment.state == ShipmentState.SHIPPED:
            forms[shipment.number] = DeliverForm(shipment, clock.now(), formdata=None)
    return forms


def _next_act(shipments: list[Shipment], *, to_pick: bool) -> str | None:
    """What the page's one primary button does: ship what is picked, pick what lies in stock, record what is under way.

    A shipment is named by its number, picking by `pick`.
    """
    picked = next((s.number for s in shipments if s.state == ShipmentState.PICKED), None)
    under_way = next((s.number for s in shipments if s.state == ShipmentState.SHIPPED), None)
    return picked or ("pick" if to_pick else None) or under_way


def pick_form(found: Order, typed: Iterable[str] = (), **kwargs: Any) -> PickForm:
    """The form for picking of an order, with the lots and serials proposed for it."""
    parts = parts_of(found)
    return PickForm.form_for(
        parts, typed, propose(db(), parts, found.warehouse_id, now=clock.now()), **kwargs
    )


def parts_of(found: Order) -> list[ScheduleLine]:
    """Every dated part of an order, line by line."""
    return [part for line in found.lines for part in line.parts]
