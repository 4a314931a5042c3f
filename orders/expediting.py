"""A buyer asks for a part of a line to arrive sooner; a rule or staff decide, and the promise moves to the new day."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, joinedload

from inventory.stock import Reservation
from orders import noticing_sooner
from orders.expedite_sheets import options_of, rule_of, sheet_of, spent_on
from orders.expedite_sums import COST_CURRENCY, Option, small_enough
from orders.expedites import ExpediteRequest, FastService, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.redating import redate
from policies.kinds import Kind
from policies.promises import WATCHED, Cause, Promise
from policies.promising import fulfil, promise_case, repromise
from policies.promising import withdraw as withdraw_promises
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.customers.models import Customer
from portal.db import Instant, lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of expediting, for the audit trail."""

    ASKED = "expedite.asked"
    APPROVED = "expedite.approved"
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


def ask(
    session: Session, part: ScheduleLine, wanted_on: date, reason: str, *, by: User, now: datetime
) -> ExpediteRequest:
    """Ask for a part to arrive by a day before its promised one; small ones are approved at once by the rule.

    An answer is promised as the customer's policy says. Refused for units that wait for stock or have left, a day that
    is not sooner, when no fast service gains a day, and while another request for the part is open.
    """
    order, part = _locked(session, part)
    if (no := why_not(part)) is not None:
        raise no
    promise = _promise(part)
    _refuse_day(wanted_on, business_day(now), business_day(promise.due_at))
    if _open_request(session, part) is not None:
        raise Refused(N_("A faster delivery of these units is asked for already."))
    sheet = sheet_of(session, part, order, wanted_on, now=now)
    best = sheet.suggested
    if best is None:
        raise Refused(N_("None of our faster services arrives before the promised day."))
    customer = session.get_one(Customer, order.customer_id)
    number = next_number(session, "EX", business_day(now))
    answer = promise_case(session, customer, Kind.EXPEDITE_ANSWER, number, start=now, by=by, now=now)
    request = ExpediteRequest(
        number=number,
        part=part,
        customer_id=order.customer_id,
        promise=answer,
        state=RequestState.ASKED,
        asked_at=now,
        asked_by=by,
        wanted_on=wanted_on,
        reason=reason.strip(),
        extra_cost_minor=best.cost_minor,
        margin_minor=sheet.margin.minor,
        days_gained=best.days_gained,
        misses=sheet.story.missed,
        due_before=promise.due_at,
    )
    session.add(request)
    session.flush()
    after = {
        "order": order.number,
        "sku": part.line.sku,
        "wanted_on": str(wanted_on),
        "reason": reason.strip(),
    }
    audit.record(session, Verb.ASKED, "expedite", number, by=by, now=now, after=after)
    if small_enough(rule_of(session), best, sheet.margin, spent_on(session, order), wanted_on):
        _approve(session, request, order, best, charge_minor=0, note="", by=None, now=now)
    return request


def approve(
    session: Session,
    request: ExpediteRequest,
    service: FastService,
    *,
    charge_minor: int = 0,
    note: str = "",
    by: User,
    now: datetime,
) -> None:
    """Send the part with a fast service: its promise moves to the new day, the original stays on record.

    `charge_minor` of the extra cost is paid by the customer, the rest by us. Refused when it was decided already, the
    service no longer gains a day, the part has left or lost its stock, or more is charged than it costs.
    """
    order, part, request = _open(session, request)
    if (no := why_not(part)) is not None:
        raise no
    option = next((one for one in options_of(session, part, now=now) if one.service.id == service.id), None)
    if option is None:
        raise Refused(N_("This service does not arrive before the promised day any more."), field="service")
    if charge_minor and order.currency != COST_CURRENCY:
        raise Refused(
            N_("Only orders in %(currency)s can be charged here."), field="charge", currency=COST_CURRENCY
        )
    if not 0 <= charge_minor <= option.cost_minor:
        raise Refused(N_("The customer pays at most what the service costs more."), field="charge")
    _approve(session, request, order, option, charge_minor=charge_minor, note=note, by=by, now=now)


def refuse(session: Session, request: ExpediteRequest, note: str, *, by: User, now: datetime) -> None:
    """Leave the promised day as it is and tell the buyer why. Refused without a reason, or once it is decided."""
    if not note.strip():
        raise Refused(N_("Say why, so that the buyer understands."), field="note")
    order, _, request = _open(session, request)
    _decide(session, request, RequestState.REFUSED, note=note, by=by, now=now)
    noticing_sooner.tell_refused(session, request, order, now=now)
    after = {"order": order.number, "note": note.strip()}
    audit.record(session, Verb.REFUSED, "expedite", request.number, by=by, now=now, after=after)


