"""The only doors from a number in an address to an order or shipment: they also prove the right to see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment, ShipmentLine
from orders.substitutions import SubstituteOffer
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.refusal import Unknown


def order_for(session: Session, person: User, number: str) -> Order:
    """The order with its lines, parts and promises, if the person may see it; else Unknown."""
    query = (
        select(Order)
        .where(Order.number == number)
        .options(
            joinedload(Order.customer),
            joinedload(Order.buyer),
            joinedload(Order.warehouse),
            selectinload(Order.lines)
            .selectinload(OrderLine.parts)
            .options(joinedload(ScheduleLine.promise), joinedload(ScheduleLine.reservation)),
        )
    )
    order = session.scalars(query).one_or_none()
    if order is None or not _sees(person, order.customer_id):
        raise Unknown(f"order {number}")
    return order


def shipment_for(session: Session, person: User, number: str) -> Shipment:
    """The shipment with its order and lines, if the person may see it; else Unknown."""
    query = (
        select(Shipment)
        .where(Shipment.number == number)
        .options(
            joinedload(Shipment.order).options(joinedload(Order.customer), joinedload(Order.buyer)),
            joinedload(Shipment.warehouse),
            selectinload(Shipment.lines).joinedload(ShipmentLine.part).joinedload(ScheduleLine.line),
        )
    )
    shipment = session.scalars(query).one_or_none()
    if shipment is None or not _sees(person, shipment.order.customer_id):
        raise Unknown(f"shipment {number}")
    return shipment


def credit_note_for(session: Session, person: User, number: str) -> CreditNote:
    """The credit note with its lines, if the person may see it; else Unknown."""
    query = (
        select(CreditNote)
        .where(CreditNote.number == number)
        .options(
            joinedload(CreditNote.customer),
            joinedload(CreditNote.order),
            selectinload(CreditNote.lines).joinedload(CreditLine.product),
        )
    )
    note = session.scalars(query).one_or_none()
    if note is None or not _sees(person, note.customer_id):
        raise Unknown(f"credit note {number}")
    return note


def offer_for(session: Session, person: User, number: str) -> SubstituteOffer:
    """The offer of a substitute with both its sides, if the person may see it; else Unknown."""
    query = (
        select(SubstituteOffer)
        .where(SubstituteOffer.number == number)
        .options(
            joinedload(SubstituteOffer.customer),
            joinedload(SubstituteOffer.stands_in),
            joinedload(SubstituteOffer.answered_by),
            joinedload(SubstituteOffer.part).options(
                joinedload(ScheduleLine.promise),
                joinedload(ScheduleLine.line).joinedload(OrderLine.order),
            ),
        )
    )
    offer = session.scalars(query).one_or_none()
    if offer is None or not _sees(person, offer.customer_id):
        raise Unknown(f"offer {number}")
    return offer


def _sees(person: User, customer_id: int) -> bool:
    return person.audience is Audience.STAFF or person.customer_id == customer_id
