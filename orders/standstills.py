"""The times in which nothing can leave a warehouse: as new orders are dated around them, and as the desk is warned."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from orders.dating import Standstill
from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionKind, DisruptionState
from policies.clocks import WorkingDays


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


def others_in_force(session: Session, disruption: Disruption, today: date) -> list[Disruption]:
    """The other confirmed disruptions of the same warehouse that are not over, in the order in which they begin."""
    query = (
        select(Disruption)
        .where(
            Disruption.warehouse_id == disruption.warehouse_id,
            Disruption.state == DisruptionState.CONFIRMED,
            Disruption.ends_on >= today,
            Disruption.id != disruption.id,
        )
        .order_by(Disruption.starts_on, Disruption.id)
    )
    return list(session.scalars(query))


def overlapping(session: Session, disruption: Disruption, today: date) -> list[Disruption]:
    """Those of them that share at least a day with the disruption."""
    return [
        one
        for one in others_in_force(session, disruption, today)
        if one.starts_on <= disruption.ends_on and disruption.starts_on <= one.ends_on
    ]


def leaves_from(day: date, windows: Iterable[Disruption | Standstill], days: WorkingDays) -> date:
    """The first day, `day` itself or later, on which goods leave; `windows` come in the order in which they begin."""
    for one in windows:
        if one.starts_on <= day <= one.ends_on:
            day = days.after(one.ends_on, 1)
    return day


def stopping(
    session: Session, warehouse_ids: Collection[int] | None, today: date
) -> dict[int, Sequence[Disruption]]:
    """The confirmed disruptions under which goods would leave today, by warehouse id; one query.

    Of the warehouses named, or of all for None.
    """
    query = (
        select(Disruption)
        .where(
            Disruption.state == DisruptionState.CONFIRMED,
            Disruption.starts_on <= today,
            Disruption.ends_on >= today,
        )
        .options(joinedload(Disruption.warehouse))
        .order_by(Disruption.starts_on, Disruption.id)
    )
    if warehouse_ids is not None:
        query = query.where(Disruption.warehouse_id.in_(warehouse_ids))
    found: dict[int, list[Disruption]] = {}
    for one in session.scalars(query):
        found.setdefault(one.warehouse_id, []).append(one)
    return dict(found)


_AT_A_WAREHOUSE = (
    select(Disruption.starts_on, Disruption.ends_on, Disruption.kind, Disruption.state)
    .where(Disruption.warehouse_id == bindparam("warehouse"), Disruption.ends_on >= bindparam("today"))
    .order_by(Disruption.starts_on, Disruption.id)
)
_CONFIRMED = _AT_A_WAREHOUSE.where(Disruption.state == DisruptionState.CONFIRMED)
_WITH_DRAFTS = _AT_A_WAREHOUSE.where(Disruption.state != DisruptionState.CANCELLED).with_for_update(read=True)
