"""A change of the business calendar moves the promised days of goods that have not arrived, and the days they leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from inventory.reserving import lock_behind
from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from policies.clocks import ONE_DAY, WorkingDays
from policies.kinds import Convention
from policies.models import ServiceLevel
from policies.places import CARRIERS, MAIN
from policies.promises import WATCHED, Promise
from policies.redating import Change, Move
from policies.shifting import Postponed
from portal.clock import business_day, end_of


@dataclass(frozen=True)
class _Part:
    """A part as it was promised: counted from a day, leaving on one, due on one."""

    counted_from: date
    ship_by: date
    due: date
    requested: bool
    left: bool
    transit_days: int


@dataclass(frozen=True)
class _Ways:
    """How days move at a warehouse and with the carriers when the calendar changes."""

    warehouse: Postponed
    carriers: Postponed
    today: date

    def moved(self, part: _Part) -> tuple[date, date]:
        """The day a part leaves and the day it is due, once the calendar has changed.

        The working days that are left up to its leaving, and those of its way, stay as many as they are. A day that the
        customer asked for stays, if goods arrive on it.
        """
        if part.left:
            return part.ship_by, self.carriers.later(self.today, part.due)
        if part.requested:
            return self._asked_for(part)
        first = max(part.counted_from, self.today)
        leaves = part.ship_by
        if leaves >= first:
            leaves = self.warehouse.later(first, leaves)
        travel = self.carriers.before.count_between(part.ship_by, part.due)
        due = self.carriers.after.after(leaves, travel) if travel else max(part.due, leaves)
        return leaves, max(part.due, due)

    def _asked_for(self, part: _Part) -> tuple[date, date]:
        due = part.due
        if not self.carriers.after.works(due) and self.carriers.before.works(due):
            due = self.carriers.after.first_from(due)
        leaves = self.warehouse.after.last_until(self.carriers.after.before(due, part.transit_days))
        earliest = self.warehouse.after.first_from(max(part.counted_from, self.today))
        if leaves < earliest:
            arrives = self.carriers.after.after(earliest, part.transit_days)
            return max(part.ship_by, earliest), max(due, arrives)
        return min(leaves, part.ship_by) if due == part.due else leaves, due


def follow(session: Session, change: Change, *, now: datetime, act: bool) -> Sequence[Move]:
    """The promised parts that a change of the calendar moves; told to `act`, the days they leave move with them.

    What they hold or wait for falls due with them. Lead times in calendar days go on over closed days.
    """
    if act:
        _lock_orders_and_stock(session, change, now)
    query = _concerned(
        change,
        now,
        Promise.id,
        Promise.customer_id,
        Promise.kind,
        Promise.subject_no,
        Promise.due_at,
        Promise.made_at,
        Promise.clock_start_at,
        ScheduleLine.id.label("part_id"),
        ScheduleLine.reservation_id,
        ScheduleLine.ship_by,
        (ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped).label("rest"),
        Order.transit_days,
        Order.requested_on,
        Warehouse.code,
    ).order_by(Promise.id)
    ways: dict[str, _Ways] = {}
    moves, leaving, reserved = [], [], []
    for row in session.execute(query.with_for_update(of=Promise) if act else query):
        if row.code not in ways:
            ways[row.code] = _ways(change, row.code, business_day(now))
        due = business_day(row.due_at)
        part = _Part(
            business_day(row.clock_start_at or row.made_at),
            row.ship_by or due,
            due,
            row.requested_on == due,
            row.rest == 0,
            row.transit_days,
        )
        leaves, due_on = ways[row.code].moved(part)
        if row.ship_by is not None and leaves != row.ship_by:
            leaving.append({"id": row.part_id, "ship_by": leaves})
        if due_on > due:
            due_at = end_of(due_on)
            moves.append(Move(row.id, row.customer_id, row.kind, row.subject_no, row.due_at, due_at))
            if row.reservation_id is not None:
                reserved.append({"id": row.reservation_id, "due_at": due_at})
    if act:
        _write(session, leaving, reserved)
    return moves


def _ways(change: Change, warehouse: str, today: date) -> _Ways:
    def days(before: WorkingDays | None, after: WorkingDays | None) -> Postponed:
        at_warehouse = change.before.days(warehouse), change.after.days(warehouse)
        return Postponed(before or at_warehouse[0], after or at_warehouse[1])

    return _Ways(
        days(None, None),
        days(change.before.carriers_of(warehouse), change.after.carriers_of(warehouse)),
        today,
    )


def _concerned(change: Change, now: datetime, *columns: Any) -> Select[Any]:
    """A question about the promised parts that are to come and whose place is the one that changes."""
    query = (
        select(*columns)
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Warehouse, Warehouse.id == Order.warehouse_id)
        .outerjoin(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state.in_(WATCHED),
            Promise.due_at >= now,
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.delivered,
            ServiceLevel.id.is_(None) | (ServiceLevel.convention == Convention.WORKING),
        )
    )
    if change.place not in (MAIN, CARRIERS):
        query = query.where(Warehouse.code == change.place)
    if change.day is not None:  # what is due before the day that is closed does not move
        query = query.where(Promise.due_at > end_of(change.day - ONE_DAY))
    return query


def _lock_orders_and_stock(session: Session, change: Change, now: datetime) -> None:
    ids = _concerned(change, now, Order.id)
    session.execute(select(Order.id).where(Order.id.in_(ids)).order_by(Order.id).with_for_update()).all()
    lock_behind(session, _concerned(change, now, ScheduleLine.reservation_id))


def _write(session: Session, leaving: list[dict[str, Any]], reserved: list[dict[str, Any]]) -> None:
    if leaving:
        session.execute(update(ScheduleLine), leaving)
    if reserved:
        session.execute(update(Reservation), sorted(reserved, key=lambda one: int(one["id"])))
    for row in session.identity_map.values():
        if isinstance(row, ScheduleLine | Reservation):
            session.expire(row)
