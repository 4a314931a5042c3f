"""How every act on a return begins: under the lock of its order, in a state that allows it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.models import (
    RETURN_MOVES,
    Disposition,
    Return,
    ReturnIdentity,
    ReturnLine,
    ReturnOutcome,
    ReturnState,
)
from orders.models import Order, OrderLine
from orders.sent_again import orders_behind
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


def locked_return(session: Session, found: Return) -> Return:
    """The return read anew under the lock of its order, so that two people acting at once take turns.

    The orders whose goods it sends again are locked with it, for a credit looks at them.
    """
    lock(session, Order, orders_behind(session, found.order_id))
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
                selectinload(ReturnLine.outcomes).selectinload(ReturnOutcome.identities),
                selectinload(ReturnLine.identities).joinedload(ReturnIdentity.identity),
            ),
        )
        .with_for_update(of=Return)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def refuse_unless_next(found: Return, to: ReturnState) -> None:
    """Refuse the act unless this state is one that the return may go to next."""
    if not RETURN_MOVES.allow(found.state, to):
        raise Refused(N_("Somebody else has already done this step."))


def inspected(found: Return) -> bool:
    """Whether it has been decided what becomes of everything that came."""
    return not any(to_inspect(line) for line in found.lines)


def to_inspect(line: ReturnLine) -> int:
    """The units of a line that came and of which nobody has said yet what becomes of them."""
    return line.received - sum(one.quantity for one in line.outcomes)


def numbers_to_inspect(line: ReturnLine) -> dict[int, tuple[str, int]]:
    """The lots and serials among these units: number and units, by identity id."""
    left = {one.identity_id: one.quantity for one in line.identities}
    for outcome in line.outcomes:
        for one in outcome.identities:
            left[one.identity_id] = left.get(one.identity_id, 0) - one.quantity
    return {
        one.identity_id: (one.identity.number, left[one.identity_id])
        for one in line.identities
        if left[one.identity_id] > 0
    }


def creditable(found: Return) -> dict[int, int]:
    """The units of each order line (by id) that stay with us, for which the customer gets something back."""
    units: dict[int, int] = {}
    for line in found.lines:
        for one in line.outcomes:
            if one.disposition != Disposition.RETURN_TO_CUSTOMER:
                units[line.order_line_id] = units.get(line.order_line_id, 0) + one.quantity
    return units
