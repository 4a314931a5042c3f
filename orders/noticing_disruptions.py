"""What buyers are told about a disruption: one notice each, with their lines and where they choose."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionEffect, DisruptionKind
from orders.models import Order, OrderLine, ScheduleLine
from policies.promises import Promise
from portal import outbox
from portal.accounts.models import User
from portal.clock import business_day
from portal.readers import Told, active_id, addressed

MOST_LINES = 25
"""How many of a buyer's lines a notice lists; the page it leads to shows all."""


def path_of(disruption_no: str) -> str:
    """Where a customer reads what a disruption does to their lines, and chooses."""
    return f"/my/disruptions/{disruption_no}"


def tell_confirmed(session: Session, disruption: Disruption, *, now: datetime) -> int:
    """One notice to each buyer about every line of theirs that is held up; says how many were new.

    Where a buyer is unknown or cannot sign in any more, everybody of the company who can is told.
    """
    mine = DisruptionEffect.disruption_id == disruption.id
    lines = _lines(DisruptionEffect.due_before, DisruptionEffect.due_after)
    lines = lines.join(DisruptionEffect, DisruptionEffect.part_id == ScheduleLine.id).where(mine)
    key = f"disruption:{disruption.number}"
    return _tell(
        session, lines, _facts(disruption), disruption, key, "orders/notices/disruption.txt", now=now
    )


def tell_over(
    session: Session, disruption: Disruption, moved: Any, *, until: date | None, now: datetime
) -> int:
    """One notice to each buyer about every line of theirs that gets an earlier day; says how many were new.

    `moved` names the promises and their days to come, `due_after`; the promises still say the days before. The
    disruption ends on `until`, or for None it is called off.
    """
    lines = _lines(Promise.due_at, moved.c.due_after)
    lines = lines.join(Promise, Promise.id == ScheduleLine.promise_id)
    lines = lines.join(moved, moved.c.promise_id == Promise.id)
    facts = _facts(disruption) | {"ends_on": until.isoformat() if until else ""}
    key = f"disruption_over:{disruption.number}:{facts['ends_on']}"
    return _tell(session, lines, facts, disruption, key, "orders/notices/disruption_over.txt", now=now)


def _tell(
    session: Session,
    lines: Select[Any],
    facts: dict[str, Any],
    disruption: Disruption,
    key: str,
    template: str,
    *,
    now: datetime,
) -> int:
    told: dict[tuple[int | None, int], dict[str, Any]] = {}
    for row in session.execute(_first_of_each(lines)):
        mine = told.setdefault((row.buyer_id, row.customer_id), {**facts, "count": row.of_buyer, "lines": []})
        mine["lines"].append(
            {
                "order": row.order_no,
                "sku": row.sku,
                "name_th": row.name_th,
                "name_en": row.name_en,
                "quantity": row.units,
                "due_before": business_day(row.due_before).isoformat(),
                "due_after": business_day(row.due_after).isoformat(),
            }
        )
    notices = [
        Told(buyer_id, customer_id, mine, f"{key}:{buyer_id or ''}", path_of(disruption.number))
        for (buyer_id, customer_id), mine in told.items()
    ]
    return outbox.post_all(session, addressed(session, notices), template, now=now)


def _lines(due_before: Any, due_after: Any) -> Select[Any]:
    """The parts with their buyer, if they can read it, their day before and after, and how many each reader has."""
    first = (due_before, ScheduleLine.id)
    reader = (active_id(Order.buyer_id), Order.customer_id)
    return (
        select(
            active_id(Order.buyer_id).label("buyer_id"),
            Order.customer_id,
            Order.number.label("order_no"),
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped).label("units"),
            due_before.label("due_before"),
            due_after.label("due_after"),
            func.row_number().over(partition_by=reader, order_by=first).label("place"),
            func.count().over(partition_by=reader).label("of_buyer"),
        )
        .select_from(ScheduleLine)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(User, User.id == Order.buyer_id)
    )


def _first_of_each(lines: Select[Any]) -> Select[Any]:
    """The first lines of each buyer, so that no more is read than is told."""
    found = lines.subquery()
    return (
        select(found)
        .where(found.c.place <= MOST_LINES)
        .order_by(found.c.customer_id, found.c.buyer_id, found.c.place)
    )


def _facts(disruption: Disruption) -> dict[str, Any]:
    return {
        "disruption": disruption.number,
        "kind": DISRUPTION_TITLES[DisruptionKind(disruption.kind)],
        "what_th": disruption.what_th,
        "what_en": disruption.what_en,
        "warehouse_th": disruption.warehouse.name_th,
        "warehouse_en": disruption.warehouse.name_en,
        "starts_on": disruption.starts_on.isoformat(),
        "ends_on": disruption.ends_on.isoformat(),
    }
