"""What a disruption does to the promised parts of a warehouse: which it holds up, and their new days; set-based."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from orders.disruptions import Disruption
from orders.models import Order, OrderLine, ScheduleLine
from orders.standstills import leaves_from, others_in_force
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.promises import WATCHED, Promise
from portal.clock import business_day, end_of
from portal.customers.models import Customer

PAGE = 50
LOOK_BACK = timedelta(days=400)
"""How far back the calendar is read: a window may have begun a year ago."""


@dataclass(frozen=True)
class Moved:
    """Where the days of parts go that had to leave on `ship_by` and are due at `due_at`, and how many those are."""

    ship_by: date
    due_at: datetime
    due_after: datetime
    parts: int


@dataclass(frozen=True)
class Touched:
    """A part that a disruption holds up, with its day before and after."""

    order_no: str
    customer_th: str
    customer_en: str
    customer_code: str
    sku: str
    name_th: str
    name_en: str
    units: int
    due_at: datetime
    due_after: datetime


@dataclass(frozen=True)
class Effect:
    """What a disruption would do now: the day goods leave again, and how many parts, orders and companies it moves."""

    resumes_on: date
    moved: list[Moved]
    orders: int
    customers: int

    @property
    def parts(self) -> int:
        """How many parts are held up."""
        return sum(one.parts for one in self.moved)


def effect(session: Session, disruption: Disruption, *, now: datetime) -> Effect:
    """What a disruption does to the promises as they stand: a few queries, however many parts there are.

    Goods leave again on the first working day after its end that no other disruption of the warehouse covers. Each part
    is due as many working days later as its leaving moves, never earlier; one that another disruption has moved before
    is moved on from there, so that no day counts twice.
    """
    today = business_day(now)
    days = working_days(session, today - LOOK_BACK)
    others = others_in_force(session, disruption, today)
    resumes_on = leaves_from(days.after(disruption.ends_on, 1), others, days)
    groups = _touched(disruption, now, ScheduleLine.ship_by, Promise.due_at, func.count()).group_by(
        ScheduleLine.ship_by, Promise.due_at
    )
    postponing = Postponing(resumes_on, days)
    moved = [
        Moved(ship_by, due_at, postponing.later(ship_by, due_at), count)
        for ship_by, due_at, count in session.execute(groups)
    ]
    counts = _touched(
        disruption, now, func.count(func.distinct(Order.id)), func.count(func.distinct(Order.customer_id))
    )
    orders, customers = session.execute(counts).one()
    return Effect(resumes_on, sorted(moved, key=lambda one: (one.due_at, one.ship_by)), orders, customers)


def touched_page(
    session: Session, disruption: Disruption, found: Effect, *, page: int = 1, now: datetime
) -> list[Touched]:
    """A page of the parts that a disruption holds up, those due first on top."""
    new_days = {(one.ship_by, one.due_at): one.due_after for one in found.moved}
    query = (
        _touched(
            disruption,
            now,
            Order.number,
            Customer.name_th,
            Customer.name_en,
            Customer.code,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped,
            Promise.due_at,
            ScheduleLine.ship_by,
        )
        .join(Customer, Customer.id == Order.customer_id)
        .order_by(Promise.due_at, ScheduleLine.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [
        Touched(*(*facts, due_at, new_days[ship_by, due_at]))
        for *facts, due_at, ship_by in session.execute(query)
        if (ship_by, due_at) in new_days
    ]


def touched_orders(disruption: Disruption, now: datetime) -> Select[int]:
    """The ids of the orders that a disruption holds up."""
    return _touched(disruption, now, Order.id).distinct()


def touched_promises(disruption: Disruption, now: datetime, *columns: Any) -> Select[Any]:
    """Columns of the parts that a disruption holds up, their promises locked in id order."""
    return _touched(disruption, now, *columns).order_by(Promise.id).with_for_update(of=Promise)


@dataclass
class Postponing:
    """How far days move when goods leave on `resumes_on` instead: each day is counted once, whoever asks."""

    resumes_on: date
    days: WorkingDays
    _counts: dict[date, int] = field(default_factory=dict)
    _dues: dict[tuple[date, int], datetime] = field(default_factory=dict)

    def later(self, ship_by: date, due_at: datetime) -> datetime:
        """When goods are due then that had to leave on `ship_by`: as many working days later as they leave."""
        if ship_by not in self._counts:
            self._counts[ship_by] = self.days.count_between(ship_by, self.resumes_on)
        due_on, count = business_day(due_at), self._counts[ship_by]
        if (due_on, count) not in self._dues:
            self._dues[due_on, count] = end_of(self.days.after(due_on, count))
        return max(due_at, self._dues[due_on, count])


def _touched(disruption: Disruption, now: datetime, *columns: Any) -> Select[Any]:
    """A question about the promised parts that have not left and cannot leave in time.

    They had to leave within the window. Once it has begun, those that had to leave before it and have not are stuck as
    well; while it lies ahead they can still leave.
    """
    held_up = ScheduleLine.ship_by <= disruption.ends_on
    if disruption.starts_on > business_day(now):
        held_up = and_(held_up, ScheduleLine.ship_by >= disruption.starts_on)
    return (
        select(*columns)
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.warehouse_id == disruption.warehouse_id,
            Promise.state.in_(WATCHED),
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.shipped,
            held_up,
        )
    )
