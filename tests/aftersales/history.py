"""A house of all three phases lives: goods come, are ordered, sent, returned, repaired, lent and called back."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import (
    deciding,
    diagnosing,
    inspecting,
    lending,
    opening_repairs,
    pooling,
    requesting,
    sending_back,
    settling,
)
from aftersales import receiving as receiving_back
from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.issuing_notices import issue
from aftersales.models import (
    Disposition,
    Remedy,
    Return,
    ReturnLine,
    ReturnReason,
    ReturnState,
)
from aftersales.recalls import NoticeKind
from aftersales.repairs import Grade, Loan, LoanerUnit, Repair, RepairState
from inventory import receiving, standing_in, substitutes, transferring
from inventory.identifying import LotFacts
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.inbound import Transfer
from inventory.models import Product, Tracking, Warehouse
from inventory.stockouts import SubstituteKind
from orders import cancelling, delivering, fulfilling, offering, substituting
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import (
    Shipment,
    ShipmentIdentity,
    ShipmentLine,
    ShipmentState,
)
from orders.substitutions import OfferState, SubstituteOffer
from portal.clock import business_day
from portal.db import Base, transaction
from portal.refusal import Refused
from tests.aftersales.truths import figures, look
from tests.conftest import NOON
from tests.makers import World

Row = TypeVar("Row", bound=Base)

TODAY = business_day(NOON)
TEXTS = NoticeTexts("ชื่อ", "Title", "ความเสี่ยง", "Risk", "หยุดใช้", "Stop using it")


class History:
    """A plain, a lot-tracked and a serial-numbered product in two warehouses, and one company that buys them."""

    numbers = count(1)

    def __init__(self, world: World, other: Warehouse, seed: int) -> None:
        self.w, self.other, self.random = world, other, Random(seed)
        self.session: Session = world.session
        self.now = NOON
        self.done = Counter[str]()
        self.stock_the_shelves()

    def live(self, steps: int) -> None:
        """Let so many things happen, the everyday ones more often, and look at every ledger after each."""
        acts: dict[Callable[[], None], int] = {
            self.take_in: 3,
            self.order: 4,
            self.order_and_deliver: 5,
            self.cancel: 1,
            self.substitute: 4,
            self.transfer: 2,
            self.arrive: 2,
            self.pick: 4,
            self.send_picked: 4,
            self.deliver: 4,
            self.ask_for_return: 4,
            self.go_on_with_return: 8,
            self.open_repair: 2,
            self.go_on_with_repair: 5,
            self.lend: 4,
            self.recall: 2,
        }
        for act in self.random.choices(list(acts), list(acts.values()), k=steps):
            self.acting = act.__name__
            act()
            self.look()

    def look(self) -> None:
        self.session.rollback()
        look(self.session)

    def stock_the_shelves(self) -> None:
        n = next(self.numbers)
        with transaction(self.session):
            self.soap = self.w.product(f"SOAP-{n}", stock=6, unit_cost=None)
            self.bar = self.w.product(f"BAR-{n}", stock=9)
            self.milk = self.w.product(f"MILK-{n}", tracking=Tracking.LOT)
            self.pump = self.w.product(f"PUMP-{n}", tracking=Tracking.SERIAL, warranty_months=12)
            self.products = [self.soap, self.bar, self.milk, self.pump]
            substitutes.put_substitute(
                self.session,
                self.soap,
                self.bar,
                substitutes.SubstituteFacts(rank=1, per_unit=1, kind=SubstituteKind.EQUAL, valid_from=TODAY),
                by=self.w.staff,
                now=self.now,
            )
        for product in (self.milk, self.pump, self.pump):
            self.receive(self.products.index(product), 4, 0)

    def take_in(self) -> None:
        self.receive(self.random.randrange(4), self.random.randint(1, 4), self.random.randrange(2))

    def receive(self, at: int, quantity: int, where: int) -> None:
        product = self.products[at % 4]
        warehouse = (self.w.warehouse, self.other)[where % 2]
        named: Any = ()
        if product.tracking == Tracking.SERIAL:
            named = [f"SN{next(self.numbers):06}" for _ in range(quantity)]
        elif product.tracking == Tracking.LOT:
            named = LotFacts(f"LOT{next(self.numbers):04}", TODAY + timedelta(days=200))
        with transaction(self.session):
            receipt = receiving.expect(
                self.session,
                self.w.supplier,
                product,
                warehouse,
                quantity,
                TODAY,
                by=self.w.staff,
                now=self.now,
            )
            receiving.book_in(
                self.session, receipt, quantity, last=True, identities=named, by=self.w.staff, now=self.now
            )

    def order(self) -> None:
        at = self.random.randrange(100)
        quantity = self.random.randint(1, 9)
        with self.trying():
            key = f"history-{next(self.numbers)}"
            self.w.order({self.products[at % 4]: quantity}, at=self.now, key=key)

    def order_and_deliver(self) -> None:
        at = self.random.randrange(100)
        quantity = self.random.randint(1, 4)
        with self.trying():
            key = f"history-{next(self.numbers)}"
            order = self.w.order({self.products[at % 4]: quantity}, at=self.now, key=key)
            self.w.delivered(order, at=self.now)

    def cancel(self) -> None:
        at = self.random.randrange(100)
        if order := self.one(Order, at, Order.closed_at.is_(None)):
            with self.trying():
                cancelling.cancel(self.session, order, "No longer needed", by=self.w.buyer, now=self.now)

    def substitute(self) -> None:
        at = self.random.randrange(100)
        yes = self.random.random() < 0.6
        open_ones = select(SubstituteOffer).where(SubstituteOffer.state == OfferState.OFFERED)
        offer = self.session.scalars(open_ones).first()
        if offer is None:
            waits = ScheduleLine.line.has(OrderLine.product_id == self.soap.id)
            part = self.one(ScheduleLine, at, ScheduleLine.backorder, ScheduleLine.cancelled == 0, waits)
            ranked = standing_in.substitutes_for(self.session, [self.soap.id], TODAY)
            if part is not None and ranked.get(part.line.product_id):
                with self.trying():
                    found = ranked[part.line.product_id][0]
                    offering.offer(self.session, part, found, by=self.w.staff, now=self.now)
            return
        answer = substituting.accept if yes else substituting.refuse
        with self.trying():
            answer(self.session, offer, by=self.w.buyer, now=self.now)

    def transfer(self) -> None:
        at = self.random.randrange(100)
        quantity = self.random.randint(1, 4)
        back = self.random.random() < 0.5
        sides = (self.other, self.w.warehouse) if back else (self.w.warehouse, self.other)
        with self.trying():
            transferring.send(
                self.session,
                self.products[at % 4],
                *sides,
                quantity,
                TODAY + timedelta(days=2),
                by=self.w.staff,
                now=self.now,
            )

    def arrive(self) -> None:
        at = self.random.randrange(100)
        if found := self.one(Transfer, at, Transfer.arrived_at.is_(None)):
            with self.trying():
                transferring.arrive(self.session, found, by=self.w.staff, now=self.now)

    def pick(self) -> None:
        at = self.random.randrange(100)
        if order := self.one(Order, at, Order.closed_at.is_(None)):
            with self.trying():
                wanted = {part.id: part.pickable for part in self.w.parts(order) if part.pickable}
                fulfilling.pick(self.session, order, wanted, by=self.w.staff, now=self.now)

    def send_picked(self) -> None:
        at = self.random.randrange(100)
        shipment = self.one(Shipment, at, Shipment.state == ShipmentState.PICKED)
        if shipment is None:
            return
        with self.trying():
            if at % 4:
                fulfilling.ship(self.session, shipment, "Kerry", "TH1", by=self.w.staff, now=self.now)
            else:
                fulfilling.put_back(self.session, shipment, by=self.w.staff, now=self.now)

    def deliver(self) -> None:
        at = self.random.randrange(100)
        if shipment := self.one(Shipment, at, Shipment.state == ShipmentState.SHIPPED):
            with self.trying():
                delivering.deliver(self.session, shipment, self.now, "Somchai", by=self.w.staff, now=self.now)

    def ask_for_return(self) -> None:
        at = self.random.randrange(100)
        quantity = self.random.randint(1, 4)
        remedy = self.random.choice(list(Remedy))
        line = self.one(OrderLine, at, OrderLine.parts.any(ScheduleLine.delivered > 0))
        if line is None:
            return
        count = min(quantity, sum(part.delivered for part in line.parts))
        asked = requesting.Asked(line.n, count, ReturnReason.QUALITY, numbers=self.shipped_on(line, count))
        with self.trying():
            requesting.ask(self.session, line.order, [asked], remedy, by=self.w.buyer, now=self.now)

    def go_on_with_return(self) -> None:
        at = self.random.randrange(100)
        disposition = self.random.choice(list(Disposition))
        found = self.one(Return, at, Return.state.in_(("requested", "authorised", "received")))
        if found is None:
            return
        with self.trying():
            if found.state == ReturnState.REQUESTED:
                deciding.authorise(self.session, found, by=self.w.staff, now=self.now)
            elif found.state == ReturnState.AUTHORISED:
                arrived = [
                    receiving_back.Arrived(line.id, line.quantity, self.named(line)) for line in found.lines
                ]
                receiving_back.receive(self.session, found, arrived, by=self.w.staff, now=self.now)
            else:
                findings = [
                    inspecting.Finding(line.id, disposition, line.received, "b", numbers=self.named(line))
                    for line in found.lines
                    if line.received
                ]
                inspecting.inspect(self.session, found, findings, by=self.w.staff, now=self.now)
                settling.settle(self.session, found, by=self.w.manager, now=self.now)

    def open_repair(self) -> None:
        at = self.random.randrange(100)
        serials = self.owned(self.pump)
        if serials:
            fault = opening_repairs.Fault(serials[at % len(serials)], "It does not start", loaner_wanted=True)
            with self.trying():
                opening_repairs.open_repair(
                    self.session, self.w.customer, fault, by=self.w.buyer, now=self.now
                )

    def go_on_with_repair(self) -> None:
        at = self.random.randrange(100)
        repair = self.one(Repair, at, Repair.state.not_in(("returned", "cancelled")))
        if repair is None:
            return
        steps: dict[str, Callable[[], object]] = {
            RepairState.REQUESTED: lambda: diagnosing.receive(
                self.session, repair, self.w.warehouse, by=self.w.staff, now=self.now
            ),
            RepairState.RECEIVED: lambda: diagnosing.quote(
                self.session, repair, diagnosing.Diagnosis("Worn seal", 0, 0), by=self.w.staff, now=self.now
            ),
            RepairState.APPROVED: lambda: sending_back.record_repaired(
                self.session, repair, "Seal replaced", by=self.w.staff, now=self.now
            ),
            RepairState.REPAIRED: lambda: sending_back.send_back(
                self.session, repair, sending_back.Parcel("Kerry", "TH2"), by=self.w.staff, now=self.now
            ),
        }
        with self.trying():
            steps[repair.state]()

    def lend(self) -> None:
        at = self.random.randrange(100)
        loan = self.one(Loan, at, Loan.returned_at.is_(None))
        if loan is not None:
            with self.trying():
                lending.take_back(
                    self.session, loan, lending.ComeBack(Grade.WORN, "", 0), by=self.w.staff, now=self.now
                )
            return
        repair, unit = self.one(Repair, at), self.one(LoanerUnit, at)
        with self.trying():
            if unit is None:
                in_stock = self.serials(Keeping.GOOD)
                if in_stock:
                    pooling.add_to_pool(
                        self.session, in_stock[at % len(in_stock)], "As new", by=self.w.staff, now=self.now
                    )
            elif repair is not None:
                lending.hand_out(self.session, repair, unit, by=self.w.staff, now=self.now)

    def recall(self) -> None:
        at = self.random.randrange(100)
        product = (self.milk, self.pump)[at % 2]
        query = select(Identity).where(Identity.product_id == product.id).order_by(Identity.id)
        known = self.session.scalars(query).all()
        if known:
            one = known[at % len(known)]
            with self.trying():
                kind = NoticeKind.RECALL if at % 3 == 0 else NoticeKind.ADVISORY
                notice = draft(
                    self.session, kind, product, one.number, TEXTS, by=self.w.manager, now=self.now
                )
                issue(self.session, notice, by=self.w.admin, now=self.now)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """An act that the rules may refuse; then nothing at all was changed."""
        before = figures(self.session)
        try:
            with transaction(self.session):
                yield
            self.done[self.acting] += 1
        except Refused:
            assert figures(self.session) == before

    def one(self, model: type[Row], at: int, *where: Any) -> Row | None:
        """One of the latest rows of a table."""
        key = model.__table__.c.id
        rows = self.session.scalars(select(model).where(*where).order_by(key.desc()).limit(4)).all()
        return rows[at % len(rows)] if rows else None

    def serials(self, keeping: Keeping) -> list[Identity]:
        query = (
            select(Identity)
            .join(IdentityBalance)
            .where(
                Identity.product_id == self.pump.id,
                IdentityBalance.keeping == keeping,
                IdentityBalance.quantity > 0,
            )
            .order_by(Identity.id)
        )
        return list(self.session.scalars(query))

    def owned(self, product: Product) -> list[str]:
        query = (
            select(Identity.number)
            .join(IdentityBalance)
            .where(
                Identity.product_id == product.id,
                IdentityBalance.keeping == Keeping.OWNED,
                IdentityBalance.quantity > 0,
            )
            .order_by(Identity.id)
        )
        return list(self.session.scalars(query))

    def shipped_on(self, line: OrderLine, most: int) -> dict[str, int]:
        query = (
            select(Identity.number, ShipmentIdentity.quantity)
            .join(ShipmentIdentity, ShipmentIdentity.identity_id == Identity.id)
            .join(ShipmentIdentity.line)
            .join(ShipmentLine.part)
            .where(ScheduleLine.line_id == line.id)
            .order_by(Identity.id)
        )
        named: dict[str, int] = {}
        for number, units in self.session.execute(query):
            named[number] = min(units, most - sum(named.values()))
        return {number: units for number, units in named.items() if units}

    def named(self, line: ReturnLine) -> dict[str, int]:
        return {one.identity.number: one.quantity for one in line.identities}
