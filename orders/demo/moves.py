"""What moves in the demo: stock between warehouses, goods that change carriers, deliveries wanted sooner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory import transferring
from inventory.inbound import Transfer
from inventory.models import Product, Tracking
from inventory.stock import Reservation, Stock
from inventory.transfer_costs import Costs, set_transfer_costs
from inventory.transfers import elsewhere, waiting_all
from orders import expediting, shipping_legs
from orders.demo.flood import MAIN, draft_strike, warehouse
from orders.expedite_terms import ServiceFacts, put_service, set_rule
from orders.expedites import ExpediteRequest, FastService
from orders.fulfilling import pick, ship
from orders.models import Order, OrderLine, ScheduleLine
from orders.placing import place
from orders.shipments import Mode, Shipment
from orders.shipping_legs import Leg
from orders.wishes import Wish
from portal.clock import at, business_day
from portal.demo.cast import Cast

SERVICES = (
    ServiceFacts("MOTO", "มอเตอร์ไซค์ด่วนในวันเดียว", "Motorcycle courier, same day", 0, 250_00, 5_00),
    ServiceFacts("NEXT", "รถด่วนถึงวันถัดไป", "Next-day express", 1, 120_00, 1_50),
    ServiceFacts("TWO", "รถด่วนสองวันทำการ", "Two-day express", 2, 60_00, 75),
)
LATER = timedelta(days=12)
"""How far ahead some companies want their goods, so that there is time to ask for them sooner."""
TRANSFERS = ((6, 4, "LPN", 24), (5, 2, "HDY", 36), (3, None, "LPN", 12), (1, None, "HDY", 48))
"""Stock moved from the main warehouse: days ago it left and arrived, where to, and how many units."""


@dataclass
class Moves:
    """The moves of the last days, each acted out at its own time."""

    session: Session
    cast: Cast
    transfers: dict[int, Transfer] = field(default_factory=dict)
    shipment: Shipment | None = None

    def plan(self, on: Callable[[datetime, Callable[[], None]], None]) -> None:
        """Put them on the agenda."""
        today = at(self.cast.today)
        for n, (left, arrived, _, _) in enumerate(TRANSFERS):
            on(today - timedelta(days=left, hours=-10), partial(self.send, n))
            if arrived is not None:
                on(today - timedelta(days=arrived, hours=-15), partial(self.arrive, n))
        on(today - timedelta(days=2, hours=-11), self.send_by_two_carriers)
        on(today - timedelta(days=1, hours=-9), self.change_carriers)

    def send(self, n: int) -> None:
        """Goods of which there is plenty go to another warehouse."""
        left, arrived, target, units = TRANSFERS[n]
        now = at(self.cast.today) - timedelta(days=left, hours=-10)
        takes = timedelta(days=left - arrived if arrived is not None else 2)
        source = warehouse(self.session, MAIN)
        self.transfers[n] = transferring.send(
            self.session,
            plenty(self.session, n),
            source,
            warehouse(self.session, target),
            units,
            business_day(now) + takes,
            carrier="Nuea Sut Transport",
            tracking_no=f"TF{left:02d}{n:04d}",
            reason="เติมสินค้าให้คลังภูมิภาค",
            by=self.cast.staff[0],
            now=now,
        )

    def arrive(self, n: int) -> None:
        """They are there."""
        _, arrived, _, _ = TRANSFERS[n]
        now = at(self.cast.today) - timedelta(days=arrived or 0, hours=-15)
        transferring.arrive(self.session, self.transfers[n], by=self.cast.staff[-1], now=now)

    def send_by_two_carriers(self) -> None:
        """An order leaves by lorry for the harbour and goes on by sea."""
        now = at(self.cast.today) - timedelta(days=2, hours=-11)
        order = order_for_later(self.session, self.cast, "legs-1", 1, now)
        self.shipment = sent_in_two_legs(self.session, self.cast, order, now, sea_days=5)

    def change_carriers(self) -> None:
        """It is at the harbour and goes on."""
        now = at(self.cast.today) - timedelta(days=1, hours=-9)
        if self.shipment is None:
            return
        first, second = self.shipment.legs
        clerk = self.cast.staff[-1]
        shipping_legs.arrive(self.session, first, now - timedelta(hours=2), by=clerk, now=now)
        shipping_legs.leave(self.session, second, now, tracking_no="SEA-88121", by=clerk, now=now)


def load_moves(session: Session, cast: Cast) -> None:
    """What is open today: requests in every state, a late leg, stock moved for a line that waits, a draft strike."""
    for facts in SERVICES:
        put_service(session, facts, by=cast.managers[0], now=cast.began)
    set_transfer_costs(session, Costs(180_00, 1_25), by=cast.managers[0], now=cast.began)
    now = cast.now - timedelta(hours=5)
    order = order_for_later(session, cast, "legs-2", 2, now)
    shipment = sent_in_two_legs(session, cast, order, now, sea_days=6)
    late = business_day(now) + LATER + timedelta(days=3)
    shipping_legs.replan(session, shipment.legs[1], late, by=cast.staff[-1], now=now + timedelta(hours=2))
    _requests(session, cast)
    _move_for_a_line(session, cast)
    draft_strike(session, cast)


def plenty(session: Session, n: int) -> Product:
    """The product that the main warehouse has most free of, the next one for each `n`; none that is tracked."""
    query = (
        select(Product)
        .join(Stock, Stock.product_id == Product.id)
        .where(Stock.warehouse_id == warehouse(session, MAIN).id, Product.tracking == Tracking.NONE)
        .order_by((Stock.on_hand - Stock.reserved).desc(), Product.id)
    )
    return session.scalars(query.offset(n).limit(1)).one()


def order_for_later(session: Session, cast: Cast, key: str, n: int, now: datetime) -> Order:
    """An order of goods that are there, wanted in twelve days."""
    codes = [code for code, customer in cast.customers.items() if _served_by_main(session, customer.id)]
    buyer = cast.buyers[codes[n % len(codes)]][0]
    lines = [(plenty(session, 8 + n).id, 48 + 12 * n), (plenty(session, 20 + n).id, 96)]
    wish = Wish(key=f"demo-{key}", lines=lines, requested_on=business_day(now) + LATER)
    order = place(session, buyer.company, wish, vat_rate_bp=cast.vat_rate_bp, by=buyer, now=now)
    session.flush()
    return order


def sent_in_two_legs(session: Session, cast: Cast, order: Order, now: datetime, *, sea_days: int) -> Shipment:
    """Everything of an order leaves by lorry for Laem Chabang and goes on by sea."""
    units = {part.id: part.pickable for part in parts_of(session, [order])[order] if part.pickable}
    shipment = pick(session, order, units, by=cast.staff[-1], now=now)
    session.flush()
    today = business_day(now)
    legs = [
        Leg(
            Mode.TRUCK,
            "Siam Rod Duan",
            "Bang Phli distribution centre",
            "Laem Chabang port",
            today + timedelta(days=1),
            "TH550120",
        ),
        Leg(
            Mode.SEA,
            "Talay Thai Line",
            "Laem Chabang port",
            order.ship_to("en")[:120],
            today + timedelta(days=sea_days),
        ),
    ]
    ship(session, shipment, "Siam Rod Duan", "TH550120", legs=legs, by=cast.staff[-1], now=now)
    session.flush()
    return shipment


def _requests(session: Session, cast: Cast) -> None:
    """Five requests: one that waits, one each approved, refused and withdrawn, and one small enough for the rule.

    The rule is made before the last of them: the others are left to staff whatever they cost.
    """
    wanted = {"waits": 1, "approved": 1, "refused": 1, "withdrawn": 1, "rule": 6}
    for n, (what, days) in enumerate(wanted.items()):
        asked_at = cast.now - timedelta(minutes=200 - 20 * n)
        if what == "rule":
            set_rule(session, 300_00, 4_000, by=cast.managers[0], now=asked_at - timedelta(minutes=30))
        order = order_for_later(session, cast, f"sooner-{n}", n, asked_at - timedelta(minutes=15))
        part = parts_of(session, [order])[order][0]
        assert order.buyer is not None
        wanted_on = business_day(asked_at) + timedelta(days=days)
        reason = "ร้านสาขาใหม่เปิดก่อนกำหนด" if n % 2 else "โปรโมชั่นเริ่มสุดสัปดาห์นี้"
        request = expediting.ask(session, part, wanted_on, reason, by=order.buyer, now=asked_at)
        session.flush()
        _decide(session, cast, what, request, asked_at + timedelta(minutes=12))


def _decide(session: Session, cast: Cast, what: str, request: ExpediteRequest, now: datetime) -> None:
    clerk = cast.staff[0]
    if what == "approved":
        service = session.scalars(select(FastService).where(FastService.code == "NEXT")).one()
        expediting.approve(
            session, request, service, charge_minor=60_00, note="ตกลงออกค่าส่งคนละครึ่ง", by=clerk, now=now
        )
    elif what == "refused":
        expediting.refuse(session, request, "รถด่วนเต็มทุกเที่ยวของวันพรุ่งนี้", by=clerk, now=now)
    elif what == "withdrawn":
        expediting.withdraw(session, request, by=request.asked_by, now=now)


def _move_for_a_line(session: Session, cast: Cast) -> None:
    """Another warehouse helps out the line that waits longest, if one can."""
    waiting = select(Reservation.purpose).where(Reservation.held < Reservation.quantity)
    names = session.scalars(waiting.order_by(Reservation.due_at, Reservation.id).limit(40)).all()
    lines = {one.purpose: one for one in waiting_all(session, names)}
    for purpose, options in elsewhere(session, list(lines.values()), cast.today).items():
        line = lines[purpose]
        fits = [one for one in options if one.available >= line.units]
        if fits and line.product.tracking == Tracking.NONE:
            transferring.send(
                session,
                line.product,
                fits[0].warehouse,
                line.warehouse,
                line.units,
                fits[0].here_on,
                purpose=purpose,
                carrier="Nuea Sut Transport",
                by=cast.staff[0],
                now=cast.now - timedelta(minutes=45),
            )
            return


_PARTS = (
    select(ScheduleLine)
    .join(ScheduleLine.line)
    .where(OrderLine.order_id.in_(bindparam("orders", expanding=True)))
    .options(
        contains_eager(ScheduleLine.line),
        joinedload(ScheduleLine.promise),
        joinedload(ScheduleLine.reservation),
    )
    .order_by(OrderLine.id, ScheduleLine.n)
)
"""Made once, for it is asked after every order and every arrival."""


def parts_of(session: Session, orders: Sequence[Order]) -> dict[Order, list[ScheduleLine]]:
    """The dated parts of orders, line by line."""
    found: dict[Order, list[ScheduleLine]] = {order: [] for order in orders}
    by_id = {order.id: order for order in orders}
    for part in session.scalars(_PARTS, {"orders": list(by_id)}):
        found[by_id[part.line.order_id]].append(part)
    return found


def _served_by_main(session: Session, customer_id: int) -> bool:
    query = select(Order.id).where(
        Order.customer_id == customer_id, Order.warehouse_id == warehouse(session, MAIN).id
    )
    return session.scalar(query.limit(1)) is not None
