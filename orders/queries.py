"""Reading orders for lists and pages, each in a fixed number of statements."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.stock import Reservation
from orders.models import Order, OrderLine, ScheduleLine
from orders.owed import PART_AT_RISK, PART_IN_DANGER, PART_LATE, PART_OWED, STILL_TO_COME
from orders.shipments import CreditNote, Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from orders.states import LineState, Quantities, line_rules, order_state
from policies.promises import Promise, PromiseState
from portal.customers.models import Customer
from portal.db import BigId, Instant
from portal.keyset import Keyset, keyset

PAGE = 25
LONGEST_ID = 18


@dataclass(frozen=True)
class Filter:
    """What a list of orders is narrowed to."""

    customer_id: int | None = None
    text: str = ""
    stage: str = ""


class OrderRow(NamedTuple):
    """One line of a list: the order, its state, and the promise that matters now.

    `lines` are those of which anything stays, or all of them where everything was cancelled.
    """

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


STAGES = ("open", "late", "packed", "under_way", "closed")


def order_page(
    session: Session, narrowed: Filter, *, older_than: str = "", newer_than: str = ""
) -> OrderPage:
    """A page of orders, newest first, by keyset: as fast at a million lines as at a hundred."""
    backwards = bool(newer_than)
    mark = _mark(newer_than or older_than)
    going = "" if mark is None else "newer" if backwards else "older"
    words = narrowed.text.strip()
    query = _page_query(
        by_customer=narrowed.customer_id is not None,
        by_words=bool(words),
        stage=narrowed.stage,
        going=going,
        backwards=backwards,
    )
    moment, last_id = mark or (None, None)
    facts = {"customer": narrowed.customer_id, "words": _escaped(words), "moment": moment, "last": last_id}
    found = [_row(*row) for row in session.connection().execute(query, facts)]  # columns need no mapping
    more, rows = len(found) > PAGE, found[:PAGE]
    if backwards:
        rows.reverse()
    has_newer = more if backwards else bool(older_than)
    has_older = bool(rows) and (True if backwards else more)
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
        .options(
            selectinload(Shipment.lines).options(
                joinedload(ShipmentLine.part).joinedload(ScheduleLine.line),
                selectinload(ShipmentLine.identities).joinedload(ShipmentIdentity.identity),
            )
        )
        .order_by(Shipment.id)
    )
    return list(session.scalars(query))


def credit_notes(
    session: Session,
    customer_id: int | None,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[CreditNote]:
    """A page of the credit notes of one company or of all, the one written last first."""
    query = select(CreditNote).options(joinedload(CreditNote.customer), joinedload(CreditNote.order))
    if customer_id is not None:
        query = query.where(CreditNote.customer_id == customer_id)
    return keyset(session, query, CreditNote.id, older_than=older_than, newer_than=newer_than)


@cache
def _page_query(*, by_customer: bool, by_words: bool, stage: str, going: str, backwards: bool) -> Select[Any]:
    """One page in one statement, made once for each way of narrowing; the states of an order's lines come joined."""
    key = (Order.placed_at, Order.id)
    page = (
        select(
            Order.id,
            Order.number,
            Order.placed_at,
            Customer.name_th.label("customer_th"),
            Customer.name_en.label("customer_en"),
            Order.po_number,
            Order.currency,
            Order.total_minor,
        )
        .join(Customer, Customer.id == Order.customer_id)
        .where(*_narrowing(by_customer=by_customer, by_words=by_words, stage=stage))
        .order_by(*(column if backwards else column.desc() for column in key))
        .limit(literal_column(str(PAGE + 1)))
    )
    if going:
        there = tuple_(bindparam("moment", type_=Instant()), bindparam("last", type_=BigId))
        page = page.where(tuple_(*key) > there if going == "newer" else tuple_(*key) < there)
    orders = page.cte("page")
    lines = _lines_of(orders).subquery("line")
    sums = (
        select(
            lines.c.order_id,
            func.aggregate_strings(lines.c.state, ",").label("states"),
            func.min(lines.c.due).label("next_due_at"),
            func.max(lines.c.missed).label("missed"),
            func.max(lines.c.risky).label("risky"),
        )
        .group_by(lines.c.order_id)
        .subquery("sums")
    )
    shown = select(*orders.c, *(column for column in sums.c if column.name != "order_id"))
    there_first = (column if backwards else column.desc() for column in (orders.c.placed_at, orders.c.id))
    return shown.outerjoin(sums, sums.c.order_id == orders.c.id).order_by(*there_first)


