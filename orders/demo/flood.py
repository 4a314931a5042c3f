"""The demo's flood of last month: nothing left one warehouse for a week."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from orders import disrupting, disruption_choosing
from orders.disrupting import Declared
from orders.disruptions import DisruptionEffect, DisruptionKind
from orders.models import Order
from policies.calendars import working_days
from portal.accounts.models import User
from portal.clock import business_day
from portal.demo.cast import Cast

FLOODED, MAIN = "HDY", "BPL"
SEARCHED = (timedelta(days=40), timedelta(days=22))
"""The flood falls between so many days ago: long enough that everything it delayed has arrived."""
LASTS = 4
"""Working days after the first on which nothing leaves."""
NEVER = datetime.max.replace(tzinfo=UTC)
ANSWERED = timedelta(hours=4)


@dataclass
class Flood:
    """A time in which nothing leaves a warehouse, from an instant of its first day, until goods leave again."""

    session: Session
    cast: Cast
    warehouse_id: int = 0
    began: datetime = NEVER
    last: date = date.min
    resumes_on: date = date.min

    def plan(
        self, ordered: Sequence[tuple[str, datetime]], on: Callable[[datetime, Callable[[], None]], None]
    ) -> None:
        """Have it declared right after the busiest day's last order from there; some buyers choose later that day.

        `ordered` says which warehouse serves which order and when that was placed.
        """
        days = working_days(self.session)
        first, last = (self.cast.now - ago for ago in SEARCHED)
        there = [moment for code, moment in ordered if code == FLOODED and first < moment < last]
        there = [moment for moment in there if days.works(business_day(moment))]
        if not there:
            return
        busy = Counter(business_day(moment) for moment in there)
        day = max(busy, key=lambda one: (busy[one], one))
        self.began = max(m for m in there if business_day(m) == day) + timedelta(minutes=1)
        self.last = days.after(day, LASTS)
        self.resumes_on = days.after(self.last, 1)
        self.warehouse_id = warehouse(self.session, FLOODED).id
        on(self.began, self.declare)
        on(self.began + ANSWERED, self.choose)

    def holds(self, order: Order, moment: datetime) -> bool:
        """Whether the goods of an order cannot leave at that time."""
        return (
            order.warehouse_id == self.warehouse_id
            and self.began <= moment
            and business_day(moment) <= self.last
        )

    def declare(self) -> None:
        """The manager declares and confirms it."""
        now, manager = self.began, self.cast.managers[0]
        what_th = "น้ำท่วมถนนหน้าคลังหาดใหญ่ รถขนส่งเข้าออกไม่ได้"
        what_en = "The road to the Hat Yai warehouse is flooded; no lorry can get in or out"
        place = warehouse(self.session, FLOODED)
        facts = Declared(DisruptionKind.FLOOD, place, business_day(now), self.last, what_th, what_en)
        flood = disrupting.declare(self.session, facts, by=manager, now=now)
        disrupting.confirm(self.session, flood, by=manager, now=now)

    def choose(self) -> None:
        """Some buyers wait, one cancels; the others say nothing."""
        now = self.began + ANSWERED
        query = select(DisruptionEffect).order_by(DisruptionEffect.id).limit(6)
        for n, effect in enumerate(self.session.scalars(query).all()):
            buyer = self._buyer_of(effect.customer_id)
            if n == 1 and effect.part.picked == 0:
                disruption_choosing.cancel(self.session, effect, by=buyer, now=now)
            elif n % 2 == 0:
                disruption_choosing.wait(self.session, effect, by=buyer, now=now)

    def _buyer_of(self, customer_id: int) -> User:
        return next(b[0] for b in self.cast.buyers.values() if b[0].customer_id == customer_id)


def warehouse(session: Session, code: str) -> Warehouse:
    """The warehouse of this code."""
    return session.scalars(select(Warehouse).where(Warehouse.code == code)).one()


def draft_strike(session: Session, cast: Cast) -> None:
    """A strike that may come next week: a draft, whose effect the manager looks at."""
    days = working_days(session)
    first = days.after(cast.today, 5)
    facts = Declared(
        DisruptionKind.STRIKE,
        warehouse(session, MAIN),
        first,
        days.after(first, 1),
        "สหภาพคนขับรถประกาศหยุดงานสองวัน",
        "The drivers' union has announced a two-day strike",
    )
    disrupting.declare(session, facts, by=cast.managers[0], now=cast.now - timedelta(hours=3))
