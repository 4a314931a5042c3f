"""What buyers are told about their orders, each thing once, in the transaction that makes it true.

In place of a buyer who is unknown or cannot sign in any more, everybody of the company who can is told.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from orders.models import Order, ScheduleLine
from orders.shipments import Shipment
from policies.promises import CAUSE_TITLES, Cause
from portal import outbox, readers
from portal.accounts.models import User
from portal.clock import business_day
from portal.readers import Told, active, addressed


class Delayed(NamedTuple):
    """A part of a line whose promise is at risk or missed, as its buyer is told; None for one who cannot read it."""

    order_no: str
    buyer_id: int | None
    customer_id: int
    promise_id: int
    sku: str
    name_th: str
    name_en: str
    quantity: int
    due_at: datetime
    cause: str | None
    expected_on: date | None


_CAUSES: dict[str, str] = {cause.value: title for cause, title in CAUSE_TITLES.items()}


def path_of(order_no: str) -> str:
    """Where a buyer follows an order."""
    return f"/my/orders/{order_no}"


def tell_placed(
    session: Session, order: Order, buyer: User, promised: Sequence[date], lines: int, *, now: datetime
) -> None:
    """Confirm an order to its buyer, with the first and the last promised day."""
    facts = {
        "order": order.number,
        "lines": lines,
        "first": min(promised).isoformat(),
        "last": max(promised).isoformat(),
    }
    key = f"placed:{order.number}"
    outbox.post(
        session, buyer, "orders/notices/placed.txt", facts, key=key, path=path_of(order.number), now=now
    )


def tell_shipped(session: Session, shipments: Sequence[Shipment], *, now: datetime) -> None:
    """Tell the buyers that goods have left, with whom and under which tracking number."""
    notices = [
        Told(
            active(order.buyer),
            order.customer_id,
            {"order": order.number, "carrier": shipment.carrier, "tracking": shipment.tracking_no},
            f"shipped:{shipment.number}",
            path_of(order.number),
        )
        for shipment, order in ((one, one.order) for one in shipments)
    ]
    outbox.post_all(session, addressed(session, notices), "orders/notices/shipped.txt", now=now)


def tell_delivered(session: Session, shipments: Sequence[Shipment], *, now: datetime) -> None:
    """Tell the buyers that goods were handed over, and to whom."""
    notices = [
        Told(
            active(order.buyer),
            order.customer_id,
            {"order": order.number, "received_by": shipment.received_by or "", "shipment": shipment.number},
            f"delivered:{shipment.number}",
            path_of(order.number),
        )
        for shipment, order in ((one, one.order) for one in shipments)
    ]
    outbox.post_all(session, addressed(session, notices), "orders/notices/delivered.txt", now=now)


def tell_cancelled(
    session: Session, order: Order, first: ScheduleLine, units: int, reason: str, *, now: datetime
) -> None:
    """Tell the buyer how many units were cancelled, why, and what stays to be paid; `first` is their first part."""
    facts = {
        "order": order.number,
        "units": units,
        "reason": reason,
        "total_minor": order.total_minor,
        "currency": order.currency,
    }
    key = f"cancelled:{order.number}/{first.id}:{first.cancelled}"  # a part may be cancelled in several acts
    readers.post(
        session,
        order.buyer,
        order.customer_id,
        "orders/notices/cancelled.txt",
        facts,
        key=key,
        path=path_of(order.number),
        now=now,
    )


def tell_delayed(session: Session, parts: Sequence[Delayed], *, missed: bool, now: datetime) -> int:
    """One notice for each order about everything that newly is at risk or missed; says how many were new."""
    by_order: dict[str, list[Delayed]] = {}
    for part in parts:
        by_order.setdefault(part.order_no, []).append(part)
    what = "missed" if missed else "at_risk"
    days = {due_at: business_day(due_at) for due_at in {part.due_at for part in parts}}
    written = {due_at: (day.isoformat(), f"{due_at:%Y%m%d}") for due_at, day in days.items()}
    notices = [
        Told(
            late[0].buyer_id,
            late[0].customer_id,
            {"order": order_no, "lines": [_told(part, written[part.due_at][0]) for part in late]},
            f"{what}:{order_no}:{min([part.promise_id for part in late])}:{written[late[0].due_at][1]}",
            path_of(order_no),
        )
        for order_no, late in by_order.items()
    ]
    return outbox.post_all(session, addressed(session, notices), f"orders/notices/{what}.txt", now=now)


def _told(part: Delayed, due_on: str) -> dict[str, Any]:
    return {
        "sku": part.sku,
        "name_th": part.name_th,
        "name_en": part.name_en,
        "quantity": part.quantity,
        "due_on": due_on,
        "cause": _CAUSES[part.cause] if part.cause else "",
        "expected_on": part.expected_on.isoformat()
        if part.expected_on and part.cause == Cause.IN_TRANSIT
        else "",
    }
