"""How every act on a return begins: under the lock of its order, in a state that allows it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.models import Disposition, Return, ReturnIdentity, ReturnLine, ReturnState
from orders.models import Order, OrderLine
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


def locked_return(session: Session, found: Return) -> Return:
    """The return read anew under the lock of its order, so that two people acting at once take turns."""
    lock(session, Order, [found.order_id])
    query = (
        select(Return)
        .where(Return.id == found.id)
        .options(
            joinedload(Return.order).options(
                joinedload(Order.customer), joinedload(Order.buyer), joinedload(Order.warehouse)
            ),
            joinedload(Return.decision_promise),
            joinedload(Return.refund_promise),
            joinedload(Return.requested_by),
            selectinload(Return.lines).options(
                joinedload(ReturnLine.order_line).selectinload(OrderLine.parts),
                selectinload(ReturnLine.outcomes),
                selectinload(ReturnLine.identities).joinedload(ReturnIdentity.identity),
            ),
        )
        .with_for_update(of=Return)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def refuse_unless(found: Return, *states: ReturnState) -> None:
    """Refuse the act unless the return is in one of these states."""
    if found.state not in states:
        raise Refused(N_("Somebody else has already done this step."))


def inspected(found: Return) -> bool:
    """Whether it has been decided what becomes of everything that came."""
    return all(sum(one.quantity for one in line.outcomes) == line.received for line in found.lines)


def creditable(found: Return) -> dict[int, int]:
    """The units of each order line (by id) that stay with us, for which the customer gets something back."""
    units: dict[int, int] = {}
    for line in found.lines:
        for one in line.outcomes:
            if one.disposition != Disposition.RETURN_TO_CUSTOMER:
                units[line.order_line_id] = units.get(line.order_line_id, 0) + one.quantity
    return units
