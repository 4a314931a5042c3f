"""The books are brought in line with what is there: proposed with a reason, approved by another person, booked.

What is worth little is booked at once, by rule. Units that are gone cannot serve anybody: where too few are free
baskets let go, and those who are last by the dealing rule give way, as they do for a hold, and wait again. What lies
picked for a shipment is spared, but for the lots and serials that are named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import adjusting_numbers
from inventory.allotting import settle
from inventory.coming import receipts_at
from inventory.counting_terms import CURRENCY, terms
from inventory.counts import (
    AdjustmentReason,
    AdjustmentState,
    CountLine,
    CountSheet,
    SheetState,
    StockAdjustment,
)
from inventory.dealing import deal, resource, waiting_at
from inventory.ledger import Move, Place, stock_rows, write_movements
from inventory.models import Product, Warehouse
from inventory.quarantine import give_way, lies_picked
from inventory.stock import OWED, MovementKind, Reservation, Stock
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.money import line_amount
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "AD"
MOST_UNITS = 10**9
LATELY = timedelta(days=1)
"""Corrections of one place and person count as one for so long, so that a large one is not made in slices."""
ONLY_OUT = {AdjustmentReason.DAMAGED, AdjustmentReason.LOST}


class Verb(StrEnum):
    """Acts on adjustments, for the audit trail."""

    PROPOSED = "adjustment.proposed"
    AT_ONCE = "adjustment.booked_at_once"
    APPROVED = "adjustment.approved"
    REFUSED = "adjustment.refused"


@dataclass(frozen=True)
class Correction:
    """Units to add to the books (positive) or to take off them, and why.

    `numbers` are the units of each lot or serial among them: as proposed they have no sign, as recorded the quantity's.
    """

    product: Product
    warehouse: Warehouse
    quantity: int
    reason: AdjustmentReason
    note: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it is booked."""
        return Place(self.product.id, self.warehouse.id)


@dataclass(frozen=True)
class Booked:
    """Who is served by units that were found, and who gave way for units that are gone: reservation ids."""

    served: tuple[int, ...] = ()
    gave_way: tuple[int, ...] = ()


def worth_minor(product: Product, quantity: int, numbers: Mapping[str, int]) -> int | None:
    """What the units of a correction cost, in satang; None while nobody has said what one costs."""
    if product.unit_cost is None:
        return None
    units = max(abs(quantity), sum(map(abs, numbers.values())))
    return line_amount(product.unit_cost, units, CURRENCY)


def propose(session: Session, facts: Correction, *, by: User, now: datetime) -> StockAdjustment:
    """Put a correction on record; one worth no more than the terms say is booked at once, others wait for approval.

    What the same person had booked at once of the product in the warehouse within a day counts with it.
    Refused for no units, for a reason that does not fit them, when fewer are there than are to leave, and for lots and
    serials that cannot be as said.
    """
    _refuse_shape(facts)
    numbers = adjusting_numbers.signed(facts.product, facts.quantity, facts.numbers)
    facts = replace(facts, numbers=numbers)
    row = stock_rows(session, [facts.place])[facts.place]
    no = _impossible(session, facts, row)
    if no is not None:
        raise no
    return record(session, facts, proposed_by=by, by=by, now=now)


def record(
    session: Session, facts: Correction, *, proposed_by: User | None, by: User | None, now: datetime
) -> StockAdjustment:
    """Write a correction that was judged; what is small and can be is booked at once. The stock row is locked."""
    worth = worth_minor(facts.product, facts.quantity, facts.numbers)
    row = stock_rows(session, [facts.place])[facts.place]
    small = worth is not None and worth + _booked_lately(session, facts, proposed_by, now) <= (
        terms(session).at_once_minor
    )
    at_once = small and _impossible(session, facts, row) is None
    found = StockAdjustment(
        number=next_number(session, SERIES, business_day(now)),
        warehouse=facts.warehouse,
        product=facts.product,
        quantity=facts.quantity,
        numbers=dict(facts.numbers),
        reason=facts.reason,
        note=facts.note.strip(),
        state=AdjustmentState.APPROVED if at_once else AdjustmentState.PROPOSED,
        proposed_at=now,
        proposed_by=proposed_by,
        decided_at=now if at_once else None,
    )
    session.add(found)
    session.flush()
    verb = Verb.AT_ONCE if at_once else Verb.PROPOSED
    audit.record(session, verb, "adjustment", found.number, by=by, now=now, after=_said(found))
    if at_once:
        _book(session, found, by=by, now=now)
    return found


