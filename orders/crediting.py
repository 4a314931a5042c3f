"""Money is given back: for units that the customer did not keep, at their price, or as compensation."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from orders.amounts import worth_of
from orders.models import Order, OrderLine
from orders.pricing import LineSum, order_sum
from orders.sent_again import Bought, Credited, bought_on, credited_of, orders_behind
from orders.shipments import CreditLine, CreditNote
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.money import unit_price
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of crediting, for the audit trail."""

    ISSUED = "credit_note.issued"


def credit_for(line: OrderLine, so_far: Credited, units: int | Fraction, currency: str) -> LineSum:
    """What `units` more of a line are worth, given what was credited before of it and of what was sent again for it.

    All these credits together are its price x the units credited, less its discount, rounded once, and its tax, rounded
    once; so they never add up to more than the line, and the last ones give exactly the rest.
    """
    worth = worth_of(line, so_far.units + units, currency)
    net, vat = min(worth.net_minor, line.net_minor), min(worth.vat_minor, line.vat_minor)
    # Notes brought in with past orders may have been rounded otherwise: then nothing is taken back.
    return LineSum(max(0, net - so_far.net_minor), max(0, vat - so_far.vat_minor))


def issue_credit(
    session: Session, order: Order, units: Mapping[int, int], reason: str, *, by: User | None, now: datetime
) -> CreditNote:
    """A credit note for units (order line id: units) of an order, at the prices of its lines.

    For goods that were sent again free of charge it gives what was paid for those that they were sent for. Refused when
    it names no unit, or more of a line than was delivered and not credited yet; then nothing is credited.
    """
    wanted = {line_id: count for line_id, count in units.items() if count}
    if not wanted or any(count < 0 for count in wanted.values()):
        raise Refused(N_("Name at least one unit to credit."))
    lock(session, Order, orders_behind(session, order.id))
    lines = {line.id: line for line in _lines(session, order) if line.id in wanted}
    if len(lines) != len(wanted):
        raise Refused(N_("A line to credit is not part of this order."))
    bought, before = bought_on(session, lines.values()), _credited_units(session, lines)
    so_far = credited_of(session, {one.line.id for one in bought.values()})
    sums: dict[int, LineSum] = {}
    for line in lines.values():
        count, one = wanted[line.id], bought[line.id]
        known = so_far[one.line.id]
        left = min(
            _delivered(line) - before.get(line.id, 0), floor((_delivered(one.line) - known.units) / one.per)
        )
        if count > left:
            raise Refused(N_("At most %(left)s of %(sku)s can be credited."), left=max(0, left), sku=line.sku)
        given = sums[line.id] = credit_for(one.line, known, count * one.per, order.currency)
        so_far[one.line.id] = known.plus(count * one.per, given.net_minor, given.vat_minor)
    note = _note(session, order, reason, sums, by=by, now=now)
    note.lines = [
        CreditLine(
            n=n,
            product_id=line.product_id,
            order_line_id=line.id,
            quantity=wanted[line.id],
            unit_price=_price(bought[line.id]),
            net_minor=sums[line.id].net_minor,
            vat_minor=sums[line.id].vat_minor,
        )
        for n, line in enumerate(lines.values(), 1)
    ]
    session.add(note)
    after = {"order": order.number, "total_minor": note.total_minor, "currency": note.currency}
    audit.record(session, Verb.ISSUED, "credit_note", note.number, by=by, now=now, after=after)
    return note


def issue_compensation(
    session: Session,
    customer: Customer,
    order: Order | None,
    amount_minor: int,
    currency: str,
    reason: str,
    *,
    by: User | None,
    now: datetime,
) -> CreditNote:
    """A credit note over an amount in minor units that no goods stand behind; it carries no lines and no tax.

    `reason` is a msgid or a sentence. Refused unless the amount is above zero and the order, if named, the customer's.
    """
    if amount_minor <= 0:
        raise Refused(N_("Compensation must be more than nothing."), field="amount")
    if order is not None and order.customer_id != customer.id:
        raise Refused(N_("This order belongs to another company."))
    note = CreditNote(
        number=next_number(session, "CN", business_day(now)),
        customer_id=customer.id,
        order_id=order.id if order else None,
        issued_at=now,
        reason=reason,
        currency=currency,
        net_minor=amount_minor,
        vat_minor=0,
        total_minor=amount_minor,
        issued_by_id=by.id if by else None,
    )
    session.add(note)
    after: dict[str, object] = {"total_minor": note.total_minor, "currency": note.currency}
    if order is not None:
        after["order"] = order.number
    audit.record(session, Verb.ISSUED, "credit_note", note.number, by=by, now=now, after=after)
    return note


def _credited_units(session: Session, line_ids: Mapping[int, object]) -> dict[int, int]:
    """How many units of each of these order lines were credited so far."""
    query = (
        select(CreditLine.order_line_id, func.sum(CreditLine.quantity))
        .where(CreditLine.order_line_id.in_(line_ids))
        .group_by(CreditLine.order_line_id)
    )
    return {line_id: int(units) for line_id, units in session.execute(query) if line_id is not None}


def _delivered(line: OrderLine) -> int:
    return sum(part.delivered for part in line.parts)


def _price(bought: Bought) -> Decimal:
    """What was paid for a unit before any discount."""
    return unit_price(bought.line.unit_price * bought.per.numerator / bought.per.denominator)


def _lines(session: Session, order: Order) -> list[OrderLine]:
    query = (
        select(OrderLine)
        .where(OrderLine.order_id == order.id)
        .options(selectinload(OrderLine.parts))
        .order_by(OrderLine.n)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _note(
    session: Session,
    order: Order,
    reason: str,
    sums: Mapping[int, LineSum],
    *,
    by: User | None,
    now: datetime,
) -> CreditNote:
    total = order_sum(sums.values())
    return CreditNote(
        number=next_number(session, "CN", business_day(now)),
        customer_id=order.customer_id,
        order_id=order.id,
        issued_at=now,
        reason=reason,
        currency=order.currency,
        net_minor=total.net_minor,
        vat_minor=total.vat_minor,
        total_minor=total.total_minor,
        issued_by_id=by.id if by else None,
    )
