"""What a decision on a faster delivery is made on: the options, the order's margin, and the customer's recent story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from inventory.models import Product
from orders.expedite_sums import Margin, Option, Sold, leaves_on, margin, options, suggested
from orders.expedites import ExpediteRequest, ExpediteRule, FastService, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.standstills import standstills
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseState
from portal.clock import business_day
from portal.money import BASIS_POINTS

RECENT = timedelta(days=90)
"""How far back a customer's missed promises count."""
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Story:
    """A customer's promises that fell due in the last 90 days, those missed among them, and what was ordered in the
    last twelve months, net, in minor units of the order's currency.
    """

    due: int
    missed: int
    ordered_minor: int
    orders: int

    @property
    def missed_bp(self) -> int | None:
        """The share missed, in basis points; None when nothing fell due."""
        return self.missed * BASIS_POINTS // self.due if self.due else None


@dataclass(frozen=True)
class Sheet:
    """The decision sheet of one part, as of today."""

    options: list[Option]
    suggested: Option | None
    margin: Margin
    story: Story


def sheet_of(session: Session, part: ScheduleLine, order: Order, wanted_on: date, *, now: datetime) -> Sheet:
    """The sums and figures for a part that somebody wants by a day; a fixed number of queries."""
    found = options_of(session, part, now=now)
    return Sheet(found, suggested(found, wanted_on), margin_of(session, order), story_of(session, order, now))


def options_of(session: Session, part: ScheduleLine, *, now: datetime) -> list[Option]:
    """The services in use that bring what is left of a part sooner than its promised day."""
    return options_by_part(session, [part], now=now)[part.id]


def options_by_part(
    session: Session, parts: Sequence[ScheduleLine], *, now: datetime
) -> dict[int, list[Option]]:
    """The same for several parts, by part id, in a fixed number of queries."""
    services = session.scalars(select(FastService).where(FastService.active).order_by(FastService.id)).all()
    if not services:
        return {part.id: [] for part in parts}
    today = business_day(now)
    days = working_days(session, today)
    leaving = _leaving(session, [part.id for part in parts], days, now)
    return {
        part.id: options(
            services,
            part.quantity - part.cancelled - part.shipped,
            leaving[part.id],
            business_day(part.promise.due_at) if part.promise else today,
            days,
        )
        for part in parts
    }


def _leaving(session: Session, part_ids: Sequence[int], days: WorkingDays, now: datetime) -> dict[int, date]:
    """By part, the first day on which its goods can leave its warehouse, by the cut-off it was promised under."""
    stopped = standstills(session, business_day(now))
    query = (
        select(ScheduleLine.id, Order.warehouse_id, ServiceLevel.cut_off)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .outerjoin(ScheduleLine.promise)
        .outerjoin(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(ScheduleLine.id.in_(part_ids))
    )
    return {
        part_id: leaves_on(now, cut_off, days, stopped.get(warehouse_id, ()))
        for part_id, warehouse_id, cut_off in session.execute(query)
    }


def spent_on(session: Session, order: Order) -> int:
    """What faster deliveries of an order cost us so far, in minor units of THB: the extra costs less what the customer
    pays of them.
    """
    ours = func.sum(ExpediteRequest.extra_cost_minor - ExpediteRequest.charge_minor)
    query = (
        select(func.coalesce(ours, 0))
        .join(ScheduleLine, ScheduleLine.id == ExpediteRequest.part_id)
        .join(ScheduleLine.line)
        .where(OrderLine.order_id == order.id, ExpediteRequest.state == RequestState.APPROVED)
    )
    return int(session.scalar(query) or 0)


def margin_of(session: Session, order: Order) -> Margin:
    """What an order earns on the units that are still wanted."""
    query = (
        select(OrderLine.ordered - OrderLine.cancelled, OrderLine.net_minor, Product.unit_cost)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
    )
    lines = [Sold(wanted, net, cost) for wanted, net, cost in session.execute(query)]
    return margin(lines, order.currency)


def story_of(session: Session, order: Order, now: datetime) -> Story:
    """The customer's recent misses and the value of a year's orders."""
    judged = select(func.count(), func.count(case((Promise.state == PromiseState.MISSED, 1)))).where(
        Promise.customer_id == order.customer_id,
        Promise.due_at > now - RECENT,
        Promise.due_at <= now,
        Promise.state.in_((PromiseState.KEPT, PromiseState.MISSED)),
    )
    due, missed = session.execute(judged).one()
    bought = select(func.coalesce(func.sum(Order.net_minor), 0), func.count()).where(
        Order.customer_id == order.customer_id,
        Order.currency == order.currency,
        Order.placed_at > now - YEAR,
    )
    ordered_minor, orders = session.execute(bought).one()
    return Story(due, missed, int(ordered_minor), orders)


def rule_of(session: Session) -> ExpediteRule | None:
    """What is approved at once; None while no manager has set a rule."""
    return session.get(ExpediteRule, 1)
