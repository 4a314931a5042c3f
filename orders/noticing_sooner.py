"""What buyers are told about faster delivery: each decision once."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orders.expedites import ExpediteRequest
from orders.models import Order
from portal import outbox
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


def _post(
    session: Session,
    request: ExpediteRequest,
    order: Order,
    what: str,
    facts: dict[str, Any],
    *,
    now: datetime,
) -> None:
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
    key = f"expedite:{request.number}"
    outbox.post(session, request.asked_by, template, facts, key=key, path=path_of(request.number), now=now)
