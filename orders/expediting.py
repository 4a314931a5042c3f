"""A buyer asks for a part of a line to arrive sooner; a rule or staff decide, and the promise moves to the new day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from orders import noticing_sooner
from orders.expedite_sheets import options_of, rule_of, sheet_of, spent_on
from orders.expedite_steps import (
    Verb,
    agree,
    begin,
    decide,
    locked,
    promise_of,
    put_sooner,
    terms_of,
    why_not,
)
from orders.expedite_sums import COST_CURRENCY, Option, small_enough
from orders.expedites import OPEN, REQUEST_MOVES, ExpediteRequest, FastService, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from policies.kinds import Kind
from policies.promising import promise_case
from policies.promising import withdraw as withdraw_promises
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.customers.models import Customer
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

ANSWER_WITHIN = timedelta(hours=24)
"""How long a buyer may think about a charge, if the goods need not leave sooner."""


def ask(
    session: Session, part: ScheduleLine, wanted_on: date, reason: str, *, by: User, now: datetime
) -> ExpediteRequest:
    """Ask for a part to arrive by a day before its promised one; small ones are approved at once by the rule.

    An answer is promised as the customer's policy says. Refused for units that wait for stock or have left, a day that
    is not sooner, when no fast service gains a day, and while another request for the part is open.
    """
    order, part = locked(session, part)
    if (no := why_not(part)) is not None:
        raise no
    promise = promise_of(part)
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
        _approve(session, request, order, best, note="", by=None, now=now)
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

    `charge_minor` of the extra cost is to be paid by the customer, the rest by us: then nothing moves until the buyer
    has accepted it. Refused when it was decided already, the
    service no longer gains a day, the part has left or lost its stock, or more is charged than it costs.
    """
    order, part, request = begin(session, request, RequestState.APPROVED)
    if request.state != RequestState.ASKED:
        raise Refused(N_("This request is decided already."))
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
    if charge_minor:
        _offer(session, request, order, option, charge_minor, note, by=by, now=now)
    else:
        _approve(session, request, order, option, note=note, by=by, now=now)


def refuse(session: Session, request: ExpediteRequest, note: str, *, by: User, now: datetime) -> None:
    """Leave the promised day as it is and tell the buyer why. Refused without a reason, or once it is decided."""
    if not note.strip():
        raise Refused(N_("Say why, so that the buyer understands."), field="note")
    order, _, request = begin(session, request, RequestState.REFUSED)
    decide(session, request, RequestState.REFUSED, note=note, by=by, now=now)
    noticing_sooner.tell_refused(session, request, order, now=now)
    after = {"order": order.number, "note": note.strip()}
    audit.record(session, Verb.REFUSED, "expedite", request.number, by=by, now=now, after=after)


def withdraw(session: Session, request: ExpediteRequest, *, by: User, now: datetime) -> None:
    """The buyer takes the request back; no answer is owed any more. Refused when it was decided already."""
    order, _, request = begin(session, request, RequestState.WITHDRAWN)
    if request.state not in OPEN:
        raise Refused(N_("This request is decided already."))
    _withdraw(session, request, order, by=by, now=now)


def withdraw_for(session: Session, part_ids: Iterable[int], *, by: User | None, now: datetime) -> None:
    """Close the open requests for parts of locked orders of which units are owed no more; no answer is owed either.

    Where a part is cancelled as a whole, what was approved for it goes too: it costs nothing, and nobody pays for it.
    """
    query = select(ExpediteRequest).where(
        ExpediteRequest.part_id.in_(list(part_ids)),
        ExpediteRequest.state.in_((*OPEN, RequestState.APPROVED)),
    )
    way = joinedload(ExpediteRequest.part).joinedload(ScheduleLine.line).joinedload(OrderLine.order)
    for request in session.scalars(query.options(way).order_by(ExpediteRequest.id)):
        if request.state in OPEN or request.part.cancelled == request.part.quantity:
            _withdraw(session, request, request.part.line.order, by=by, now=now)


def _withdraw(
    session: Session, request: ExpediteRequest, order: Order, *, by: User | None, now: datetime
) -> None:
    before = request.state
    REQUEST_MOVES.make(request, RequestState.WITHDRAWN)
    after: dict[str, object] = {"order": order.number}
    if before == RequestState.APPROVED:  # who decided on it, and on which figures, stays on record
        after["charge_minor"] = 0
    else:
        request.decided_at, request.decided_by = now, by
    if request.promise_id and before == RequestState.ASKED:
        withdraw_promises(session, [request.promise_id], by=by, now=now)
    audit.record(session, Verb.WITHDRAWN, "expedite", request.number, by=by, now=now, after=after)


def _approve(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    option: Option,
    *,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    request.by_rule = by is None
    agree(request, option, charge_minor=0)
    decide(session, request, RequestState.APPROVED, note=note, by=by, now=now)
    put_sooner(session, request, order, option, Verb.APPROVED, by=by, now=now)


def _offer(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    option: Option,
    charge_minor: int,
    note: str,
    *,
    by: User,
    now: datetime,
) -> None:
    """The service is offered for a charge; the buyer answers before the goods would have to leave."""
    agree(request, option, charge_minor=charge_minor)
    request.answer_by = min(now + ANSWER_WITHIN, end_of(option.ship_by))
    decide(session, request, RequestState.OFFERED, note=note, by=by, now=now)
    noticing_sooner.tell_offered(session, request, order, now=now)
    after = terms_of(request, order, option) | {"answer_by": request.answer_by.isoformat()}
    audit.record(session, Verb.OFFERED, "expedite", request.number, by=by, now=now, after=after)


def _refuse_day(wanted_on: date, today: date, due_on: date) -> None:
    if wanted_on < today:
        raise Refused(N_("The day has already passed."), field="wanted_on")
    if wanted_on >= due_on:
        raise Refused(N_("Ask for a day before the promised one."), field="wanted_on")


def _open_request(session: Session, part: ScheduleLine) -> ExpediteRequest | None:
    query = select(ExpediteRequest).where(ExpediteRequest.part_id == part.id, ExpediteRequest.state.in_(OPEN))
    return session.scalars(query).one_or_none()
