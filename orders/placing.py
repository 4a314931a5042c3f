"""The buyer places an order: prices, stock, dates and promises are settled in one act."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from inventory.allotting import settling
from inventory.availability import home_warehouse
from inventory.models import Warehouse
from inventory.reserving import Supply, reserve
from inventory.stock import Reservation
from inventory.tariffs import Offer, offers
from orders import acknowledging, noticing
from orders.dating import Dated, Terms, date_part
from orders.fitting import refuse_short
from orders.models import Order, OrderLine, ScheduleLine
from orders.offering_round import offer_for_order
from orders.pricing import LineSum, line_sum, order_sum
from orders.seen_days import days_shown, refuse_later
from orders.standstills import standstills_at
from orders.wishes import Wish, refuse_bad_shape
from policies.book import both_in_force, no_lead_time
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.outcomes import Outcome, record_outcomes
from policies.places import places
from policies.promises import Promise
from policies.promising import Vow, due_for, make
from portal import audit
from portal.accounts.models import User
from portal.batches import append, insert_all, insert_object, together
from portal.clock import at, business_day, end_of
from portal.customers.models import Customer
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

LOOK_BACK = timedelta(days=60)
"""Closures longer ago than this never matter to a new order, not even for the day it must leave the warehouse."""


class Verb(StrEnum):
    """Acts of ordering, for the audit trail."""

    PLACED = "order.placed"


@dataclass
class _Draft:
    """A line being made: what is offered, price, sums and dated parts."""

    product: Offer
    quantity: int
    price: Decimal
    vat_rate_bp: int
    sums: LineSum
    parts: list[Dated] = field(default_factory=list)


def place(
    session: Session, customer: Customer, wish: Wish, *, vat_rate_bp: int, by: User, now: datetime
) -> Order:
    """The confirmed order for a wish, with stock reserved and every part promised a date.

    The same wish again gives the order that exists. Refused, changing nothing, when a product cannot be ordered, the
    total differs from the one the buyer saw, a line would come later than the buyer saw, or no policy promises a lead
    time.
    """
    existing = order_for_key(session, customer, wish.key)
    if existing is not None:
        return existing
    today = business_day(now)
    refuse_bad_shape(wish.lines, wish.requested_on, today)
    drafts = _drafts(session, customer, wish, vat_rate_bp, today)
    total = order_sum(draft.sums for draft in drafts)
    if wish.seen_total_minor is not None and wish.seen_total_minor != total.total_minor:
        raise Refused(
            N_(
                "The basket or its prices have changed since you opened this page. Look at the total and order again."
            )
        )
    warehouse, transit_days = home_warehouse(session, customer.ship_to.province if customer.ship_to else None)
    levels = both_in_force(session, customer, Kind.LEAD_TIME, Kind.ORDER_CONFIRMATION, today)
    level, confirmation = levels.get(Kind.LEAD_TIME), levels.get(Kind.ORDER_CONFIRMATION)
    if level is None:
        raise no_lead_time()
    terms = Terms.at(
        places(session, today - LOOK_BACK),
        warehouse,
        now,
        level,
        transit_days,
        wish.requested_on,
        standstills_at(session, warehouse.id, today, promising=True),
    )
    ids = [draft.product.product_id for draft in drafts]
    supply = Supply(session, ids, warehouse.id, today, own=wish.held, now=now)
    refuse_short([(draft.product, draft.quantity) for draft in drafts], supply)
    for draft in drafts:
        parts = supply.split(draft.product.product_id, draft.quantity)
        draft.parts = [date_part(part, terms, draft.product.replenishment_days) for part in parts]
    coming = days_shown({draft.product.product_id: draft.parts for draft in drafts})
    refuse_later(wish.seen_days, coming, wish.requested_on)
    promised = [dated.due_on for draft in drafts for dated in draft.parts]
    confirmed_by = due_for(session, confirmation, now) if confirmation else now
    expected = {
        Order: 1,
        OrderLine: len(drafts),
        Promise: len(promised) + (confirmation is not None),
        Reservation: len(promised),
    }
    with settling(session, now=now), together(session, expected):
        order = _new_order(session, customer, wish, warehouse, transit_days, total, by, now)
        _add_lines(session, order, drafts, supply, terms.level, by=by, now=now)
        acknowledging.issue(
            session, order, [_acknowledged(n, draft) for n, draft in enumerate(drafts, 1)], now=now
        )
        if confirmation is not None:  # the acknowledgement was issued in this very act
            outcome = Outcome(order.number, now, confirmed_by, now)
            record_outcomes(session, confirmation, customer.id, [outcome], by=by, now=now)
        noticing.tell_placed(session, order, by, promised, len(drafts), now=now)
        after = {"total_minor": total.total_minor, "currency": order.currency, "lines": len(drafts)}
        audit.record(session, Verb.PLACED, "order", order.number, by=by, now=now, after=after)
    if any(dated.backorder for draft in drafts for dated in draft.parts):
        offer_for_order(session, order, now=now)
    return order


def order_for_key(session: Session, customer: Customer, key: str) -> Order | None:
    """The order that a wish has already become."""
    order_id = session.execute(_KNOWN, {"customer_id": customer.id, "key": key}).scalar()
    return None if order_id is None else session.get_one(Order, order_id)


_KNOWN = select(Order.id).where(
    Order.customer_id == bindparam("customer_id"), Order.idempotency_key == bindparam("key")
)
"""Asked before every order, and nearly always in vain."""


def _drafts(session: Session, customer: Customer, wish: Wish, vat_rate_bp: int, today: date) -> list[_Draft]:
    """The lines that are wished for, with their prices and sums."""
    wanted = [product_id for product_id, _ in wish.lines]
    if len(set(wanted)) != len(wanted):
        raise Refused(N_("A product stands in the order twice."))
    offered = offers(session, customer, dict(wish.lines), on=today)
    drafts = []
    for product_id, quantity in wish.lines:
        product = offered.get(product_id)
        if product is None:
            raise Refused(N_("A product in the basket does not exist any more."))
        if not product.shown:
            raise Refused(N_("%(sku)s is not in your catalogue any more."), sku=product.sku)
        if not product.active:
            raise Refused(N_("%(sku)s is not sold any more."), sku=product.sku)
        if product.price is None:
            raise Refused(
                N_("%(sku)s has no price in %(currency)s for you."),
                sku=product.sku,
                currency=customer.currency,
            )
        sums = line_sum(product.price, quantity, customer.currency, vat_rate_bp=vat_rate_bp)
        drafts.append(_Draft(product, quantity, product.price, vat_rate_bp, sums))
    return drafts


def _new_order(
    session: Session,
    customer: Customer,
    wish: Wish,
    warehouse: Warehouse,
    transit_days: int,
    total: LineSum,
    by: User,
    now: datetime,
) -> Order:
    address = customer.ship_to
    order = Order(
        number=next_number(session, "SO", business_day(now)),
        customer_id=customer.id,
        buyer_id=by.id,
        warehouse_id=warehouse.id,
        idempotency_key=wish.key,
        placed_at=now,
        requested_on=wish.requested_on,
        po_number=wish.po_number or None,
        note=wish.note or None,
        ship_to_th=address.line_th if address else "",
        ship_to_en=address.line_en if address else "",
        transit_days=transit_days,
        currency=customer.currency,
        net_minor=total.net_minor,
        vat_minor=total.vat_minor,
        total_minor=total.total_minor,
    )
    insert_object(session, order)
    return order


def _add_lines(
    session: Session,
    order: Order,
    drafts: list[_Draft],
    supply: Supply,
    level: ServiceLevel,
    *,
    by: User,
    now: datetime,
) -> None:
    rows = [
        {
            "order_id": order.id,
            "n": n,
            "product_id": draft.product.product_id,
            "sku": draft.product.sku,
            "name_th": draft.product.name_th,
            "name_en": draft.product.name_en,
            "unit_th": draft.product.unit_th,
            "unit_en": draft.product.unit_en,
            "ordered": draft.quantity,
            "short": sum(dated.part.quantity for dated in draft.parts if dated.backorder),
            "unit_price": draft.price,
            "vat_rate_bp": draft.vat_rate_bp,
            "net_minor": draft.sums.net_minor,
            "vat_minor": draft.sums.vat_minor,
        }
        for n, draft in enumerate(drafts, 1)
    ]
    line_ids = insert_all(session, OrderLine, rows)
    parts = [
        (line_id, n, k, dated)
        for (n, draft), line_id in zip(enumerate(drafts, 1), line_ids, strict=True)
        for k, dated in enumerate(draft.parts, 1)
    ]
    names = [f"{order.number}/{n}.{k}" for _, n, k, _ in parts]
    dues = [end_of(dated.due_on) for *_, dated in parts]
    starts = [at(dated.counted_from) for *_, dated in parts]
    promises = make(session, level, order.customer_id, list(map(Vow, names, dues, starts)), by=by, now=now)
    held = reserve(
        session,
        [(name, dated.part, due) for name, due, (*_, dated) in zip(names, dues, parts, strict=True)],
        order.customer,
        taken_over=supply.taken_over,
        now=now,
    )
    append(
        session,
        ScheduleLine,
        [
            {
                "line_id": line_id,
                "n": k,
                "quantity": dated.part.quantity,
                "backorder": dated.backorder,
                "ship_by": dated.ship_by,
                "reservation_id": reservation_id,
                "promise_id": promise_id,
                "found": dated.found,
            }
            for (line_id, _, k, dated), promise_id, reservation_id in zip(parts, promises, held, strict=True)
        ],
    )


def _acknowledged(n: int, draft: _Draft) -> acknowledging.AcknowledgedLine:
    product = draft.product
    return acknowledging.AcknowledgedLine(
        n=n,
        sku=product.sku,
        name_th=product.name_th,
        name_en=product.name_en,
        unit_th=product.unit_th,
        unit_en=product.unit_en,
        quantity=draft.quantity,
        unit_price=str(draft.price),
        net_minor=draft.sums.net_minor,
        vat_rate_bp=draft.vat_rate_bp,
        parts=[
            acknowledging.AcknowledgedPart(
                dated.part.quantity, dated.backorder, dated.due_on.isoformat(), dated.found
            )
            for dated in draft.parts
        ],
    )
