"""Money is given back: for units that the customer did not keep, at their price, or as compensation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from orders.models import Order, OrderLine
from orders.pricing import LineSum, line_sum, order_sum
from orders.shipments import CreditLine, CreditNote
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of crediting, for the audit trail."""

    ISSUED = "credit_note.issued"


@dataclass(frozen=True)
class Credited:
    """What has been credited of a line so far: units, and minor units of money."""

    units: int = 0
    net_minor: int = 0
    vat_minor: int = 0


def credit_for(line: OrderLine, so_far: Credited, units: int, currency: str) -> LineSum:
    """What `units` more of a line are worth, given what was credited before.

    All credits of a line together are its price x the units credited, less its discount, rounded once, and its tax,
    rounded once; so the parts of a line never add up to more than the line, and the last ones give exactly the rest.
    """
    upto = so_far.units + units
    if upto == line.ordered - line.substituted_out:
        worth = LineSum(line.net_minor, line.vat_minor)
    else:
        worth = line_sum(
            line.unit_price, upto, currency, vat_rate_bp=line.vat_rate_bp, discount_bp=line.discount_bp
        )
    # Notes brought in with past orders may have been rounded otherwise: then nothing is taken back.
    return LineSum(max(0, worth.net_minor - so_far.net_minor), max(0, worth.vat_minor - so_far.vat_minor))


def issue_credit(
    session: Session, order: Order, units: Mapping[int, int], reason: str, *, by: User | None, now: datetime
) -> CreditNote:
    """A credit note for units (order line id: units) of an order, at the prices of its lines.

    Refused when it names no unit, or more of a line than was delivered and not credited yet; then nothing is credited.
    """
    wanted = {line_id: count for line_id, count in units.items() if count}
    if not wanted or any(count < 0 for count in wanted.values()):
        raise Refused(N_("Name at least one unit to credit."))
    lock(session, Order, [order.id])
    lines = {line.id: line for line in _lines(session, order) if line.id in wanted}
    if len(lines) != len(wanted):
        raise Refused(N_("A line to credit is not part of this order."))
    so_far = credited(session, lines)
    sums: dict[int, LineSum] = {}
    for line in lines.values():
        left = line.quantities.delivered - so_far[line.id].units
        if wanted[line.id] > left:
            raise Refused(N_("At most %(left)s of %(sku)s can be credited."), left=max(0, left), sku=line.sku)
        sums[line.id] = credit_for(line, so_far[line.id], wanted[line.id], order.currency)
    note = _note(session, order, reason, sums, by=by, now=now)
    note.lines = [
        CreditLine(
            n=n,
            product_id=line.product_id,
            order_line_id=line.id,
            quantity=wanted[line.id],
            unit_price=line.unit_price,
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


def credited(session: Session, line_ids: Mapping[int, object]) -> dict[int, Credited]:
    """What has been credited of each of these order lines so far."""
    query = (
        select(
            CreditLine.order_line_id,
            func.sum(CreditLine.quantity),
            func.sum(CreditLine.net_minor),
            func.sum(CreditLine.vat_minor),
        )
        .where(CreditLine.order_line_id.in_(line_ids))
        .group_by(CreditLine.order_line_id)
    )
    found = {line_id: Credited(int(q), int(net), int(vat)) for line_id, q, net, vat in session.execute(query)}
    return {line_id: found.get(line_id, Credited()) for line_id in line_ids}


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
