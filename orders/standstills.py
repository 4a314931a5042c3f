"""The times in which nothing can leave a warehouse, as new orders are dated around them."""

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from orders.dating import Standstill
from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionKind, DisruptionState


def standstills_at(
    session: Session, warehouse_id: int, today: date, *, promising: bool = False
) -> list[Standstill]:
    """The confirmed disruptions of a warehouse that are not over, in the order in which they begin; one query.

    Who is `promising` also keeps drafts from being confirmed until the promise is on record, and waits for one that is
    being confirmed: so every promise is either dated around a disruption or moved by it.
    """
    query = _WITH_DRAFTS if promising else _CONFIRMED
    rows = session.execute(query, {"warehouse": warehouse_id, "today": today})
    return [
        Standstill(starts_on, ends_on, DISRUPTION_TITLES[DisruptionKind(kind)])
        for starts_on, ends_on, kind, state in rows
        if state == DisruptionState.CONFIRMED
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


_AT_A_WAREHOUSE = (
    select(Disruption.starts_on, Disruption.ends_on, Disruption.kind, Disruption.state)
    .where(Disruption.warehouse_id == bindparam("warehouse"), Disruption.ends_on >= bindparam("today"))
    .order_by(Disruption.starts_on, Disruption.id)
)
_CONFIRMED = _AT_A_WAREHOUSE.where(Disruption.state == DisruptionState.CONFIRMED)
_WITH_DRAFTS = _AT_A_WAREHOUSE.where(Disruption.state != DisruptionState.CANCELLED).with_for_update(read=True)
