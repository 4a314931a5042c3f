"""Goods that could not be kept are sent once more: an order of its own, free of charge, with promised dates."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.reserving import Supply, reserve
from orders import acknowledging
from orders.dating import Dated, Standstill, Terms, date_part
from orders.models import Order, OrderLine, Origin, ScheduleLine
from orders.placing import LOOK_BACK
from orders.standstills import standstills_at
from policies.book import both_in_force, no_lead_time
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.outcomes import Outcome, record_outcomes
from policies.places import places
from policies.promising import Vow, due_for, make
from portal import audit
from portal.accounts.models import User
from portal.clock import at, business_day, end_of
from portal.db import lock
from portal.i18n import N_
from portal.money import BASIS_POINTS
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of replacing, for the audit trail."""

    REPLACED = "order.replacement_placed"


def replace(
    session: Session,
    order: Order,
    units: Mapping[int, int],
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> Order:
    """A replacement order for units (order line id: units) of an order: nothing to pay, each part promised a date.

    It belongs to the buyer of the order and goes to the same address; `cause_no`, what it is for, names it once.
    Refused, changing nothing, when it names no unit, more of a line than was delivered, or a product no longer sold.
    """
    wanted = {line_id: count for line_id, count in units.items() if count}
    if not wanted or any(count < 0 for count in wanted.values()):
        raise Refused(N_("Name at least one unit to replace."))
    today = business_day(now)
    standstills = wait_for_standstills(session, order, now=now)
    lock(session, Order, [order.id])
    lines = _lines(session, order, wanted)
    levels = both_in_force(session, order.customer, Kind.LEAD_TIME, Kind.ORDER_CONFIRMATION, today)
    level, confirmation = levels.get(Kind.LEAD_TIME), levels.get(Kind.ORDER_CONFIRMATION)
    if level is None:
        raise no_lead_time()
    terms = Terms.at(
        places(session, today - LOOK_BACK),
        order.warehouse,
        now,
        level,
        order.transit_days,
        standstills=standstills,
    )
    supply = Supply(session, [line.product_id for line in lines], order.warehouse_id, today, now=now)
    dated = [
        [
            date_part(part, terms, line.product.replenishment_days)
            for part in supply.split(line.product_id, wanted[line.id])
        ]
        for line in lines
    ]
    made = _new_order(session, order, cause_no, now=now)
    for n, (line, parts) in enumerate(zip(lines, dated, strict=True), 1):
        _add_line(session, made, n, line, wanted[line.id], parts, terms.level, by=by, now=now)
    sheet = [
        _acknowledged(n, line, wanted[line.id], parts)
        for n, (line, parts) in enumerate(zip(lines, dated, strict=True), 1)
    ]
    acknowledging.issue(session, made, sheet, now=now)
    if confirmation is not None:  # the acknowledgement was issued in this very act
        outcome = Outcome(made.number, now, due_for(session, confirmation, now), now)
        record_outcomes(session, confirmation, made.customer_id, [outcome], by=by, now=now)
    after = {"order": order.number, "for": cause_no, "units": sum(wanted.values())}
    audit.record(session, Verb.REPLACED, "order", made.number, by=by, now=now, after=after)
    return made


def wait_for_standstills(session: Session, order: Order, *, now: datetime) -> list[Standstill]:
    """The standstills that a replacement is dated around, kept as they are until it is on record.

    They are locked before any order, as by those who confirm a disruption: whoever locks the order of a replacement
    earlier in the same act asks for them before that.
    """
    return standstills_at(session, order.warehouse_id, business_day(now), promising=True)


def _lines(session: Session, order: Order, wanted: Mapping[int, int]) -> list[OrderLine]:
    query = (
        select(OrderLine)
        .where(OrderLine.order_id == order.id, OrderLine.id.in_(wanted))
        .order_by(OrderLine.n)
        .options(joinedload(OrderLine.product))
    )
    lines = list(session.scalars(query))
    if len(lines) != len(wanted):
        raise Refused(N_("A line to replace is not part of this order."))
    for line in lines:
        delivered = line.quantities.delivered
        if wanted[line.id] > delivered:
            raise Refused(
                N_("At most %(left)s of %(sku)s can be replaced."),
                left=delivered,
                sku=line.sku,
            )
        if not line.product.active:
            raise Refused(N_("%(sku)s is not sold any more."), sku=line.sku)
    return lines


def _new_order(session: Session, order: Order, cause_no: str, *, now: datetime) -> Order:
    made = Order(
        number=next_number(session, "SO", business_day(now)),
        customer=order.customer,
        buyer=order.buyer,
        warehouse=order.warehouse,
        origin=Origin.REPLACEMENT,
        idempotency_key=f"replacement:{cause_no}",
        placed_at=now,
        po_number=order.po_number,
        ship_to_th=order.ship_to_th,
        ship_to_en=order.ship_to_en,
        transit_days=order.transit_days,
        currency=order.currency,
        net_minor=0,
        vat_minor=0,
        total_minor=0,
    )
    session.add(made)
    session.flush()  # the lines need the order's id
    return made


def _add_line(
    session: Session,
    made: Order,
    n: int,
    line: OrderLine,
    quantity: int,
    parts: list[Dated],
    level: ServiceLevel,
    *,
    by: User | None,
    now: datetime,
) -> None:
    copied = {name: getattr(line, name) for name in ("sku", "name_th", "name_en", "unit_th", "unit_en")}
    again = OrderLine(
        order_id=made.id,
        n=n,
        product_id=line.product_id,
        **copied,
        ordered=quantity,
        stands_for_id=line.id,
        short=sum(dated.part.quantity for dated in parts if dated.backorder),
        unit_price=line.unit_price,
        discount_bp=BASIS_POINTS,
        vat_rate_bp=line.vat_rate_bp,
        net_minor=0,
        vat_minor=0,
    )
    session.add(again)
    session.flush()  # its parts need the line's id
    names = [f"{made.number}/{n}.{k}" for k, _ in enumerate(parts, 1)]
    dues = [end_of(dated.due_on) for dated in parts]
    starts = [at(one.counted_from) for one in parts]
    promises = make(session, level, made.customer_id, list(map(Vow, names, dues, starts)), by=by, now=now)
    held = reserve(
        session,
        [(name, dated.part, due) for name, dated, due in zip(names, parts, dues, strict=True)],
        made.customer,
        now=now,
    )
    session.add_all(
        ScheduleLine(
            line_id=again.id,
            n=k,
            quantity=dated.part.quantity,
            backorder=dated.backorder,
            ship_by=dated.ship_by,
            reservation_id=reservation_id,
            promise_id=promise_id,
            found=dated.found,
        )
        for k, (dated, promise_id, reservation_id) in enumerate(zip(parts, promises, held, strict=True), 1)
    )


def _acknowledged(
    n: int, line: OrderLine, quantity: int, parts: list[Dated]
) -> acknowledging.AcknowledgedLine:
    facts: dict[str, Any] = {
        name: getattr(line, name)
        for name in ("sku", "name_th", "name_en", "unit_th", "unit_en", "vat_rate_bp")
    }
    return acknowledging.AcknowledgedLine(
        n=n,
        quantity=quantity,
        unit_price=str(line.unit_price),
        net_minor=0,
        parts=[
            acknowledging.AcknowledgedPart(
                dated.part.quantity, dated.backorder, dated.due_on.isoformat(), dated.found
            )
            for dated in parts
        ],
        **facts,
    )
