"""The only doors from a number in an address to an order or shipment: they also prove the right to see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment, ShipmentLine
from orders.substitutions import SubstituteOffer
from portal.accounts.models import User
from portal.accounts.seeing import the_one_for


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
    return the_one_for(session, person, query, lambda order: order.customer_id, f"order {number}")


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
    return the_one_for(
        session, person, query, lambda shipment: shipment.order.customer_id, f"shipment {number}"
    )


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
    return the_one_for(session, person, query, lambda note: note.customer_id, f"credit note {number}")


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
    return the_one_for(session, person, query, lambda offer: offer.customer_id, f"offer {number}")