def _booked_lately(session: Session, facts: Correction, by: User | None, now: datetime) -> int:
    """What a person had booked at once of a place within a day is worth, in satang."""
    query = select(StockAdjustment).where(
        StockAdjustment.product_id == facts.product.id,
        StockAdjustment.warehouse_id == facts.warehouse.id,
        StockAdjustment.proposed_by_id == (by.id if by else None),
        StockAdjustment.proposed_at > now - LATELY,
        StockAdjustment.state == AdjustmentState.APPROVED,
        StockAdjustment.decided_by_id.is_(None),
    )
    found = session.scalars(query).all()
    return sum(worth_minor(facts.product, one.quantity, one.numbers) or 0 for one in found)


def approve(session: Session, adjustment: StockAdjustment, *, by: User, now: datetime) -> Booked:
    """Somebody else accepts a correction, and it is booked: units found go to whoever waits longest.

    Refused for who proposed or counted it, once it was decided, and when stock has moved so that it cannot be booked.
    """
    found, sheet = _to_decide(session, adjustment, by)
    facts = _facts_of(found)
    row = stock_rows(session, [facts.place])[facts.place]
    no = _impossible(session, facts, row)
    if no is not None:
        raise no
    found.state, found.decided_at, found.decided_by = AdjustmentState.APPROVED, now, by
    session.flush()
    audit.record(session, Verb.APPROVED, "adjustment", found.number, by=by, now=now, after=_said(found))
    booked = _book(session, found, by=by, now=now)
    _close_if_done(session, sheet, now=now)
    return booked


def refuse(session: Session, adjustment: StockAdjustment, reason: str, *, by: User, now: datetime) -> None:
    """Somebody else does not accept a correction; the books stay as they are. Refused without a reason."""
    if not reason.strip():
        raise Refused(N_("Say why."), field="reason")
    found, sheet = _to_decide(session, adjustment, by)
    found.state, found.decided_at, found.decided_by = AdjustmentState.REFUSED, now, by
    after = {**_said(found), "reason": reason.strip()}
    audit.record(session, Verb.REFUSED, "adjustment", found.number, by=by, now=now, after=after)
    _close_if_done(session, sheet, now=now)


def may_decide(adjustment: StockAdjustment, line: CountLine | None, by: User) -> bool:
    """Whether somebody is another person than who proposed a correction, and than who counted."""
    involved = {adjustment.proposed_by_id}
    if line is not None:
        involved |= {line.counted_by_id, line.recounted_by_id, line.sheet.counter_id}
    return by.id not in involved


def _to_decide(
    session: Session, adjustment: StockAdjustment, by: User
) -> tuple[StockAdjustment, CountSheet | None]:
    line = session.scalars(select(CountLine).where(CountLine.adjustment_id == adjustment.id)).one_or_none()
    sheet = lock(session, CountSheet, [line.sheet_id])[0] if line else None
    (found,) = lock(session, StockAdjustment, [adjustment.id])
    if found.state != AdjustmentState.PROPOSED:
        raise Refused(N_("%(number)s was decided already."), number=found.number)
    if not may_decide(found, line, by):
        raise Refused(N_("Somebody else decides on what you counted or proposed yourself."))
    return found, sheet


