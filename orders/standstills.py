"""The times in which nothing can leave a warehouse, as new orders are dated around them."""

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from orders.dating import Standstill
from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionKind, DisruptionState


def standstills_at(session: Session, warehouse_id: int, today: date) -> list[Standstill]:
    """The confirmed disruptions of a warehouse that are not over, in the order in which they begin; one query."""
    rows = session.execute(_CONFIRMED, {"warehouse": warehouse_id, "today": today})
    return [
        Standstill(starts_on, ends_on, DISRUPTION_TITLES[DisruptionKind(kind)])
        for starts_on, ends_on, kind in rows
    ]


def standstills(session: Session, today: date) -> dict[int, list[Standstill]]:
    """The same for every warehouse that has any, by its id; one query."""
    query = (
        select(Disruption.warehouse_id, Disruption.starts_on, Disruption.ends_on, Disruption.kind)
        .where(Disruption.ends_on >= today, Disruption.state == DisruptionState.CONFIRMED)
        .order_by(Disruption.starts_on, Disruption.id)
    )
    found: dict[int, list[Standstill]] = {}
    for warehouse_id, starts_on, ends_on, kind in session.execute(query):
        title = DISRUPTION_TITLES[DisruptionKind(kind)]
        found.setdefault(warehouse_id, []).append(Standstill(starts_on, ends_on, title))
    return found


_CONFIRMED = (
    select(Disruption.starts_on, Disruption.ends_on, Disruption.kind)
    .where(
        Disruption.warehouse_id == bindparam("warehouse"),
        Disruption.ends_on >= bindparam("today"),
        Disruption.state == DisruptionState.CONFIRMED,
    )
    .order_by(Disruption.starts_on, Disruption.id)
)
