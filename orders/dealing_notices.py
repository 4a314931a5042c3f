"""What buyers are told when scarce goods that were held for them go to others by the rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from orders.models import Order, OrderLine
from orders.noticing import path_of
from portal import outbox
from portal.readers import Told, active, addressed


@dataclass(frozen=True)
class Lost:
    """Units of a line that wait for stock again, the day they are promised for, and the likely one.

    Not `coming` is what no delivery on its way brings; its likely day counts from ordering more.
    """

    order: Order
    line: OrderLine
    units: int
    due_on: date | None
    likely_on: date | None
    coming: bool


def tell_gave_way(session: Session, lost: Sequence[Lost], dealing_no: str, *, now: datetime) -> int:
    """Tell each buyer once for each order what is held for them no longer; of nobody else is anything said."""
    lines: dict[str, list[dict[str, Any]]] = {}
    orders = {one.order.number: one.order for one in lost}
    for one in lost:
        lines.setdefault(one.order.number, []).append(
            {
                "sku": one.line.sku,
                "name_th": one.line.name_th,
                "name_en": one.line.name_en,
                "quantity": one.units,
                "due_on": one.due_on.isoformat() if one.due_on else "",
                "likely_on": one.likely_on.isoformat() if one.likely_on else "",
                "coming": one.coming,
            }
        )
    notices = [
        Told(
            active(order.buyer),
            order.customer_id,
            {"order": number, "lines": lines[number]},
            f"gave_way:{number}:{dealing_no}",
            path_of(number),
        )
        for number, order in orders.items()
    ]
    return outbox.post_all(session, addressed(session, notices), "orders/notices/gave_way.txt", now=now)
