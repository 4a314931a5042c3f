"""What the desk works from: orders to pick, promises in danger, goods on the road."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from orders.owed import PART_IN_DANGER, PART_OWED, holds_up_now
from orders.shipments import Shipment, ShipmentLine, ShipmentState
from orders.states import STATE_TITLES, LineState
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from portal.clock import end_of
from portal.customers.models import Customer
from portal.i18n import N_

RECENT_SHIPMENTS = 500
MOST_CARRIERS = 8
DESK_TITLES = STATE_TITLES | {
    LineState.ALLOCATED: N_("Ready to pick"),
    LineState.PARTLY_ALLOCATED: N_("Partly ready to pick"),
}
"""The states of orders and lines, in the words of those who pick."""


@dataclass(frozen=True)
class ToPick:
    """An order with goods in stock that nobody has picked yet, and the day by which they must leave."""

    order_no: str
    customer_th: str
    customer_en: str
    warehouse: str
    warehouse_id: int
    lines: int
    units: int
    ship_by: date | None
    due_at: datetime | None


@dataclass(frozen=True)
class InDanger:
    """A promised part that is still owed and at risk or missed; of `quantity` units; `cause` is why it is now."""

    order_no: str
    customer_th: str
    customer_en: str
    sku: str
    name_th: str
    name_en: str
    quantity: int
    due_at: datetime
    state: str
    cause: str | None


@dataclass(frozen=True)
class OnTheWay:
    """A shipment with a carrier, and the first promise that it keeps."""

    number: str
    order_no: str
    customer_th: str
    customer_en: str
    carrier: str
    tracking_no: str
    shipped_at: datetime
    due_at: datetime | None


def to_pick(session: Session, limit: int = 100) -> list[ToPick]:
    """The orders with goods to pick, the one that must leave first on top."""
    ship_by = func.min(ScheduleLine.ship_by)
    query = (
        _pickable(
            Order.number,
            Customer.name_th,
            Customer.name_en,
            Warehouse.code,
            Warehouse.id,
            func.count(func.distinct(OrderLine.id)),
            func.sum(_pickable_units()),
            ship_by,
            func.min(case((PART_OWED, Promise.due_at))),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .join(Warehouse, Warehouse.id == Order.warehouse_id)
        .outerjoin(Promise, Promise.id == ScheduleLine.promise_id)
        .group_by(Order.id, Order.number, Customer.name_th, Customer.name_en, Warehouse.code, Warehouse.id)
        .order_by(case((ship_by.is_(None), 1), else_=0), ship_by, Order.id)
        .limit(limit)
    )
    return [ToPick(*row) for row in session.execute(query)]


def count_to_pick(session: Session) -> int:
    """How many orders have goods to pick."""
    return session.scalar(_pickable(func.count(func.distinct(Order.id)))) or 0


def pile_to_pick(session: Session, today: date) -> tuple[int, datetime | None, date | None, int]:
    """How many orders have goods to pick, when the oldest came, when the first must leave, how many are late to."""
    late = case((ScheduleLine.ship_by < today, Order.id))
    found = session.execute(
        _pickable(
            func.count(func.distinct(Order.id)),
            func.min(Order.placed_at),
            func.min(ScheduleLine.ship_by),
            func.count(func.distinct(late)),
        )
    ).one()
    return found[0], found[1], found[2], found[3]


def pile_of_shipments(
    session: Session, state: ShipmentState, now: datetime
) -> tuple[int, datetime | None, datetime | None, int]:
    """How many shipments stand in a state, since when the oldest, their first promise, how many are past theirs."""
    due = case((PART_OWED, Promise.due_at))
    late = case((due < now, Shipment.id))
    query = (
        select(
            func.count(func.distinct(Shipment.id)),
            func.min(func.coalesce(Shipment.shipped_at, Shipment.picked_at)),
            func.min(due),
            func.count(func.distinct(late)),
        )
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .outerjoin(Promise, Promise.id == ScheduleLine.promise_id)
        .where(Shipment.state == state)
    )
    found = session.execute(query).one()
    return found[0], found[1], found[2], found[3]


def in_danger(session: Session, limit: int = 50, *, customer: Customer | None = None) -> list[InDanger]:
    """The promised parts that are missed or at risk, to one company or to all, the longest overdue first."""
    query = (
        _owed_in_danger(
            Order.number,
            Customer.name_th,
            Customer.name_en,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            ScheduleLine.quantity - ScheduleLine.cancelled - ScheduleLine.delivered,
            Promise.due_at,
            Promise.state,
            holds_up_now(),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .order_by(Promise.due_at, Promise.id)
        .limit(limit)
    )
    if customer is not None:
        query = query.where(Order.customer_id == customer.id)
    return [InDanger(*row) for row in session.execute(query)]


def count_in_danger(session: Session, customer: Customer | None = None) -> tuple[int, int]:
    """How many promised parts are at risk, and how many missed and still owed, of one company or of all."""
    missed = Promise.state == PromiseState.MISSED
    query = _owed_in_danger(func.count(case((~missed, 1))), func.count(case((missed, 1))))
    if customer is not None:
        query = query.where(Order.customer_id == customer.id)
    risky, late = session.execute(query).one()
    return risky, late


def on_the_way(session: Session, limit: int = 50, *, due_by: date | None = None) -> list[OnTheWay]:
    """The shipments that have left and not arrived, the first promised on top; with `due_by` only those due by then."""
    due = func.min(case((PART_OWED, Promise.due_at)))
    columns: tuple[Any, ...] = (
        Shipment.number,
        Order.number,
        Customer.name_th,
        Customer.name_en,
        Shipment.carrier,
        Shipment.tracking_no,
        Shipment.shipped_at,
        due,
    )
    query = (
        select(*columns)
        .join(Order, Order.id == Shipment.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .outerjoin(Promise, Promise.id == ScheduleLine.promise_id)
        .where(Shipment.state == ShipmentState.SHIPPED)
        .group_by(Shipment.id, Order.number, Customer.name_th, Customer.name_en)
        .order_by(case((due.is_(None), 1), else_=0), due, Shipment.id)
        .limit(limit)
    )
    if due_by is not None:
        query = query.having(due <= end_of(due_by))
    return [OnTheWay(*row) for row in session.execute(query)]


def count_on_the_way(session: Session) -> int:
    """How many shipments have left and not arrived."""
    return session.scalar(select(func.count()).where(Shipment.state == ShipmentState.SHIPPED)) or 0


def usual_carriers(session: Session) -> list[str]:
    """The carriers of the latest shipments, the most used first."""
    latest = (
        select(Shipment.carrier)
        .where(Shipment.carrier != "")
        .order_by(Shipment.id.desc())
        .limit(RECENT_SHIPMENTS)
        .subquery()
    )
    used = select(latest.c.carrier).group_by(latest.c.carrier).order_by(func.count().desc(), latest.c.carrier)
    return list(session.scalars(used.limit(MOST_CARRIERS)))


def find_orders(session: Session, text: str, limit: int) -> list[tuple[Order, Customer]]:
    """Orders whose number, purchase order or tracking number contains a text, newest first."""
    shipped = select(Shipment.order_id).where(Shipment.tracking_no.icontains(text, autoescape=True))
    query = (
        select(Order, Customer)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            or_(
                Order.number.icontains(text, autoescape=True),
                Order.po_number.icontains(text, autoescape=True),
                Order.id.in_(shipped),
            )
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(limit)
    )
    return [(order, customer) for order, customer in session.execute(query)]


def count_open(session: Session, customer: Customer) -> int:
    """How many orders of a company are still owed something."""
    query = select(func.count()).where(Order.customer_id == customer.id, Order.closed_at.is_(None))
    return session.scalar(query) or 0


def _pickable_units() -> ColumnElement[int]:
    return Reservation.held - (ScheduleLine.picked - ScheduleLine.shipped)


def _pickable(*columns: Any) -> Select[Any]:
    """A question about the parts that lie in stock and nobody has picked."""
    return (
        select(*columns)
        .select_from(ScheduleLine)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .where(Reservation.quantity > 0, _pickable_units() > 0)
    )


def _owed_in_danger(*columns: Any) -> Select[Any]:
    """A question about the promised parts that are still owed and at risk or missed."""
    return (
        select(*columns)
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .where(Promise.kind == Kind.LEAD_TIME, PART_IN_DANGER)
    )
