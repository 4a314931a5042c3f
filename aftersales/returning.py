"""Goods come back: what can be sold again goes into stock, and the buyer is credited for every unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from aftersales.models import REASON_TITLES, Disposition, Return, ReturnLine, ReturnReason
from inventory.ledger import Move, Place
from inventory.stocking import put_back
from orders.crediting import issue_credit
from orders.models import Order, OrderLine
from orders.shipments import CreditNote
from portal import audit, outbox
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

SEVERAL_REASONS = N_("Goods returned for several reasons")


class Verb(StrEnum):
    """Acts of returning, for the audit trail."""

    TAKEN_BACK = "return.taken_back"


@dataclass(frozen=True)
class Back:
    """Units of one order line that came back: why, and what becomes of them."""

    line_n: int
    quantity: int
    reason: ReturnReason
    disposition: Disposition


def take_back(session: Session, order: Order, backs: Sequence[Back], *, by: User, now: datetime) -> Return:
    """Goods of a delivered order are back: a credit note is issued, and units fit for sale go back into stock.

    What goes into stock serves the orders that wait for it. Refused, changing nothing, when no unit came back or more
    of a line than was delivered and has not come back before; a refusal names the line's field `quantity_<n>`.
    """
    backs = [back for back in backs if back.quantity]
    if not backs:
        raise Refused(N_("Say how many units came back."))
    lock(session, Order, [order.id])
    lines = {line.n: line for line in _lines(session, order)}
    units: dict[int, int] = {}
    for back in backs:
        line = _line_of(lines, back)
        left = returnable(line) - units.get(line.id, 0)
        if not 0 < back.quantity <= left:
            raise Refused(
                N_(
                    "At most %(left)s of %(sku)s can come back: that many were delivered and are not back yet."
                ),
                field=f"quantity_{back.line_n}",
                left=left,
                sku=line.sku,
            )
        units[line.id] = units.get(line.id, 0) + back.quantity
    for line in lines.values():
        line.returned += units.get(line.id, 0)
    note = issue_credit(session, order, units, _reason(backs), by=by, now=now)
    taken = Return(
        number=next_number(session, "RT", business_day(now)),
        order_id=order.id,
        credit_note=note,
        received_at=now,
        received_by_id=by.id,
        lines=[
            ReturnLine(
                order_line_id=lines[back.line_n].id,
                quantity=back.quantity,
                reason=back.reason,
                disposition=back.disposition,
            )
            for back in backs
        ],
    )
    session.add(taken)
    session.flush()  # the ledger and the deal read what was written so far
    _restock(session, order, taken, lines, backs, by=by, now=now)
    _tell(session, order, taken, note, now=now)
    after = {"order": order.number, "units": sum(units.values()), "credit_note": note.number}
    audit.record(session, Verb.TAKEN_BACK, "return", taken.number, by=by, now=now, after=after)
    return taken


def returnable(line: OrderLine) -> int:
    """How many units of a line were delivered and have not come back."""
    return max(0, line.quantities.delivered - line.returned)


def _line_of(lines: dict[int, OrderLine], back: Back) -> OrderLine:
    if back.line_n not in lines:
        raise Refused(N_("A line that came back is not part of this order."))
    return lines[back.line_n]


def _lines(session: Session, order: Order) -> list[OrderLine]:
    query = (
        select(OrderLine)
        .where(OrderLine.order_id == order.id)
        .options(selectinload(OrderLine.parts))
        .order_by(OrderLine.n)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _restock(
    session: Session,
    order: Order,
    taken: Return,
    lines: dict[int, OrderLine],
    backs: Sequence[Back],
    *,
    by: User,
    now: datetime,
) -> None:
    places: dict[Place, int] = {}
    for back in backs:
        if back.disposition is Disposition.RESTOCK:
            place = Place(lines[back.line_n].product_id, order.warehouse_id)
            places[place] = places.get(place, 0) + back.quantity
    if places:
        moves = [Move(place, quantity) for place, quantity in places.items()]
        put_back(session, moves, taken.number, by=by, now=now)


def _reason(backs: Sequence[Back]) -> str:
    """Why the credit note is given, as a msgid."""
    reasons = {back.reason for back in backs}
    return REASON_TITLES[reasons.pop()] if len(reasons) == 1 else SEVERAL_REASONS


def _tell(session: Session, order: Order, taken: Return, note: CreditNote, *, now: datetime) -> None:
    if order.buyer is None:
        return
    facts = {
        "number": taken.number,
        "order": order.number,
        "units": sum(line.quantity for line in taken.lines),
        "credit_note": note.number,
        "total_minor": note.total_minor,
        "currency": note.currency,
    }
    key, path = f"returned:{taken.number}", f"/my/returns/{taken.number}"
    template = "aftersales/notices/taken_back.txt"
    outbox.post(session, order.buyer, template, facts, key=key, path=path, now=now)