def withdraw(session: Session, request: ExpediteRequest, *, by: User, now: datetime) -> None:
    """The buyer takes the request back; no answer is owed any more. Refused when it was decided already."""
    order, _, request = _open(session, request)
    _withdraw(session, request, order, by=by, now=now)


def withdraw_for(session: Session, part_ids: Iterable[int], *, by: User | None, now: datetime) -> None:
    """Close the open requests for parts of locked orders that are owed no more; no answer is owed either."""
    query = select(ExpediteRequest).where(
        ExpediteRequest.part_id.in_(list(part_ids)), ExpediteRequest.state == RequestState.ASKED
    )
    way = joinedload(ExpediteRequest.part).joinedload(ScheduleLine.line).joinedload(OrderLine.order)
    for request in session.scalars(query.options(way)):
        _withdraw(session, request, request.part.line.order, by=by, now=now)


def _withdraw(
    session: Session, request: ExpediteRequest, order: Order, *, by: User | None, now: datetime
) -> None:
    request.state, request.decided_at, request.decided_by = RequestState.WITHDRAWN, now, by
    withdraw_promises(session, [request.promise_id] if request.promise_id else [], by=by, now=now)
    after = {"order": order.number}
    audit.record(session, Verb.WITHDRAWN, "expedite", request.number, by=by, now=now, after=after)


def _approve(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    option: Option,
    *,
    charge_minor: int,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    part = request.part
    due_at = end_of(option.due_on)
    request.service, request.extra_cost_minor = option.service, option.cost_minor
    request.charge_minor, request.days_gained = charge_minor, option.days_gained
    request.due_after, request.by_rule = due_at, by is None
    part.ship_by = option.ship_by
    redate(session, select(ScheduleLine.id, literal(due_at, Instant())).where(ScheduleLine.id == part.id))
    repromise(session, _promise(part), due_at, Cause.EXPEDITED, by=by, now=now)
    _decide(session, request, RequestState.APPROVED, note=note, by=by, now=now)
    noticing_sooner.tell_approved(session, request, order, now=now)
    after = {
        "order": order.number,
        "service": option.service.code,
        "due_on": str(option.due_on),
        "extra_cost_minor": option.cost_minor,
        "charge_minor": charge_minor,
    }
    audit.record(session, Verb.APPROVED, "expedite", request.number, by=by, now=now, after=after)


def _decide(
    session: Session,
    request: ExpediteRequest,
    state: RequestState,
    *,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    request.state, request.note = state, note.strip()
    request.decided_at, request.decided_by = now, by
    session.flush()  # promises are read anew under their lock
    if request.promise is not None:
        fulfil(session, [request.promise], now, by=by, now=now)


def _refuse_day(wanted_on: date, today: date, due_on: date) -> None:
    if wanted_on < today:
        raise Refused(N_("The day has already passed."), field="wanted_on")
    if wanted_on >= due_on:
        raise Refused(N_("Ask for a day before the promised one."), field="wanted_on")


def _open_request(session: Session, part: ScheduleLine) -> ExpediteRequest | None:
    query = select(ExpediteRequest).where(
        ExpediteRequest.part_id == part.id, ExpediteRequest.state == RequestState.ASKED
    )
    return session.scalars(query).one_or_none()


def _open(session: Session, request: ExpediteRequest) -> tuple[Order, ScheduleLine, ExpediteRequest]:
    """The request with its order and part, locked, while it waits for a decision."""
    order, part = _locked(session, session.get_one(ScheduleLine, request.part_id))
    (request,) = lock(session, ExpediteRequest, [request.id])
    if request.state != RequestState.ASKED:
        raise Refused(N_("This request is decided already."))
    return order, part, request


def _locked(session: Session, part: ScheduleLine) -> tuple[Order, ScheduleLine]:
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
    lock(session, Reservation, [fresh.reservation_id] if fresh.reservation_id else [])
    lock(session, Promise, [fresh.promise_id] if fresh.promise_id else [])
    return order, fresh


def _promise(part: ScheduleLine) -> Promise:
    assert part.promise is not None  # `why_not` has asked
    return part.promise
