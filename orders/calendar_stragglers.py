"""Orders placed at the very moment at which a calendar changed are promised by the new one."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.models import Warehouse
from inventory.reserving import lock_behind
from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from policies.catching_up import catch_up_with
from policies.kinds import Convention
from policies.models import ServiceLevel
from policies.places import Places
from policies.promises import WATCHED, Promise
from policies.redating import Move
from portal.clock import business_day, end_of
from portal.db import lock


def follow_calendar(session: Session, now: datetime) -> int:
    """Job: parts promised while the calendar changed are due by the new one; says how many moved."""
    return catch_up_with(session, _parts, now=now)


def _parts(session: Session, found: Places, since: datetime, until: datetime) -> Sequence[Move]:
    """The parts that have fewer working days than their policy gives; they are locked, and leave later if they must."""
    query = (
        select(ScheduleLine.id, Order.id.label("order_id"), Warehouse.code, ServiceLevel.days)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Warehouse, Warehouse.id == Order.warehouse_id)
        .join(Promise, Promise.id == ScheduleLine.promise_id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state.in_(WATCHED),
            Promise.made_at.between(since, until),
            Promise.clock_start_at.is_not(None),
            Promise.due_at == Promise.original_due_at,
            ServiceLevel.convention == Convention.WORKING,
        )
        .order_by(ScheduleLine.id)
    )
    rows = session.execute(query).all()
    parts = _locked(session, [row.id for row in rows], {row.order_id for row in rows})
    moves = []
    for part_id, _order_id, code, days in rows:
        part = parts[part_id]
        promise = part.promise
        if promise is None or promise.clock_start_at is None or part.ship_by is None:
            continue
        first, due = business_day(promise.clock_start_at), business_day(promise.due_at)
        leaves, due_on = _by_now(found, code, first, part.ship_by, due, days or 1)
        if due_on <= due:
            continue
        due_at, part.ship_by = end_of(due_on), leaves
        if part.reservation is not None:
            part.reservation.due_at = due_at
        facts = (promise.id, promise.customer_id, promise.kind, promise.subject_no)
        moves.append(Move(*facts, promise.due_at, due_at))
    session.flush()
    return moves


def _locked(session: Session, part_ids: Sequence[int], order_ids: Iterable[int]) -> dict[int, ScheduleLine]:
    """The parts by id with what is held and promised for them, read anew under the locks of all that may move."""
    lock(session, Order, order_ids)
    held = select(ScheduleLine.reservation_id).where(ScheduleLine.id.in_(part_ids))
    lock_behind(session, held)
    lock(session, Reservation, session.scalars(held.where(ScheduleLine.reservation_id.is_not(None))))
    query = (
        select(ScheduleLine)
        .where(ScheduleLine.id.in_(part_ids))
        .options(joinedload(ScheduleLine.promise), joinedload(ScheduleLine.reservation))
        .execution_options(populate_existing=True)
    )
    return {part.id: part for part in session.scalars(query)}


def _by_now(found: Places, code: str, first: date, ship_by: date, due: date, days: int) -> tuple[date, date]:
    """The days on which a part leaves and is due, so that it has all the working days its policy gives."""
    warehouse = found.days(code)
    carriers = found.carriers_of(code) or warehouse
    leaves = warehouse.first_from(ship_by)
    start = warehouse.first_from(first)
    counted = warehouse.count_between(start, leaves) + carriers.count_between(leaves, due)
    return leaves, carriers.after(due, days - counted) if counted < days else due
