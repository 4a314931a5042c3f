"""The buyer asks to send goods back: which, how many, why, and what for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.identifying import Candidates, Units, candidates_of, named_units
from aftersales.models import (
    OPEN_RETURNS,
    Remedy,
    Return,
    ReturnIdentity,
    ReturnLine,
    ReturnReason,
    ReturnState,
)
from aftersales.windows import Window, recalled_among, windows_of, within_window
from orders.models import Order, OrderLine
from policies.kinds import Kind
from policies.promising import promise_case
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, NN_, day_text
from portal.numbering import next_number
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of asking for a return, for the audit trail."""

    REQUESTED = "return.requested"


@dataclass(frozen=True)
class Asked:
    """Units of one order line that somebody wants to send back; serials and lots by number, with their units."""

    line_n: int
    quantity: int
    reason: ReturnReason
    note: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Returnable:
    """A line of which units can come back: at most `left`, until the end of its window."""

    line: OrderLine
    left: int
    window: Window


def ask(
    session: Session,
    order: Order,
    asked: Sequence[Asked],
    remedy: Remedy,
    note: str = "",
    *,
    by: User,
    now: datetime,
) -> Return:
    """A return that waits for our decision, which is promised by the policy in force.

    Refused, changing nothing, at the line's fields `quantity_<n>` and `numbers_<n>`: more than was delivered, is not
    back and not asked for already; after the window of the policy; serials or lots not delivered on that line.
    """
    lock(session, Order, [order.id])
    lines = lines_of(session, order)
    wanted = checked(session, order, lines, asked)
    _refuse_late(session, order, wanted, business_day(now))
    found = Return(
        number=next_number(session, "RT", business_day(now)),
        order_id=order.id,
        order=order,
        state=ReturnState.REQUESTED,
        remedy=remedy,
        note=note.strip(),
        requested_at=now,
        requested_by_id=by.id,
        lines=[return_line(one, line, units) for one, line, units in wanted],
    )
    session.add(found)
    session.flush()  # the promise is written by its own statement
    found.decision_promise = promise_case(
        session, order.customer, Kind.RETURN_DECISION, found.number, start=now, by=by, now=now
    )
    after = {"order": order.number, "units": sum(one.quantity for one in asked), "remedy": str(remedy)}
    audit.record(session, Verb.REQUESTED, "return", found.number, by=by, now=now, after=after)
    return found


def returnables(session: Session, order: Order) -> list[Returnable]:
    """The lines of an order of which units can still come back, with how many and until when."""
    lines = lines_of(session, order)
    asked, windows = asked_for(session, order), windows_of(session, order)
    found = [Returnable(line, returnable(line, asked), windows[line.id]) for line in lines]
    return [one for one in found if one.left]


def returnable(line: OrderLine, asked: Mapping[int, int]) -> int:
    """How many units of a line were delivered, have not come back and are not `asked` for (by line id)."""
    return max(0, line.quantities.delivered - line.returned - asked.get(line.id, 0))


def called_back(session: Session, candidates: Candidates) -> set[int]:
    """The ids of those serials and lots among some that a recall in force names."""
    return recalled_among(session, {id_ for of_line in candidates.values() for id_ in of_line})


def asked_for(session: Session, order: Order) -> dict[int, int]:
    """Units of each order line (by id) that open returns ask for and that are not here yet."""
    query = (
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(ReturnLine.goods_return)
        .where(Return.order_id == order.id, Return.state.in_(OPEN_RETURNS))
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: int(units) for line_id, units in session.execute(query)}


def lines_of(session: Session, order: Order) -> list[OrderLine]:
    """The lines of an order with their parts, read anew."""
    query = (
        select(OrderLine)
        .where(OrderLine.order_id == order.id)
        .options(selectinload(OrderLine.parts), joinedload(OrderLine.product))
        .order_by(OrderLine.n)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


Wanted = tuple[Asked, OrderLine, Units]


def checked(
    session: Session, order: Order, lines: Collection[OrderLine], asked: Sequence[Asked]
) -> list[Wanted]:
    """What is asked for with its lines and the serials and lots meant; refused when it cannot come back.

    Also refused, at the field `reason_<n>`, when it is said to be called back and no recall in force names it.
    """
    asked = [one for one in asked if one.quantity]
    if not asked:
        raise Refused(N_("Say how many units come back."))
    by_n = {line.n: line for line in lines}
    open_units, candidates = asked_for(session, order), candidates_of(session, order)
    taken: dict[int, int] = {}
    wanted = []
    for one in asked:
        if one.line_n not in by_n:
            raise Refused(N_("A line that comes back is not part of this order."))
        line = by_n[one.line_n]
        left = returnable(line, open_units) - taken.get(line.id, 0)
        if not 0 < one.quantity <= left:
            raise Refused(
                N_(
                    "At most %(left)s of %(sku)s can come back: that many were delivered, are not back and not "
                    "asked for yet."
                ),
                field=f"quantity_{one.line_n}",
                left=left,
                sku=line.sku,
            )
        wanted.append((one, line, _named(one, line, candidates, left, again=line.id in taken)))
        taken[line.id] = taken.get(line.id, 0) + one.quantity
    _refuse_not_recalled(session, wanted)
    return wanted


def return_line(one: Asked, line: OrderLine, units: Units) -> ReturnLine:
    """The row of what is asked for."""
    return ReturnLine(
        order_line_id=line.id,
        order_line=line,
        quantity=one.quantity,
        reason=one.reason,
        note=one.note.strip(),
        identities=[ReturnIdentity(identity_id=id_, quantity=count) for id_, count in units.items()],
    )


def _named(one: Asked, line: OrderLine, candidates: Candidates, left: int, *, again: bool) -> Units:
    field_name = f"numbers_{one.line_n}"
    of_line = candidates.get(line.id, {})
    if not of_line:
        if one.numbers:
            raise Refused(
                N_("%(number)s was not delivered to you with %(sku)s of this order."),
                field=field_name,
                number=next(iter(one.numbers)),
                sku=line.sku,
            )
        return {}
    if again:
        raise Refused(N_("%(sku)s is named twice."), field=f"quantity_{one.line_n}", sku=line.sku)
    return named_units(line, of_line, one.numbers, one.quantity, left, field=field_name)


def _refuse_not_recalled(session: Session, wanted: Sequence[Wanted]) -> None:
    said = [(one, line, units) for one, line, units in wanted if one.reason is ReturnReason.RECALLED]
    recalled = recalled_among(session, {id_ for *_, units in said for id_ in units})
    for one, line, units in said:
        if not units or not units.keys() <= recalled:
            raise Refused(
                N_("Nothing of %(sku)s that comes back is called back, so choose another reason."),
                field=f"reason_{one.line_n}",
                sku=line.sku,
            )


def _refuse_late(session: Session, order: Order, wanted: Sequence[Wanted], today: date) -> None:
    windows = windows_of(session, order)
    for one, line, _units in wanted:
        if not within_window(windows[line.id], today, recalled=one.reason is ReturnReason.RECALLED):
            raise Refused(
                NN_(
                    "%(sku)s could be sent back until %(day)s, %(days)s day after its delivery.",
                    "%(sku)s could be sent back until %(day)s, %(days)s days after its delivery.",
                    "days",
                ),
                field=f"quantity_{one.line_n}",
                sku=line.sku,
                day=day_text(windows[line.id].until),
                days=windows[line.id].days,
            )
