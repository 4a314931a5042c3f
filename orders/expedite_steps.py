"""How a request for faster delivery is taken up, decided and put into effect, whoever does it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, joinedload

from inventory.reserving import lock_behind
from inventory.stock import Reservation
from orders import acknowledging, amounts, noticing_sooner
from orders.expedite_sums import Option
from orders.expedites import REQUEST_MOVES, ExpediteRequest, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.redating import redate
from policies.promises import WATCHED, Cause, Promise
from policies.promising import fulfil, repromise
from portal import audit
from portal.accounts.models import User
from portal.clock import end_of
from portal.db import Instant, lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of expediting, for the audit trail."""

    ASKED = "expedite.asked"
    OFFERED = "expedite.offered"
    APPROVED = "expedite.approved"
    ACCEPTED = "expedite.accepted"
    DECLINED = "expedite.declined"
    LAPSED = "expedite.lapsed"
    REFUSED = "expedite.refused"
    WITHDRAWN = "expedite.withdrawn"


def why_not(part: ScheduleLine) -> Refused | None:
    """Why a part cannot be sent any faster; None when it can be asked for."""
    left = part.quantity - part.cancelled
    if left <= 0:
        return Refused(N_("These units are cancelled."))
    if part.shipped:
        return Refused(N_("These units have left already, so they cannot be sent any faster."))
    if part.promise is None or part.promise.state not in WATCHED:
        return Refused(
            N_("The promised day of these units has passed; they are sent as soon as they can be.")
        )
    if part.held < left:
        return Refused(
            N_(
                "These units wait for stock, so a faster carrier does not help. "
                "Our staff can look whether another warehouse has them."
            )
        )
    return None


def begin(
    session: Session, request: ExpediteRequest, to: RequestState
) -> tuple[Order, ScheduleLine, ExpediteRequest]:
    """The request with its order and part, locked, if it may go on to this state."""
    order, part = locked(session, session.get_one(ScheduleLine, request.part_id))
    (request,) = lock(session, ExpediteRequest, [request.id])
    if not REQUEST_MOVES.allow(request.state, to):
        raise Refused(N_("This request is decided already."))
    return order, part, request


def locked(session: Session, part: ScheduleLine) -> tuple[Order, ScheduleLine]:
    """A part with its promise and reservation, read anew under the lock of its order."""
    order_id = session.scalars(select(OrderLine.order_id).where(OrderLine.id == part.line_id))
    (order,) = lock(session, Order, order_id)
    query = (
        select(ScheduleLine)
        .where(ScheduleLine.id == part.id)
        .options(
            joinedload(ScheduleLine.line),
            joinedload(ScheduleLine.promise),
            joinedload(ScheduleLine.reservation),
        )
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one()
    if fresh.reservation_id:
        lock_behind(session, select(Reservation.id).where(Reservation.id == fresh.reservation_id))
        lock(session, Reservation, [fresh.reservation_id])
    lock(session, Promise, [fresh.promise_id] if fresh.promise_id else [])
    return order, fresh


def put_sooner(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    option: Option,
    verb: Verb,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """A part is sent with a fast service: its promise moves to the new day, and who asked is told.

    A charge that the buyer agreed to is in the order's total from now on, and on its acknowledgement.

    The caller has put the request into its state.
    """
    part = request.part
    due_at = end_of(option.due_on)
    agree(request, option, charge_minor=request.charge_minor)
    part.ship_by = option.ship_by
    redate(session, select(ScheduleLine.id, literal(due_at, Instant())).where(ScheduleLine.id == part.id))
    repromise(session, promise_of(part), due_at, Cause.EXPEDITED, by=by, now=now)
    if request.charge_minor:
        amounts.sum_up(session, order, [])
        session.flush()  # the acknowledgement is written from the rows
        acknowledging.issue_again(session, order, now=now)
    noticing_sooner.tell_approved(session, request, order, now=now)
    audit.record(
        session, verb, "expedite", request.number, by=by, now=now, after=terms_of(request, order, option)
    )


def agree(request: ExpediteRequest, option: Option, *, charge_minor: int) -> None:
    """Keep with the request how the part is to be sent, when it arrives, and what of the cost the customer pays."""
    request.service, request.extra_cost_minor = option.service, option.cost_minor
    request.charge_minor, request.days_gained = charge_minor, option.days_gained
    request.due_after = end_of(option.due_on)


def terms_of(request: ExpediteRequest, order: Order, option: Option) -> dict[str, object]:
    """What was agreed, for the trail."""
    return {
        "order": order.number,
        "service": option.service.code,
        "due_on": str(option.due_on),
        "extra_cost_minor": option.cost_minor,
        "charge_minor": request.charge_minor,
    }


def decide(
    session: Session,
    request: ExpediteRequest,
    state: RequestState,
    *,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    """Our own decision on a request, which keeps the answer that was promised."""
    REQUEST_MOVES.make(request, state)
    request.note = note.strip()
    request.decided_at, request.decided_by = now, by
    session.flush()  # promises are read anew under their lock
    if request.promise is not None:
        fulfil(session, [request.promise], now, by=by, now=now)


def promise_of(part: ScheduleLine) -> Promise:
    """The promise of a part that may be sent sooner."""
    assert part.promise is not None  # `why_not` has asked
    return part.promise
