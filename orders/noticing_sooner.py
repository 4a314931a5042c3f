"""What buyers are told about faster delivery: each decision once."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orders.expedites import ExpediteRequest
from orders.models import Order
from portal import readers
from portal.clock import business_day


def path_of(request_no: str) -> str:
    """Where a buyer reads a request."""
    return f"/my/expedites/{request_no}"


def tell_approved(session: Session, request: ExpediteRequest, order: Order, *, now: datetime) -> None:
    """Tell who asked that their goods come sooner, when, and what of it they pay."""
    due = business_day(request.due_after).isoformat() if request.due_after else ""
    facts = {"due_on": due, "charge_minor": request.charge_minor, "currency": order.currency}
    _post(session, request, order, "approved", facts, now=now)


def tell_refused(session: Session, request: ExpediteRequest, order: Order, *, now: datetime) -> None:
    """Tell who asked that the promised day stays, and why."""
    facts = {"due_on": business_day(request.due_before).isoformat(), "note": request.note}
    _post(session, request, order, "refused", facts, now=now)


def tell_offered(session: Session, request: ExpediteRequest, order: Order, *, now: datetime) -> None:
    """Ask who asked whether they pay a part of the cost, and until when they may answer."""
    due = business_day(request.due_after).isoformat() if request.due_after else ""
    facts = {
        "due_on": due,
        "charge_minor": request.charge_minor,
        "currency": order.currency,
        "answer_by": request.answer_by.isoformat() if request.answer_by else "",
        "note": request.note,
    }
    _post(session, request, order, "offered", facts, now=now, again="offered")


def tell_lapsed(session: Session, request: ExpediteRequest, order: Order, *, now: datetime) -> None:
    """Tell who asked that the offer was not answered in time and the promised day stays."""
    facts = {"due_on": business_day(request.due_before).isoformat()}
    _post(session, request, order, "lapsed", facts, now=now)


def _post(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    what: str,
    facts: dict[str, Any],
    *,
    now: datetime,
    again: str = "",
) -> None:
    """Post one notice; one that is not the last word on a request is told apart by `again`."""
    line, part = request.part.line, request.part
    facts |= {
        "order": order.number,
        "request": request.number,
        "sku": line.sku,
        "name_th": line.name_th,
        "name_en": line.name_en,
        "quantity": part.quantity - part.cancelled,
    }
    template = f"orders/notices/expedite_{what}.txt"
    key = f"expedite:{request.number}" + (f":{again}" if again else "")
    path = path_of(request.number)
    readers.post(session, request.asked_by, order.customer_id, template, facts, key=key, path=path, now=now)
