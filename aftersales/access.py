"""The only door from a number in an address to a return; it also proves the right to see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.models import Return, ReturnLine
from orders.models import Order
from orders.shipments import CreditNote
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.refusal import Unknown


def return_for(session: Session, person: User, number: str) -> Return:
    """The return with its lines and credit note, if the person may see it; else Unknown."""
    query = (
        select(Return)
        .where(Return.number == number)
        .options(
            joinedload(Return.order).joinedload(Order.customer),
            joinedload(Return.order).joinedload(Order.warehouse),
            joinedload(Return.credit_note).selectinload(CreditNote.lines),
            joinedload(Return.received_by),
            selectinload(Return.lines).joinedload(ReturnLine.order_line),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None or (
        person.audience is not Audience.STAFF and person.customer_id != found.order.customer_id
    ):
        raise Unknown(f"return {number}")
    return found