def _close_if_done(session: Session, sheet: CountSheet | None, *, now: datetime) -> None:
    """The sheet is closed with the last of its differences."""
    if sheet is None or sheet.state != SheetState.REVIEW:
        return
    session.flush()  # what was just decided is read with the rest
    waiting = (
        select(StockAdjustment.id)
        .join(CountLine, CountLine.adjustment_id == StockAdjustment.id)
        .where(CountLine.sheet_id == sheet.id, StockAdjustment.state == AdjustmentState.PROPOSED)
        .limit(1)
    )
    if session.scalar(waiting) is None:
        sheet.state, sheet.closed_at = SheetState.CLOSED, now


def _refuse_shape(facts: Correction) -> None:
    if facts.quantity == 0:
        raise Refused(N_("Give the units that are too many or too few."), field="quantity")
    if abs(facts.quantity) > MOST_UNITS:
        raise Refused(N_("That is more than there can be."), field="quantity")
    if facts.reason in ONLY_OUT and facts.quantity > 0:
        raise Refused(N_("Damaged and lost units leave the books; they are not added."), field="reason")
    if facts.reason == AdjustmentReason.FOUND and facts.quantity < 0:
        raise Refused(N_("Found units are added to the books."), field="reason")
    if facts.reason == AdjustmentReason.MISTAKEN and not facts.note.strip():
        raise Refused(N_("Say what was booked by mistake."), field="note")


def _impossible(session: Session, facts: Correction, row: Stock) -> Refused | None:
    """Why a correction cannot be booked as the stock is now; None when it can."""
    if row.on_hand + facts.quantity < 0:
        return Refused(
            N_("Only %(there)s of %(sku)s are fit for sale in %(warehouse)s."),
            field="quantity",
            there=row.on_hand,
            sku=facts.product.sku,
            warehouse=facts.warehouse.code,
        )
    return adjusting_numbers.impossible(
        session, facts.product, facts.warehouse, row.on_hand + facts.quantity, facts.numbers
    ) or _only_picked_left(session, facts, row)


def _only_picked_left(session: Session, facts: Correction, row: Stock) -> Refused | None:
    """The refusal to take units that lie picked for a shipment, but for the lots and serials that are named."""
    wanted = -facts.quantity - row.available
    if wanted <= 0:
        return None
    here = Reservation.product_id == row.product_id, Reservation.warehouse_id == row.warehouse_id, OWED
    lying = int(session.scalar(select(func.sum(Reservation.picked)).where(*here)) or 0)
    named = adjusting_numbers.picked(session, facts.product, facts.warehouse, facts.numbers)
    over = wanted - (row.reserved - lying) - min(named, lying)
    return lies_picked(session, facts.place, over) if over > 0 else None


def _book(session: Session, found: StockAdjustment, *, by: User | None, now: datetime) -> Booked:
    """Write the movement and the moves of lots and serials; then who waits is served, or who gave way waits anew."""
    facts = _facts_of(found)
    place, quantity = facts.place, found.quantity
    stock = stock_rows(session, [place])
    row = stock[place]
    gave_way = []
    if quantity < 0:
        picked = adjusting_numbers.picked(session, facts.product, facts.warehouse, facts.numbers)
        gave_way = give_way(session, place, row, -quantity - row.available, picked, now=now)
    row.on_hand += quantity
    write_movements(session, [Move(place, quantity)], MovementKind.ADJUSTMENT, found.number, by=by, now=now)
    adjusting_numbers.move(
        session, facts.product, facts.warehouse, facts.numbers, found.number, by=by, now=now
    )
    session.flush()  # who waits is read anew
    if gave_way:
        resource(waiting_at(session, [place], now=now), receipts_at(session, [place], business_day(now)))
        settle(session, [row], now=now)
    served = deal(session, stock, now=now) if quantity > 0 else []
    return Booked(tuple(served), tuple(gave_way))


def _facts_of(found: StockAdjustment) -> Correction:
    reason = AdjustmentReason(found.reason)
    return Correction(found.product, found.warehouse, found.quantity, reason, found.note, found.numbers)


def _said(found: StockAdjustment) -> dict[str, object]:
    return {
        "sku": found.product.sku,
        "warehouse": found.warehouse.code,
        "quantity": found.quantity,
        "numbers": sorted(found.numbers),
        "cause": found.reason,
        "note": found.note,
    }
