"""What buyers are told about a disruption: one notice each, with their lines and where they choose."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionEffect, DisruptionKind
from orders.models import Order, OrderLine, ScheduleLine
from portal import outbox
from portal.clock import business_day

MOST_LINES = 25
"""How many of a buyer's lines a notice lists; the page it leads to shows all."""


def path_of(disruption_no: str) -> str:
    """Where a customer reads what a disruption does to their lines, and chooses."""
    return f"/my/disruptions/{disruption_no}"


def tell_confirmed(session: Session, disruption: Disruption, *, now: datetime) -> int:
    """One notice to each buyer about every line of theirs that is held up; says how many were new.

    Orders without a buyer in the portal have nobody to tell.
    """
    told: dict[int, dict[str, Any]] = {}
    for row in session.execute(_lines_of(disruption)):
        facts = told.setdefault(row.buyer_id, {**_facts(disruption), "count": row.of_buyer, "lines": []})
        facts["lines"].append(
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
        (buyer_id, facts, f"disruption:{disruption.number}:{buyer_id}", path_of(disruption.number))
        for buyer_id, facts in told.items()
    ]
    return outbox.post_all(session, notices, "orders/notices/disruption.txt", now=now)


def _lines_of(disruption: Disruption) -> Any:
    """The first lines of each buyer, so that no more is read than is told, and how many each has."""
    first = (DisruptionEffect.due_before, DisruptionEffect.id)
    lines = (
        select(
            Order.buyer_id,
            Order.number.label("order_no"),
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped).label("units"),
            DisruptionEffect.due_before,
            DisruptionEffect.due_after,
            func.row_number().over(partition_by=Order.buyer_id, order_by=first).label("place"),
            func.count().over(partition_by=Order.buyer_id).label("of_buyer"),
        )
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(DisruptionEffect.disruption_id == disruption.id, Order.buyer_id.is_not(None))
        .subquery("told")
    )
    return select(lines).where(lines.c.place <= MOST_LINES).order_by(lines.c.buyer_id, lines.c.place)


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
