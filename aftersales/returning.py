"""Goods come back unannounced: staff take them in, judge them and credit them in one act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import return_notices
from aftersales.inspecting import Finding, judge
from aftersales.models import Disposition, Remedy, Return, ReturnReason, ReturnState
from aftersales.receiving import take_in
from aftersales.requesting import Asked, checked, lines_of, return_line
from aftersales.settling import close, facts_of
from orders.models import Order
from orders.sent_again import orders_behind
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.numbering import next_number


class Verb(StrEnum):
    """Acts of returning, for the audit trail."""

    TAKEN_BACK = "return.taken_back"


@dataclass(frozen=True)
class Back:
    """Units of one order line that came back: why, and what becomes of them; serials and lots by number."""

    line_n: int
    quantity: int
    reason: ReturnReason
    disposition: Disposition
    numbers: Mapping[str, int] = field(default_factory=dict)


def take_back(session: Session, order: Order, backs: Sequence[Back], *, by: User, now: datetime) -> Return:
    """Goods of a delivered order are back: a credit note is issued, and units fit for sale go back into stock.

    What goes into stock serves the orders that wait for it. Refused, changing nothing, when no unit came back or more
    of a line than was delivered, is not back and not asked for; a refusal names the line's field `quantity_<n>`.
    """
    lock(session, Order, orders_behind(session, order.id))
    asked = [
        Asked(one.line_n, one.quantity, one.reason, numbers=one.numbers) for one in backs if one.quantity
    ]
    wanted = checked(session, order, lines_of(session, order), asked)
    lines = [return_line(one, line, units) for one, line, units in wanted]
    for line in lines:
        line.received = line.quantity
    found = Return(
        number=next_number(session, "RT", business_day(now)),
        order_id=order.id,
        order=order,
        state=ReturnState.AUTHORISED,
        remedy=Remedy.CREDIT,
        requested_at=now,
        requested_by_id=by.id,
        decided_at=now,
        decided_by_id=by.id,
        lines=lines,
    )
    session.add(found)
    session.flush()  # the findings name its lines
    take_in(session, found, by=by, now=now)
    became = [one.disposition for one in backs if one.quantity]
    findings = [Finding(line.id, way, line.quantity) for line, way in zip(lines, became, strict=True)]
    judge(session, found, findings, by=by, now=now)
    close(session, found, by=by, now=now)
    after = {"order": order.number, "units": sum(line.quantity for line in lines)} | facts_of(found)
    audit.record(session, Verb.TAKEN_BACK, "return", found.number, by=by, now=now, after=after)
    units = sum(line.quantity for line in lines)
    return_notices.tell_buyer(session, found, "taken_back", facts_of(found) | {"units": units}, now=now)
    return found
