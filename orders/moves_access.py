"""The doors to requests for faster delivery and to disruptions; they also prove the right to see them."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from orders.disruptions import Disruption, DisruptionEffect
from orders.expedites import ExpediteRequest
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentLeg
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.accounts.seeing import the_one_for
from portal.refusal import Unknown

LARGEST_ID = 2**63 - 1
LARGEST_LEG = 2**31 - 1
"""Numbers that people type are looked up only if the database can hold them."""


def request_for(session: Session, person: User, number: str) -> ExpediteRequest:
    """The request with its part, line and order, if the person may see it; else Unknown."""
    query = select(ExpediteRequest).where(ExpediteRequest.number == number).options(*REQUEST_SIDES)
    return the_one_for(session, person, query, lambda request: request.customer_id, f"request {number}")


def disruption_for(session: Session, person: User, number: str) -> Disruption:
    """The disruption, if the person may see it: customers see those that delay something of theirs; else Unknown."""
    query = select(Disruption).where(Disruption.number == number).options(joinedload(Disruption.warehouse))
    disruption = session.scalars(query).one_or_none()
    if disruption is None or not (
        person.audience is Audience.STAFF or _touches(session, disruption, person.customer_id)
    ):
        raise Unknown(f"disruption {number}")
    return disruption


def effect_for(session: Session, person: User, disruption: Disruption, effect_id: int) -> DisruptionEffect:
    """What a disruption does to one part of the person's company; else Unknown."""
    effect = session.get(DisruptionEffect, effect_id) if 0 < effect_id <= LARGEST_ID else None
    if effect is None or (effect.disruption_id, effect.customer_id) != (disruption.id, person.customer_id):
        raise Unknown(f"effect {effect_id}")
    return effect


def leg_for(session: Session, order: Order, shipment_no: str, n: int) -> ShipmentLeg:
    """A leg of a shipment of this order; else Unknown."""
    query = (
        select(ShipmentLeg)
        .join(ShipmentLeg.shipment)
        .where(Shipment.order_id == order.id, Shipment.number == shipment_no, ShipmentLeg.n == n)
    )
    leg = session.scalars(query).one_or_none() if 0 < n <= LARGEST_LEG else None
    if leg is None:
        raise Unknown(f"leg {n} of {shipment_no}")
    return leg


def requests_of(session: Session, part_ids: Collection[int]) -> list[ExpediteRequest]:
    """The requests for these parts, newest first, in one query."""
    query = select(ExpediteRequest).where(ExpediteRequest.part_id.in_(part_ids)).options(*REQUEST_SIDES)
    return list(session.scalars(query.order_by(ExpediteRequest.id.desc())))


def effects_of(session: Session, part_ids: Collection[int]) -> list[DisruptionEffect]:
    """What disruptions do to these parts, newest first, in one query."""
    query = (
        select(DisruptionEffect)
        .where(DisruptionEffect.part_id.in_(part_ids))
        .options(
            joinedload(DisruptionEffect.disruption).joinedload(Disruption.warehouse),
            joinedload(DisruptionEffect.part).joinedload(ScheduleLine.line),
            joinedload(DisruptionEffect.promise),
        )
        .order_by(DisruptionEffect.id.desc())
    )
    return list(session.scalars(query))


def legs_of(session: Session, order: Order) -> list[tuple[Shipment, list[ShipmentLeg]]]:
    """The shipments of an order that change carriers, with their legs, in one query."""
    query = (
        select(ShipmentLeg)
        .join(ShipmentLeg.shipment)
        .where(Shipment.order_id == order.id)
        .options(joinedload(ShipmentLeg.shipment))
        .order_by(ShipmentLeg.shipment_id, ShipmentLeg.n)
    )
    found: dict[int, tuple[Shipment, list[ShipmentLeg]]] = {}
    for leg in session.scalars(query):
        found.setdefault(leg.shipment_id, (leg.shipment, []))[1].append(leg)
    return list(found.values())


def _touches(session: Session, disruption: Disruption, customer_id: int | None) -> bool:
    query = select(func.count()).where(
        DisruptionEffect.disruption_id == disruption.id, DisruptionEffect.customer_id == customer_id
    )
    return bool(session.scalar(query))


REQUEST_SIDES = (
    joinedload(ExpediteRequest.part).options(
        joinedload(ScheduleLine.line).joinedload(OrderLine.order).joinedload(Order.warehouse),
        joinedload(ScheduleLine.promise),
        joinedload(ScheduleLine.reservation),
    ),
    joinedload(ExpediteRequest.customer),
    joinedload(ExpediteRequest.promise),
    joinedload(ExpediteRequest.asked_by),
    joinedload(ExpediteRequest.decided_by),
    joinedload(ExpediteRequest.answered_by),
    joinedload(ExpediteRequest.service),
)
