"""The buyer accepts or declines what a faster delivery costs them; before that nothing moves."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import noticing_sooner
from orders.expedite_sheets import options_of
from orders.expedite_steps import Verb, begin, put_sooner, why_not
from orders.expedites import REQUEST_MOVES, ExpediteRequest, RequestState
from portal import audit
from portal.accounts.models import User
from portal.clock import end_of
from portal.i18n import N_, day_text, moment_text
from portal.jobs import for_each
from portal.refusal import Refused


def accept(session: Session, request: ExpediteRequest, *, by: User, now: datetime) -> None:
    """The buyer pays the charge as offered: the part is sent with the service and its promise moves.

    Refused after the deadline, when it was answered already, and when the goods would not arrive on the day offered any
    more.
    """
    order, part, request = begin(session, request, RequestState.APPROVED)
    if request.state != RequestState.OFFERED:
        raise Refused(N_("Nothing is offered for this request yet."))
    if request.answer_by is not None and now > request.answer_by:
        raise Refused(N_("This could be accepted until %(at)s."), at=moment_text(request.answer_by))
    if (no := why_not(part)) is not None:
        raise no
    options = options_of(session, part, now=now)
    option = next((one for one in options if one.service.id == request.service_id), None)
    if option is None or request.due_after is None or end_of(option.due_on) > request.due_after:
        raise Refused(
            N_("Sent now it does not arrive on %(day)s any more. Ask anew, and we offer what is possible."),
            day=day_text(request.due_after),
        )
    REQUEST_MOVES.make(request, RequestState.APPROVED)
    request.answered_at, request.answered_by = now, by
    put_sooner(session, request, order, option, Verb.ACCEPTED, by=by, now=now)


def decline(session: Session, request: ExpediteRequest, *, by: User, now: datetime) -> None:
    """The buyer does not pay the charge: the promised day stays as it was. Refused when it was answered already."""
    order, _, request = begin(session, request, RequestState.DECLINED)
    REQUEST_MOVES.make(request, RequestState.DECLINED)
    request.answered_at, request.answered_by = now, by
    after = {"order": order.number, "charge_minor": request.charge_minor}
    audit.record(session, Verb.DECLINED, "expedite", request.number, by=by, now=now, after=after)


def lapse_charges(session: Session, now: datetime) -> int:
    """Job: offers whose deadline has passed without an answer are declined, and who asked is told; counts them.

    Each is an act of its own, so that a run which is killed leaves the others for the next.
    """
    unanswered = (
        select(ExpediteRequest.id)
        .where(ExpediteRequest.state == RequestState.OFFERED, ExpediteRequest.answer_by < now)
        .order_by(ExpediteRequest.id)
    )

    def lapse(request_id: int) -> int:
        return _lapse(session, session.get_one(ExpediteRequest, request_id), now)

    return for_each(session, list(session.scalars(unanswered)), lapse)


def _lapse(session: Session, request: ExpediteRequest, now: datetime) -> int:
    try:
        order, _, request = begin(session, request, RequestState.DECLINED)
    except Refused:
        return 0  # it was answered in the meantime
    if request.answer_by is None or request.answer_by >= now:
        return 0
    REQUEST_MOVES.make(request, RequestState.DECLINED)
    request.answered_at = now
    noticing_sooner.tell_lapsed(session, request, order, now=now)
    after = {"order": order.number, "charge_minor": request.charge_minor}
    audit.record(session, Verb.LAPSED, "expedite", request.number, by=None, now=now, after=after)
    return 1
