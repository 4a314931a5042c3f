"""Reading orders for lists and pages, each in a fixed number of statements."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import CreditNote, Shipment, ShipmentLine
from orders.states import LineState, Quantities, line_state, order_state
from policies.promises import Promise, PromiseState
from portal.customers.models import Customer
from portal.db import Instant

PAGE = 25
LONGEST_ID = 18


@dataclass(frozen=True)
class Filter:
    """What a list of orders is narrowed to."""

    customer_id: int | None = None
    text: str = ""
    stage: str = ""


@dataclass(frozen=True)
class OrderRow:
    """One line of a list: the order, its state, and the promise that matters now."""

    id: int
    number: str
    placed_at: datetime
    customer_th: str
    customer_en: str
    po_number: str | None
    currency: str
    total_minor: int
    lines: int
    state: LineState
    next_due_at: datetime | None
    worst: PromiseState | None


@dataclass(frozen=True)
class OrderPage:
    """A page of orders; `before` and `after` are the places to page on from, None at either end."""

    rows: list[OrderRow]
    older: str | None
    newer: str | None


STAGES = ("open", "late", "closed")


def order_page(
    session: Session, narrowed: Filter, *, older_than: str = "", newer_than: str = ""
) -> OrderPage:
    """A page of orders, newest first, by keyset: as fast at a million lines as at a hundred."""
    query = _narrowed(select(Order), narrowed)
    backwards = bool(newer_than)
    mark = _mark(newer_than or older_than)
    if mark:
        key = tuple_(Order.placed_at, Order.id)
        there = tuple_(literal(mark[0], Instant()), literal(mark[1]))
        query = query.where(key > there if backwards else key < there)
    order_by = (Order.placed_at, Order.id) if backwards else (Order.placed_at.desc(), Order.id.desc())
    query = query.options(joinedload(Order.customer)).order_by(*order_by).limit(PAGE + 1)
    found = list(session.scalars(query))
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    rows = _rows(session, found)
    has_newer = more if backwards else bool(older_than)
    has_older = bool(found) and (True if backwards else more)
    return OrderPage(
        rows,
        older=_place(rows[-1]) if rows and has_older else None,
        newer=_place(rows[0]) if rows and has_newer else None,
    )


def shipments_of(session: Session, order: Order) -> list[Shipment]:
    """The shipments of an order with what is in them, first to last."""
    query = (
        select(Shipment)
        .where(Shipment.order_id == order.id)
        .options(selectinload(Shipment.lines).joinedload(ShipmentLine.part).joinedload(ScheduleLine.line))
        .order_by(Shipment.id)
    )
    return list(session.scalars(query))


def picking_rows(session: Session, limit: int = 100) -> list[OrderRow]:
    """Orders with goods in stock that nobody has picked yet, the most urgent first."""
    waiting = (
        select(OrderLine.order_id, func.min(ScheduleLine.ship_by).label("ship_by"))
        .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
        .join(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .where(Reservation.held > ScheduleLine.picked - ScheduleLine.shipped)
        .group_by(OrderLine.order_id)
        .order_by(func.min(ScheduleLine.ship_by), OrderLine.order_id)
        .limit(limit)
        .subquery()
    )
    query = (
        select(Order)
        .join(waiting, waiting.c.order_id == Order.id)
        .options(joinedload(Order.customer))
        .order_by(waiting.c.ship_by, Order.id)
    )
    return _rows(session, list(session.scalars(query)))


def credit_notes(session: Session, customer_id: int | None, limit: int = 100) -> list[CreditNote]:
    """The latest credit notes, of one company or of all."""
    query = select(CreditNote).options(joinedload(CreditNote.customer), joinedload(CreditNote.order))
    if customer_id is not None:
        query = query.where(CreditNote.customer_id == customer_id)
    return list(
        session.scalars(query.order_by(CreditNote.issued_at.desc(), CreditNote.id.desc()).limit(limit))
    )


def _narrowed(query: Select[Order], narrowed: Filter) -> Select[Order]:
    if narrowed.customer_id is not None:
        query = query.where(Order.customer_id == narrowed.customer_id)
    if narrowed.text:
        wanted = narrowed.text.strip()
        query = query.join(Customer, Customer.id == Order.customer_id).where(
            or_(
                *(
                    column.icontains(wanted, autoescape=True)
                    for column in (Order.number, Order.po_number, Customer.name_th, Customer.name_en)
                )
            )
        )
    if narrowed.stage == "open":
        query = query.where(Order.closed_at.is_(None))
    elif narrowed.stage == "closed":
        query = query.where(Order.closed_at.is_not(None))
    elif narrowed.stage == "late":
        late = (
            select(OrderLine.order_id)
            .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
            .join(Promise, Promise.id == ScheduleLine.promise_id)
            .where(
                Promise.fulfilled_at.is_(None),
                Promise.state.in_((PromiseState.AT_RISK, PromiseState.MISSED)),
                ScheduleLine.cancelled < ScheduleLine.quantity,
            )
        )
        query = query.where(Order.id.in_(late), Order.closed_at.is_(None))
    return query


def _rows(session: Session, orders: list[Order]) -> list[OrderRow]:
    ids = [order.id for order in orders]
    states: dict[int, list[LineState]] = {id_: [] for id_ in ids}
    dues: dict[int, datetime | None] = {}
    worst: dict[int, PromiseState | None] = {}
    if ids:
        for row in session.execute(_line_sums(ids)):
            q = Quantities(row.ordered, row.cancelled, row.held, row.picked, row.shipped, row.delivered)
            states[row.order_id].append(line_state(q))
            if row.due and (
                row.order_id not in dues or dues[row.order_id] is None or row.due < dues[row.order_id]
            ):
                dues[row.order_id] = row.due
            worst[row.order_id] = _worse(worst.get(row.order_id), row.missed, row.risky)
    return [
        OrderRow(
            id=order.id,
            number=order.number,
            placed_at=order.placed_at,
            customer_th=order.customer.name_th,
            customer_en=order.customer.name_en,
            po_number=order.po_number,
            currency=order.currency,
            total_minor=order.total_minor,
            lines=len(states[order.id]),
            state=order_state(states[order.id]),
            next_due_at=dues.get(order.id),
            worst=worst.get(order.id),
        )
        for order in orders
    ]


def _line_sums(order_ids: list[int]):  # type: ignore[no-untyped-def]
    owed = (
        Promise.fulfilled_at.is_(None)
        & Promise.state.in_((PromiseState.OPEN, PromiseState.AT_RISK, PromiseState.MISSED))
        & (ScheduleLine.cancelled < ScheduleLine.quantity)
    )
    return (
        select(
            OrderLine.order_id,
            OrderLine.ordered,
            OrderLine.cancelled,
            func.coalesce(func.sum(Reservation.held), 0).label("held"),
            func.sum(ScheduleLine.picked).label("picked"),
            func.sum(ScheduleLine.shipped).label("shipped"),
            func.sum(ScheduleLine.delivered).label("delivered"),
            func.min(Promise.due_at).filter(owed).label("due"),
            func.count().filter(owed, Promise.state == PromiseState.MISSED).label("missed"),
            func.count().filter(owed, Promise.state == PromiseState.AT_RISK).label("risky"),
        )
        .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
        .outerjoin(Reservation, Reservation.id == ScheduleLine.reservation_id)
        .outerjoin(Promise, Promise.id == ScheduleLine.promise_id)
        .where(OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.id, OrderLine.order_id, OrderLine.ordered, OrderLine.cancelled)
    )


def _worse(so_far: PromiseState | None, missed: int, risky: int) -> PromiseState | None:
    if missed or so_far is PromiseState.MISSED:
        return PromiseState.MISSED
    return PromiseState.AT_RISK if risky else so_far


def _place(row: OrderRow) -> str:
    return f"{row.placed_at.isoformat()}~{row.id}"


def _mark(place: str) -> tuple[datetime, int] | None:
    said, _, id_ = place.partition("~")
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    if moment.tzinfo is None or not id_.isdecimal() or len(id_) > LONGEST_ID:
        return None
    return moment, int(id_)
