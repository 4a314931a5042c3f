"""Which promised parts are still owed, late or at risk, and what holds each up now: one condition for each meaning."""

from sqlalchemy import ColumnElement, and_, case, func, or_

from inventory.stock import Reservation
from orders.models import ScheduleLine
from policies.owed import AT_RISK, MISSED_UNDONE, WAITING
from policies.promises import Cause, Promise, PromiseState

STILL_TO_COME = ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.delivered
"""Units of the part are neither cancelled nor delivered; the promise of a part is withdrawn with its last unit."""
PART_LATE = and_(MISSED_UNDONE, STILL_TO_COME)
"""The day of the part has passed and something of it is still to come; it may be on its way."""
PART_AT_RISK = and_(AT_RISK, STILL_TO_COME)
"""The day of the part is still to come, and something threatens it."""
PART_IN_DANGER = or_(PART_LATE, PART_AT_RISK)
"""Late, or at risk of it."""
PART_OWED = and_(or_(WAITING, MISSED_UNDONE), STILL_TO_COME)
"""Promised and still to come, whether its day has passed or not."""


def holds_up_now() -> ColumnElement[str | None]:
    """Why a part is late or at risk, as it stands now; for questions that join `Reservation`, if there is one.

    A missed promise keeps on record why it was missed. What its goods wait for now may be another thing: those that
    have left are with the carrier, those that lie in stock have not left.
    """
    rest = ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped
    return case(
        (Promise.state != PromiseState.MISSED, Promise.cause),
        (rest == 0, Cause.IN_TRANSIT.value),
        (func.coalesce(Reservation.held, 0) >= rest, Cause.NOT_SHIPPED.value),
        else_=Promise.cause,
    )


def cause_now(part: ScheduleLine) -> str | None:
    """The same of one part that is in memory; None for one that is neither late nor at risk."""
    promise = part.promise
    in_danger = promise is not None and promise.state in (PromiseState.AT_RISK, PromiseState.MISSED)
    if promise is None or not in_danger or part.open == 0:
        return None
    rest = part.quantity - part.cancelled - part.shipped
    if promise.state != PromiseState.MISSED:
        return promise.cause
    if rest == 0:
        return Cause.IN_TRANSIT
    return Cause.NOT_SHIPPED if part.held >= rest else promise.cause
