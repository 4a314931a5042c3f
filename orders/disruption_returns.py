"""Which promised days come back when a disruption ends sooner, and to when; set-based, and shown before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    Select,
    Time,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    values,
)
from sqlalchemy.orm import Session, aliased

from inventory.inbound import InboundReceipt
from inventory.stock import Reservation
from orders.disruption_effects import LOOK_BACK, PAGE, Postponing, Touched
from orders.disruptions import Disruption, DisruptionEffect
from orders.models import Order, OrderLine, ScheduleLine
from orders.standstills import leaves_from, others_in_force
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.kinds import Convention
from policies.models import ServiceLevel
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseEvent
from portal.clock import business_day, local
from portal.customers.models import Customer
from portal.db import Instant

BY_DISRUPTIONS = (Cause.DISRUPTION, Cause.DISRUPTION_OVER)
"""The causes under which disruptions, and their ends, move promises."""
DATED = (Happening.MADE, Happening.REPROMISED)


@dataclass(frozen=True)
class Back:
    """Where the days of parts go that leave on `ship_by` and are due at `due_at`, and how many those are.

    They were due at `agreed_at` but for disruptions, and goods for them can leave from `there_on` on. `held_by` is the
    disruption that still delays them then, if any.
    """

    agreed_at: datetime
    ship_by: date
    due_at: datetime
    there_on: date
    parts: int
    ship_after: date
    due_after: datetime
    held_by: int | None


@dataclass(frozen=True)
class Return:
    """What ending a disruption sooner would do now: the days that come back, of how many orders and companies."""

    back: list[Back]
    orders: int
    customers: int

    @property
    def parts(self) -> int:
        """How many parts get an earlier day."""
        return sum(one.parts for one in self.back)


def coming_back(session: Session, disruption: Disruption, *, until: date | None, now: datetime) -> Return:
    """What comes back if the disruption ends on `until`, or for None is called off. Few queries, whatever the number.

    A part goes back to the day agreed on before disruptions, counted anew around those still in force; if it can no
    longer leave in time for that, as many working days later as it leaves. Never later than it is promised now. Left
    alone is what has left, is cancelled or settled, and what somebody has agreed on another day for since.
    """
    today = business_day(now)
    days = working_days(session, today - LOOK_BACK)
    windows = _windows(session, disruption, until, today)
    keys = _keys(now, days)
    groups = _moved(disruption, *keys, func.count()).group_by(*keys)
    postponing: dict[date, Postponing] = {}
    back = [
        one
        for agreed_at, ship_by, due_at, there_on, parts in session.execute(groups)
        if (one := _back(agreed_at, ship_by, due_at, there_on, parts, windows, days, postponing)) is not None
    ]
    if not back:
        return Return([], 0, 0)
    table = back_table(back)
    counts = joined(
        disruption,
        table,
        now,
        days,
        func.count(func.distinct(Order.id)),
        func.count(func.distinct(Order.customer_id)),
    )
    orders, customers = session.execute(counts).one()
    return Return(sorted(back, key=lambda one: (one.due_at, one.ship_by)), orders, customers)


def coming_back_page(
    session: Session, disruption: Disruption, found: Return, *, page: int = 1, now: datetime
) -> list[Touched]:
    """A page of the parts that get an earlier day, those due first on top."""
    if not found.back:
        return []
    table = back_table(found.back)
    query = (
        joined(
            disruption,
            table,
            now,
            working_days(session, business_day(now) - LOOK_BACK),
            Order.number,
            Customer.name_th,
            Customer.name_en,
            Customer.code,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped,
            Promise.due_at,
            table.c.due_after,
        )
        .join(Customer, Customer.id == Order.customer_id)
        .order_by(Promise.due_at, ScheduleLine.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [Touched(*row) for row in session.execute(query)]


def moved_orders(disruption: Disruption) -> Select[int]:
    """The ids of the orders with parts whose days a disruption may give back."""
    return _moved(disruption, Order.id).distinct()


def moved_promises(disruption: Disruption) -> Select[int]:
    """The promises of those parts, locked in id order."""
    return _moved(disruption, Promise.id).order_by(Promise.id).with_for_update(of=Promise)


def back_table(back: Sequence[Back]) -> CTE:
    """The old and new days, of which there are few, as a table that the parts are joined to."""
    shape = (
        column("agreed_at", Instant()),
        column("ship_by", Date()),
        column("due_at", Instant()),
        column("there_on", Date()),
        column("ship_after", Date()),
        column("due_after", Instant()),
        column("held_by", Integer()),
    )
    rows = [
        (
            one.agreed_at,
            one.ship_by,
            one.due_at,
            one.there_on,
            one.ship_after,
            one.due_after,
            one.held_by or 0,
        )
        for one in back
    ]
    return values(*shape, name="back").data(rows).cte("back")


def joined(
    disruption: Disruption, table: CTE, now: datetime, days: WorkingDays, *columns: Any
) -> Select[Any]:
    """Columns of the parts that get an earlier day, and of that day in the `table`."""
    agreed_at, ship_by, due_at, there_on = _keys(now, days)
    return _moved(disruption, *columns).join(
        table,
        and_(
            table.c.agreed_at == agreed_at,
            table.c.ship_by == ship_by,
            table.c.due_at == due_at,
            table.c.there_on == there_on,
        ),
    )


def _back(
    agreed_at: datetime,
    ship_by: date,
    due_at: datetime,
    there_on: date,
    parts: int,
    windows: Sequence[Disruption],
    days: WorkingDays,
    postponing: dict[date, Postponing],
) -> Back | None:
    """Where these parts go, or None if they stay: disruptions move leaving and due day by the same working days."""
    ship_first = days.before(ship_by, days.count_between(business_day(agreed_at), business_day(due_at)))
    wanted = max(ship_first, days.first_from(there_on))
    leaving = leaves_from(wanted, windows, days)
    due_after = agreed_at
    if leaving > ship_first:
        later = postponing.setdefault(leaving, Postponing(leaving, days))
        due_after = later.later(ship_first, agreed_at)
    if due_after >= due_at:
        return None
    held_by = next((one.id for one in windows if one.starts_on <= wanted <= one.ends_on), None)
    return Back(agreed_at, ship_by, due_at, there_on, parts, leaving, due_after, held_by)


def _windows(
    session: Session, disruption: Disruption, until: date | None, today: date
) -> Sequence[Disruption]:
    """What then keeps goods in, in the order in which it begins; the disruption itself with its new last day."""
    others = others_in_force(session, disruption, today)
    if until is None or until < today:
        return others
    shorter = Disruption(id=disruption.id, starts_on=disruption.starts_on, ends_on=until)
    return sorted([*others, shorter], key=lambda one: (one.starts_on, one.id))


def _keys(now: datetime, days: WorkingDays) -> tuple[Any, Any, Any, Any]:
    """What the new day of a part depends on: the day agreed on, the two days it has now, and when it can leave."""
    today, clock = business_day(now), local(now).time()
    first = days.first_from(today)
    next_day = days.after(today, 1) if days.works(today) else first
    after_cut_off = and_(
        ServiceLevel.convention == Convention.WORKING, ServiceLevel.cut_off < literal(clock, Time())
    )
    out = case((after_cut_off, literal(next_day, Date())), else_=literal(first, Date()))
    rest = ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.shipped
    awaited = and_(Reservation.held < rest, InboundReceipt.expected_on > out)
    there_on = case((awaited, InboundReceipt.expected_on), else_=out)
    return (
        func.coalesce(_AGREED.due_at, Promise.original_due_at, type_=Instant()),
        ScheduleLine.ship_by,
        Promise.due_at,
        there_on,
    )


def _moved(disruption: Disruption, *columns: Any) -> Select[Any]:
    """A question about the parts that the disruption moved, that have not left, and that nothing else moved since."""
    return (
        select(*columns)
        .select_from(DisruptionEffect)
        .join(Promise, Promise.id == DisruptionEffect.promise_id)
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(_AGREED, _AGREED.id == _LAST_AGREED)
        .outerjoin(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .outerjoin(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .outerjoin(InboundReceipt, InboundReceipt.id == Reservation.receipt_id)
        .where(
            DisruptionEffect.disruption_id == disruption.id,
            Promise.state.in_(WATCHED),
            ScheduleLine.ship_by.is_not(None),
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.shipped,
            or_(_AGREED.id.is_(None), _AGREED.at <= disruption.confirmed_at),
            exists().where(
                PromiseEvent.promise_id == Promise.id,
                PromiseEvent.what == Happening.REPROMISED,
                PromiseEvent.cause.in_(BY_DISRUPTIONS),
                PromiseEvent.id > func.coalesce(_AGREED.id, 0),
            ),
        )
    )


_AGREED = aliased(PromiseEvent, name="agreed")
"""The event by which the day of a promise was last agreed on, disruptions and their ends apart."""
_DATING = aliased(PromiseEvent, name="dating")
_LAST_AGREED = (
    select(func.max(_DATING.id))
    .where(
        _DATING.promise_id == Promise.id,
        _DATING.what.in_(DATED),
        or_(_DATING.cause.is_(None), _DATING.cause.not_in(BY_DISRUPTIONS)),
    )
    .scalar_subquery()
)