def _narrowing(*, by_customer: bool, by_words: bool, stage: str) -> Iterator[ColumnElement[bool]]:
    if by_customer:
        yield Order.customer_id == bindparam("customer")
    if by_words:
        found_in = (Order.number, Order.po_number, Customer.name_th, Customer.name_en)
        yield or_(*(column.icontains(bindparam("words"), escape="/") for column in found_in))
    if stage == "closed":
        yield Order.closed_at.is_not(None)
    elif stage:
        yield Order.closed_at.is_(None)
    if stage in ("packed", "under_way"):
        state = ShipmentState.PICKED if stage == "packed" else ShipmentState.SHIPPED
        yield Order.id.in_(select(Shipment.order_id).where(Shipment.state == state))
    if stage == "late":
        yield Order.id.in_(
            select(OrderLine.order_id)
            .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
            .join(Promise, Promise.id == ScheduleLine.promise_id)
            .where(PART_IN_DANGER)
        )


def _lines_of(orders: CTE) -> Select[Any]:
    """The lines of these orders, each with its state and with what is still owed of it."""
    quantities: Quantities[Any] = Quantities(
        ordered=OrderLine.ordered,
        cancelled=OrderLine.cancelled,
        held=func.coalesce(func.sum(Reservation.held), literal_column("0")),
        picked=func.sum(ScheduleLine.picked),
        shipped=func.sum(ScheduleLine.shipped),
        delivered=func.sum(ScheduleLine.delivered),
    )
    # What matters no more is not looked up: what is held of a line once any of it has left, and a promise that is kept.
    nothing_left = ScheduleLine.shipped == literal_column("0")
    (least,) = _said(LineState.BACKORDERED)
    state = case(*((fits, *_said(state)) for fits, state in line_rules(quantities)), else_=least)
    return (
        select(
            OrderLine.order_id,
            state.label("state"),
            func.min(Promise.due_at).filter(PART_OWED).label("due"),
            func.count().filter(PART_LATE).label("missed"),
            func.count().filter(PART_AT_RISK).label("risky"),
        )
        .join(orders, orders.c.id == OrderLine.order_id)
        .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
        .outerjoin(Reservation, Reservation.id == case((nothing_left, ScheduleLine.reservation_id)))
        .outerjoin(Promise, Promise.id == case((STILL_TO_COME, ScheduleLine.promise_id)))
        .group_by(OrderLine.id, OrderLine.order_id, OrderLine.ordered, OrderLine.cancelled)
    )


def _said(*words: StrEnum) -> tuple[ColumnElement[str], ...]:
    """Words of our own as they stand in a statement, for they never differ between two runs of it."""
    return tuple(literal_column(f"'{word}'", String) for word in words)


def _row(
    id_: int,
    number: str,
    placed_at: datetime,
    customer_th: str,
    customer_en: str,
    po_number: str | None,
    currency: str,
    total_minor: int,
    states: str | None,
    next_due_at: datetime | None,
    missed: int | None,
    risky: int | None,
) -> OrderRow:
    return OrderRow(
        id_,
        number,
        placed_at,
        customer_th,
        customer_en,
        po_number,
        currency,
        total_minor,
        *_told(states or ""),
        next_due_at,
        PromiseState.MISSED if missed else PromiseState.AT_RISK if risky else None,
    )


@lru_cache(1024)
def _told(states: str) -> tuple[int, LineState]:
    """How many lines an order has, and its state; most orders of a page are alike in both."""
    of_lines = states.split(",") if states else []
    staying = [state for state in of_lines if state != LineState.CANCELLED]
    return len(staying or of_lines), order_state(map(LineState, set(of_lines)))


def _escaped(words: str) -> str:
    return words.replace("/", "//").replace("%", "/%").replace("_", "/_")


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
