"""Goods that were expedited leave another way than was agreed: only when somebody says so, and it is on record."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from orders.expedites import ExpediteRequest, RequestState
from orders.models import ScheduleLine
from orders.shipments import Shipment, ShipmentLine
from orders.shipping_legs import Leg
from portal.clock import business_day
from portal.i18n import N_, day_text, name_of
from portal.refusal import Refused

Leaving = tuple[Shipment, str, Sequence[Leg], bool]
"""A shipment, its carrier, its legs if it changes carriers, and whether it goes otherwise knowingly."""


def agreed_for(session: Session, shipment_ids: Collection[int]) -> dict[int, list[ExpediteRequest]]:
    """By shipment id, the approved requests for faster delivery of what is in it; one query."""
    query = (
        select(ShipmentLine.shipment_id, ExpediteRequest)
        .join(ExpediteRequest, ExpediteRequest.part_id == ShipmentLine.schedule_line_id)
        .where(
            ShipmentLine.shipment_id.in_(list(shipment_ids)),
            ExpediteRequest.state == RequestState.APPROVED,
            ExpediteRequest.service_id.is_not(None),
        )
        .options(
            joinedload(ExpediteRequest.service),
            joinedload(ExpediteRequest.part).joinedload(ScheduleLine.promise),
        )
        .order_by(ExpediteRequest.id)
    )
    found: dict[int, list[ExpediteRequest]] = {}
    for shipment_id, request in session.execute(query) if shipment_ids else ():
        found.setdefault(shipment_id, []).append(request)
    return found


def check_agreed(session: Session, leaving: Iterable[Leaving]) -> dict[str, dict[str, str]]:
    """For the audit trail, by shipment number, the requests for faster delivery that each does not follow.

    Refused at `otherwise` for one that goes with another carrier than agreed, or arrives after the promised day, unless
    that is said.
    """
    rows = list(leaving)
    agreed = agreed_for(session, [shipment.id for shipment, *_ in rows])
    noted = {}
    for shipment, carrier, legs, otherwise in rows:
        arrives_on = legs[-1].arrives_on if legs else None
        departing = {}
        for request in agreed.get(shipment.id, ()):
            if (no := _departs(request, carrier, arrives_on)) is not None:
                departing[request.number] = no
        if departing and not otherwise:
            raise next(iter(departing.values()))
        if departing:
            noted[shipment.number] = {"otherwise": ", ".join(departing)}
    return noted


def promised_on(request: ExpediteRequest) -> date | None:
    """The day that the expedited goods are promised for now."""
    promise = request.part.promise
    return business_day(promise.due_at) if promise else None


def _departs(request: ExpediteRequest, carrier: str, arrives_on: date | None) -> Refused | None:
    """How a shipment departs from what was agreed; None when it follows it."""
    service, due_on = request.service, promised_on(request)
    if service is not None and carrier.strip().casefold() not in _names(service.name_th, service.name_en):
        return Refused(
            N_(
                "%(request)s was approved to go with %(service)s, to arrive by %(day)s. "
                "Tick that it goes another way all the same."
            ),
            field="otherwise",
            request=request.number,
            service=name_of(service),
            day=day_text(due_on),
        )
    if due_on is not None and arrives_on is not None and arrives_on > due_on:
        return Refused(
            N_(
                "%(request)s is promised for %(day)s, and the last leg would arrive on %(arrives)s. "
                "Tick that it goes another way all the same."
            ),
            field="otherwise",
            request=request.number,
            day=day_text(due_on),
            arrives=day_text(arrives_on),
        )
    return None


def _names(*names: str) -> set[str]:
    return {name.strip().casefold() for name in names}
