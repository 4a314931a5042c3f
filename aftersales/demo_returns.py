"""The demo's returns that were asked for: one in every state today, and a few that ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import calling_off, deciding, inspecting, receiving, requesting, settling
from aftersales.identifying import candidates_of
from aftersales.inspecting import Finding
from aftersales.models import Disposition, Remedy, Return, ReturnReason
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from aftersales.windows import within_window
from orders.models import Order, OrderLine
from orders.shipments import Shipment, ShipmentState
from portal.accounts.models import User
from portal.clock import business_day
from portal.demo.cast import Cast

OLDEST, NEWEST = timedelta(days=24), timedelta(days=6)
REASONS = (ReturnReason.DAMAGED, ReturnReason.NOT_NEEDED, ReturnReason.QUALITY, ReturnReason.WRONG_ITEM)
NOTES = ("กล่องบุบ สินค้าด้านในเสียหาย", "สั่งเกินจำนวน", "คุณภาพไม่ตรงตามตัวอย่าง", "ได้รับผิดรุ่น")


@dataclass
class _Case:
    """One return being played, act by act, each at its own time."""

    session: Session
    found: Return
    staff: User
    now: datetime
    """Today."""

    def at(self, days: int) -> datetime:
        """So many days ago."""
        return self.now - timedelta(days=days)

    def authorise(self, days: int) -> None:
        """Staff let the goods come."""
        deciding.authorise(self.session, self.found, by=self.staff, now=self.at(days))

    def receive(self, days: int) -> None:
        """All of it comes."""
        arrived = [Arrived(line.id, line.quantity) for line in self.found.lines]
        receiving.receive(self.session, self.found, arrived, by=self.staff, now=self.at(days))

    def inspect(self, days: int, way: Disposition, grade: str) -> None:
        """All of it goes one way."""
        findings = [Finding(line.id, way, line.received, grade) for line in self.found.lines]
        inspecting.inspect(self.session, self.found, findings, by=self.staff, now=self.at(days))

    def settle(self, days: int) -> None:
        """The customer gets what they asked for."""
        settling.settle(self.session, self.found, by=self.staff, now=self.at(days))


def load_returns(session: Session, cast: Cast) -> None:
    """A return for each story, asked for by the buyers of recent deliveries."""
    orders = _recent(session, cast)
    for n, (days, remedy, play) in enumerate(STORIES):
        for order in orders:
            if (found := _ask(session, cast, order, n, remedy, cast.now - timedelta(days=days))) is not None:
                play(_Case(session, found, cast.staff[n % len(cast.staff)], cast.now))
                break


def some_numbers(session: Session, order: Order, line: OrderLine, units: int) -> dict[str, int]:
    """Serials or lots for so many units of a line, the first that can come back."""
    numbers: dict[str, int] = {}
    for one in candidates_of(session, order).get(line.id, {}).values():
        taken = min(one.left, units - sum(numbers.values()))
        if taken > 0:
            numbers[one.identity.number] = taken
    return numbers


def _ask(session: Session, cast: Cast, order: Order, n: int, remedy: Remedy, at: datetime) -> Return | None:
    lines = [
        one
        for one in requesting.returnables(session, order)
        if one.line.product.active and within_window(one.window, business_day(at))
    ]
    if not lines or order.buyer is None:
        return None
    line = lines[n % len(lines)]
    units = max(1, line.left // 4)
    numbers = some_numbers(session, order, line.line, units)
    asked = [Asked(line.line.n, units, REASONS[n % len(REASONS)], numbers=numbers)]
    return requesting.ask(session, order, asked, remedy, NOTES[n % len(NOTES)], by=order.buyer, now=at)


def _recent(session: Session, cast: Cast) -> Iterator[Order]:
    """Orders delivered in the last weeks, one for each company."""
    query = (
        select(func.min(Shipment.order_id))
        .join(Shipment.order)
        .where(
            Shipment.state == ShipmentState.DELIVERED,
            Shipment.delivered_at > cast.now - OLDEST,
            Shipment.delivered_at < cast.now - NEWEST,
            Order.buyer_id.is_not(None),
        )
        .group_by(Order.customer_id)
        .order_by(func.min(Shipment.order_id))
    )
    return (session.get_one(Order, order_id) for order_id in session.scalars(query).all())


def _requested(case: _Case) -> None:
    """Nobody has decided yet."""


def _authorised(case: _Case) -> None:
    case.authorise(1)


def _received(case: _Case) -> None:
    case.authorise(4)
    case.receive(1)


def _inspected(case: _Case) -> None:
    case.authorise(4)
    case.receive(2)
    case.inspect(1, Disposition.SCRAP, "d")


def _credited(case: _Case) -> None:
    case.authorise(4)
    case.receive(3)
    case.inspect(2, Disposition.RESTOCK, "a")
    case.settle(1)


def _replaced(case: _Case) -> None:
    case.authorise(4)
    case.receive(3)
    case.inspect(3, Disposition.RETURN_TO_SUPPLIER, "c")
    case.settle(2)


def _sent_back(case: _Case) -> None:
    case.authorise(4)
    case.receive(3)
    case.inspect(2, Disposition.RETURN_TO_CUSTOMER, "b")
    case.settle(2)


def _refused(case: _Case) -> None:
    reason = "สินค้าถูกใช้งานแล้ว จึงรับคืนไม่ได้"
    deciding.refuse(case.session, case.found, reason, by=case.staff, now=case.at(2))


def _cancelled(case: _Case) -> None:
    buyer = case.found.order.buyer
    if buyer is not None:
        calling_off.cancel(case.session, case.found, by=buyer, now=case.at(1))


CREDIT, REPLACEMENT = Remedy.CREDIT, Remedy.REPLACEMENT
STORIES: tuple[tuple[int, Remedy, Callable[[_Case], None]], ...] = (
    (0, CREDIT, _requested),
    (1, REPLACEMENT, _requested),
    (5, CREDIT, _requested),
    (2, CREDIT, _authorised),
    (2, REPLACEMENT, _authorised),
    (5, CREDIT, _received),
    (5, CREDIT, _inspected),
    (5, CREDIT, _credited),
    (5, REPLACEMENT, _replaced),
    (5, CREDIT, _sent_back),
    (5, CREDIT, _refused),
    (2, CREDIT, _cancelled),
)
"""How many days ago each return was asked for, what for, and what became of it."""
