"""The demo's two years of trade, replayed in the order things happened: every act is a use-case at its own time."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count, groupby
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.demo import alerts, assortment, counting, goods, replenishment
from inventory.inbound import InboundReceipt, Supplier
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.receiving import Expected, book_in_all, expect_all, move
from inventory.stocking import open_places
from orders.cancelling import cancel
from orders.delivering import Handover, deliver_all
from orders.demand import count_day, days_to_count
from orders.demo import dealings, filled_baskets
from orders.demo.delivery import plan_delivery
from orders.demo.exemptions import load_exemptions
from orders.demo.facts import read_companies, read_products, read_suppliers
from orders.demo.flood import Flood
from orders.demo.moves import Moves, load_moves, parts_of
from orders.demo.numbering import Numbers, set_reorder_points
from orders.demo.plans import take_steps, write_plans
from orders.demo.rhythm import PlannedOrder, plan
from orders.demo.short_lines import ShortLines
from orders.demo.supply import PlannedReceipt, plan_supply
from orders.fulfilling import Departure, pick_all, ship_all
from orders.models import Order, OrderLine, ScheduleLine
from orders.placing import place
from orders.shipments import Shipment
from orders.watching import mark
from orders.wishes import Wish
from portal.clock import at, business_day
from portal.demo.cast import Cast

CARRIERS = ("Siam Rod Duan", "Khon Song Thai Express", "Phaen Lom Logistics", "Nuea Sut Transport")
CANCEL_REASON = "ลูกค้าแจ้งยกเลิกทางโทรศัพท์"
WAVES = (time(9, 30), time(11), time(13, 30), time(15), time(16, 30))
"""When the warehouse picks; what is due between two waves goes with the later one."""
LORRIES = time(17, 30)
RECORDED = time(18)
UNDER_WAY = 9
"""How many orders of today there are beside those of the plan, which ends yesterday."""
DEMAND_DAYS = 190
"""Days of demand that are counted at once, as many as a forecast looks at; the nightly job counts those before."""
TOLD_LATE = 3
"""Days after its expected day on which a supplier admits the new day of a late receipt."""


def load(session: Session, cast: Cast, *, orders: int = 750) -> None:
    """Two years of orders, receipts and deliveries up to now; what lies after now has not happened and stays open."""
    companies, products, suppliers = read_companies(), read_products(), read_suppliers()
    planned = list(plan(cast.today, companies, products, orders=orders))
    supply = plan_supply(cast.today, planned, companies, products, suppliers)
    set_reorder_points(session, planned, cast)
    replay = _Replay(session, cast)
    replay.open([(line.warehouse, line.sku, line.quantity) for line in supply.opening])
    ordered_on = attrgetter("ordered_on")
    for day, ordered in groupby(sorted(supply.receipts, key=ordered_on), key=ordered_on):
        replay.at(at(day) + timedelta(hours=3), partial(replay.expect, list(ordered)))
    for order in planned:
        replay.at(order.ordered_at, partial(replay.place, order))
    first = business_day(cast.began)
    for n in range((cast.today - first).days):
        replay.at(at(first + timedelta(days=n + 1)) + timedelta(hours=7), replay.watch)
    served_by = {company.code: company.warehouse for company in companies}
    replay.flood.plan([(served_by[order.company], order.ordered_at) for order in planned], replay.at)
    Moves(session, cast).plan(replay.at)
    short = ShortLines(session, cast, replay.at, replay.plan_shipment)
    short.plan()
    write_plans(session, cast)
    replay.run()
    replay.start_the_day(planned[-UNDER_WAY:])
    load_moves(session, cast)
    take_steps(session, cast)
    short.finish()
    dealings.load(session, cast)
    load_exemptions(session, cast)
    for day in days_to_count(session, cast.today)[-DEMAND_DAYS:]:
        count_day(session, day)
    alerts.begin(session, cast)
    replenishment.load(session, cast)
    counting.load(session, cast)
    goods.load(session, cast)
    assortment.load(session, cast)
    alerts.load(session, cast)
    filled_baskets.load(session, cast)


@dataclass
class _Replay:
    """The agenda of everything that happened, played from the oldest to now."""

    session: Session
    cast: Cast
    agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    turn: "count[int]" = field(default_factory=count)
    numbers: Numbers = field(default_factory=Numbers)
    coming: dict[date, list[InboundReceipt]] = field(default_factory=dict)
    waves: dict[datetime, dict[Order, datetime]] = field(default_factory=dict)
    lorries: dict[datetime, list[tuple[Shipment, datetime]]] = field(default_factory=dict)
    arrived: dict[datetime, list[tuple[Shipment, datetime]]] = field(default_factory=dict)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        session = self.session
        self.now = self.cast.began
        self.flood = Flood(session, self.cast)
        self.products = {p.sku: p for p in session.scalars(select(Product))}
        self.by_id = {p.id: p for p in self.products.values()}
        self.warehouses = {w.code: w for w in session.scalars(select(Warehouse))}
        self.suppliers = {s.code: s for s in session.scalars(select(Supplier))}

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Put an act on the agenda."""
        heapq.heappush(self.agenda, (moment, next(self.turn), act))

    def run(self) -> None:
        """Play the agenda up to now."""
        while self.agenda and self.agenda[0][0] <= self.cast.now:
            self.now, _, act = heapq.heappop(self.agenda)
            act()

    def open(self, figures: list[tuple[str, str, int]]) -> None:
        """What was there on the first day."""
        places = {
            Place(self.products[sku].id, self.warehouses[warehouse].id): quantity
            for warehouse, sku, quantity in figures
        }
        first = business_day(self.cast.began)
        known = [
            self.numbers.batch(self.products[sku], place, quantity, first)
            for (_, sku, quantity), place in zip(figures, places, strict=True)
            if quantity
        ]
        batches = [one for one in known if one is not None]
        open_places(self.session, places, batches, by=self.cast.staff[0], now=self.cast.began)

    def expect(self, planned: Sequence[PlannedReceipt]) -> None:
        """The deliveries of a day are ordered, and later come, perhaps late."""
        lines = [(delivery, line) for delivery in planned for line in delivery.lines]
        today = business_day(self.now)
        wanted = [
            Expected(
                self.suppliers[delivery.supplier],
                self.products[line.sku],
                self.warehouses[delivery.warehouse],
                line.quantity,
                max(delivery.expected_on, today),
            )
            for delivery, line in lines
        ]
        receipts = expect_all(self.session, wanted, by=self.cast.staff[0], now=self.now)
        for (delivery, _), receipt in zip(lines, receipts, strict=True):
            if delivery.arrives_on > delivery.expected_on + timedelta(days=TOLD_LATE):
                told = at(delivery.expected_on + timedelta(days=TOLD_LATE)) + timedelta(hours=4)
                self.at(told, partial(self.move, receipt, delivery.arrives_on))
            if delivery.arrives_on not in self.coming:
                self.at(
                    at(delivery.arrives_on) + timedelta(minutes=30),
                    partial(self.receive, delivery.arrives_on),
                )
            self.coming.setdefault(delivery.arrives_on, []).append(receipt)

    def move(self, receipt: InboundReceipt, day: date) -> None:
        """The supplier admits that it comes later."""
        move(self.session, receipt, day, by=self.cast.staff[0], now=self.now)

    def receive(self, day: date) -> None:
        """The goods of a day come in, and lines that waited for them can be picked."""
        arrivals = [
            self.numbers.arrival(receipt, self.by_id[receipt.product_id], day)
            for receipt in self.coming.pop(day)
        ]
        served = book_in_all(self.session, arrivals, by=self.cast.staff[-1], now=self.now)
        if not served:
            return
        query = (
            select(Order).join(OrderLine).join(ScheduleLine).where(ScheduleLine.reservation_id.in_(served))
        )
        for order in self.session.scalars(query.distinct().options(joinedload(Order.customer))):
            self.plan_shipment(order)

    def place(self, planned: PlannedOrder) -> None:
        """A buyer orders; what is in stock is picked and delivered as the day goes."""
        buyers = self.cast.buyers[planned.company]
        buyer = buyers[planned.number % len(buyers)]
        lines = [(self.products[line.sku].id, line.quantity) for line in planned.lines]
        wish = Wish(key=f"demo-{planned.number}", lines=lines, po_number=planned.purchase_order)
        order = place(
            self.session, buyer.company, wish, vat_rate_bp=self.cast.vat_rate_bp, by=buyer, now=self.now
        )
        if planned.cancelled:
            self.at(self.now + timedelta(minutes=40), lambda: self.cancel(order))
        else:
            self.plan_shipment(order)

    def cancel(self, order: Order) -> None:
        """The customer changed their mind."""
        cancel(self.session, order, CANCEL_REASON, by=self.cast.staff[1], now=self.now)

    def plan_shipment(self, order: Order) -> None:
        """Everything of the order that lies in stock goes out together."""
        parts = [part for part in parts_of(self.session, [order])[order] if part.pickable]
        if not parts:
            return
        promised = max(business_day(part.promise.due_at) for part in parts if part.promise)
        going = plan_delivery(
            f"{order.number}-{self.now:%Y%m%d}",
            self.now,
            order.transit_days,
            promised_on=promised,
            line_count=len(parts),
        )
        wave = _wave(going.picked_at)
        if wave not in self.waves:
            self.at(wave, partial(self.pick, wave))
        self.waves.setdefault(wave, {})[order] = going.delivered_at

    def pick(self, wave: datetime) -> None:
        """The warehouse picks what is there for the orders of a wave; it leaves with the evening's lorries."""
        delivered_at = self.waves.pop(wave)
        for order in [one for one in delivered_at if self.flood.holds(one, wave)]:
            self.postpone(order, delivered_at.pop(order))
        units: dict[Order, dict[int, int]] = {}
        for order, parts in parts_of(self.session, list(delivered_at)).items():
            if there := {part.id: part.pickable for part in parts if part.pickable}:
                units[order] = there
        if not units:
            return
        shipments = pick_all(self.session, units, by=self.cast.staff[-1], now=self.now)
        self.session.flush()
        going = zip(shipments, (delivered_at[order] for order in units), strict=True)
        self.load_lorries(at(business_day(self.now), LORRIES), going)

    def load_lorries(self, leaving: datetime, going: Iterable[tuple[Shipment, datetime]]) -> None:
        """Shipments leave with the lorries of an evening, each to be delivered at its own time."""
        if leaving not in self.lorries:
            self.at(leaving, partial(self.ship, leaving))
        self.lorries.setdefault(leaving, []).extend(going)

    def postpone(self, order: Order, delivered_at: datetime) -> None:
        """What the flood holds up is picked on the first morning after it, and arrives as much later."""
        wave = at(self.flood.resumes_on, WAVES[0])
        if wave not in self.waves:
            self.at(wave, partial(self.pick, wave))
        later = self.flood.resumes_on - business_day(self.now)
        self.waves.setdefault(wave, {})[order] = delivered_at + later

    def ship(self, leaving: datetime) -> None:
        """The carriers take what was picked."""
        going = self.lorries.pop(leaving)
        if stuck := [one for one in going if self.flood.holds(one[0].order, leaving)]:
            going = [one for one in going if one not in stuck]
            again = at(self.flood.resumes_on, LORRIES)
            self.load_lorries(again, [(shipment, when + (again - leaving)) for shipment, when in stuck])
        departures = [
            Departure(shipment, CARRIERS[shipment.id % len(CARRIERS)], f"TH{shipment.id * 7919 % 10**9:09d}")
            for shipment, _ in going
        ]
        ship_all(self.session, departures, by=self.cast.staff[-1], now=self.now)
        for shipment, delivered_at in going:
            evening = at(business_day(delivered_at), RECORDED)
            if evening not in self.arrived:
                self.at(evening, partial(self.deliver, evening))
            self.arrived.setdefault(evening, []).append((shipment, delivered_at))

    def deliver(self, evening: datetime) -> None:
        """What was handed over during the day is recorded in the evening, each with its own time."""
        handovers = [
            Handover(shipment, delivered_at, shipment.order.buyer.name if shipment.order.buyer else "")
            for shipment, delivered_at in self.arrived.pop(evening)
        ]
        deliver_all(self.session, handovers, by=self.cast.staff[1], now=self.now)

    def start_the_day(self, like: Sequence[PlannedOrder]) -> None:
        """Orders of the last hours, such as these companies place: by turns just placed, picked, and on their way.

        So the desk has work at whatever hour and on whatever day the demo is started.
        """
        for n, planned in enumerate(like):
            self.now = self.cast.now - timedelta(minutes=20 * (len(like) - n))
            buyer = self.cast.buyers[planned.company][0]
            lines = [(self.products[line.sku].id, line.quantity) for line in planned.lines]
            wish = Wish(key=f"demo-today-{n}", lines=lines)
            order = place(
                self.session, buyer.company, wish, vat_rate_bp=self.cast.vat_rate_bp, by=buyer, now=self.now
            )
            units = {
                part.id: part.pickable for part in parts_of(self.session, [order])[order] if part.pickable
            }
            if n % 3 == 0 or not units:
                continue
            (shipment,) = pick_all(self.session, {order: units}, by=self.cast.staff[-1], now=self.now)
            self.session.flush()
            if n % 3 == 1 and not self.flood.holds(order, self.now):
                departure = Departure(shipment, CARRIERS[n % len(CARRIERS)], f"TH{n * 7919 % 10**9:09d}")
                ship_all(self.session, [departure], by=self.cast.staff[-1], now=self.now)

    def watch(self) -> None:
        """The lead-time check of the morning."""
        mark(self.session, self.now)


def _wave(moment: datetime) -> datetime:
    """When the warehouse picks what is due at a moment: with the next wave of that day."""
    day = business_day(moment)
    return next((wave for hour in WAVES if (wave := at(day, hour)) >= moment), at(day, WAVES[-1]))
