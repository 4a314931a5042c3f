"""Whatever happens to lots and serials, in whatever order, each unit is where its moves say, and in one place."""

from collections import Counter
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from inventory import quarantine, receiving, setting_aside, stocking, transferring
from inventory import stopping as stopping_lots
from inventory.identifying import LotFacts, identified
from inventory.identities import Allocation, Identity, IdentityBalance, IdentityMove, Keeping
from inventory.ledger import Move, Place
from inventory.models import Product, Tracking
from inventory.proving import differences
from inventory.setting_aside import Units
from inventory.stock import Reservation, Stock
from inventory.tracing import Shift, Spot, shift
from orders import cancelling, fulfilling
from orders.models import OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.db import Base, make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.makers import make_warehouse
from tests.machines import live
from tests.makers import World, make_world

which = st.integers(0, 99)
units = st.integers(1, 6)


class History(RuleBasedStateMachine):
    """A product by serial and one by lot, in one warehouse, ordered by one customer."""

    world: World
    numbers: "count[int]"

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = self.world.session
        self.session.rollback()
        with transaction(self.session):
            n = next(self.numbers)
            self.products = [
                self.world.product(f"T{n}-{tracking}", stock=4, tracking=tracking)
                for tracking in (Tracking.SERIAL, Tracking.LOT)
            ]
            legacy = self.world.product(f"T{n}-LEGACY", tracking=Tracking.SERIAL)
            stocking.open_stock(self.session, legacy, self.world.warehouse, 3, by=None, now=NOON)
            self.products.append(legacy)
            for product in self.products:
                for quantity in (2, 3):
                    self.world.order({product: quantity}, key=f"k{next(self.numbers)}")
        self.other = make_warehouse(self.session)
        self.ids = [product.id for product in self.products]
        self.warehouse_id = self.world.warehouse.id
        self.theirs = Counter[int]()

    @rule(at=which, quantity=units, day=st.integers(0, 3))
    def receive(self, at: int, quantity: int, day: int) -> None:
        product = self.product(at)
        with transaction(self.session):
            receipt = self.world.receipt(product, quantity, NOON.date() + timedelta(days=1))
            lot = LotFacts(f"L{day}", date(2027, 1, 1) + timedelta(days=day))
            serials = [f"{product.sku}-{next(self.numbers)}" for _ in range(quantity)]
            named = lot if product.tracking == Tracking.LOT else serials
            receiving.book_in(
                self.session, receipt, quantity, last=False, identities=named, by=None, now=NOON
            )

    @rule(at=which, quantity=units)
    def order(self, at: int, quantity: int) -> None:
        with transaction(self.session):
            self.world.order({self.product(at): quantity}, key=f"k{next(self.numbers)}")

    @rule(at=which, by_name=st.booleans(), foreign=st.booleans())
    def pick(self, at: int, by_name: bool, foreign: bool) -> None:
        mine = select(ScheduleLine).join(ScheduleLine.line).where(OrderLine.product_id.in_(self.ids))
        part = self.one([part for part in self.session.scalars(mine) if part.pickable], at)
        if part is None:
            return
        product, identities = part.line.product, None
        if by_name and product.tracking == Tracking.SERIAL:
            pool = select(Identity.number).where(Identity.product_id == product.id).order_by(Identity.id)
            known = list(self.session.scalars(pool)) if foreign else []
            numbers = [*known, *(f"N{next(self.numbers)}" for _ in range(part.pickable))][: part.pickable]
            identities = {part.id: dict.fromkeys(numbers, 1)}
        before = self.figures()
        try:
            with transaction(self.session):
                args = (self.session, part.line.order, {part.id: part.pickable})
                fulfilling.pick(*args, identities=identities, by=self.world.staff, now=NOON)
        except Refused:
            assert self.figures() == before

    @rule(at=which)
    def put_back(self, at: int) -> None:
        shipment = self.one(self.shipments(ShipmentState.PICKED), at)
        if shipment is not None:
            with transaction(self.session):
                fulfilling.put_back(self.session, shipment, by=self.world.staff, now=NOON)

    @rule(at=which)
    def ship(self, at: int) -> None:
        shipment = self.one(self.shipments(ShipmentState.PICKED), at)
        if shipment is None:
            return
        product_id, going = shipment.lines[0].part.line.product_id, shipment.lines[0].quantity
        before = self.figures()
        try:
            with transaction(self.session):
                fulfilling.ship(self.session, shipment, "Kerry", "TH1", by=self.world.staff, now=NOON)
        except Refused:
            assert self.figures() == before
            return
        self.theirs[product_id] += going

    @rule(at=which, quantity=units, act=st.sampled_from(["set_aside", "release", "scrap"]))
    def decide(self, at: int, quantity: int, act: str) -> None:
        product = self.product(at)
        keeping = Keeping.GOOD if act == "set_aside" else Keeping.QUARANTINE
        numbers = self.some_of(product, Spot(keeping, self.warehouse_id), quantity)
        wanted = Units(product, self.world.warehouse, quantity, numbers, "Looked at")
        before = self.figures()
        try:
            with transaction(self.session):
                getattr(setting_aside, act)(self.session, wanted, by=self.world.staff, now=NOON)
        except Refused:
            assert self.figures() == before

    @rule(at=which, quantity=units)
    def come_back(self, at: int, quantity: int) -> None:
        product = self.product(at)
        home = Spot(Keeping.OWNED, customer_id=self.world.customer.id)
        numbers = self.some_of(product, home, quantity)
        back = sum(numbers.values())
        if not back:
            return
        known = {one.number: one.id for one in self.session.scalars(select(Identity).where(self.of(product)))}
        cause = f"RT-{next(self.numbers)}"
        aside = Spot(Keeping.QUARANTINE, self.warehouse_id)
        with transaction(self.session):
            moves = [Move(Place(product.id, self.warehouse_id), back)]
            quarantine.take_back(self.session, moves, cause, by=None, now=NOON)
            shifts = [Shift(known[number], count, home, aside) for number, count in numbers.items()]
            shift(self.session, shifts, "return", cause, by=None, now=NOON)
        self.theirs[product.id] -= back

    @rule(at=which, stopping=st.booleans())
    def stop(self, at: int, stopping: bool) -> None:
        lots = select(Identity).where(self.of(self.products[1])).order_by(Identity.id)
        lot = self.one(list(self.session.scalars(lots)), at)
        if lot is None:
            return
        act = stopping_lots.stop if stopping else stopping_lots.let_go
        with transaction(self.session):
            act(self.session, [lot.id], now=NOON)

    @rule(at=which)
    def cancel(self, at: int) -> None:
        mine = select(ScheduleLine).join(ScheduleLine.line).where(OrderLine.product_id.in_(self.ids))
        part = self.one([part for part in self.session.scalars(mine) if part.unpicked], at)
        if part is None:
            return
        with transaction(self.session):
            cancelling.cancel(self.session, part.line.order, "Not needed", by=self.world.staff, now=NOON)

    @rule(at=which, quantity=units)
    def move_away(self, at: int, quantity: int) -> None:
        product = self.product(at)
        before = self.figures()
        try:
            with transaction(self.session):
                facts = (product, self.world.warehouse, self.other, quantity, NOON.date())
                transferring.send(self.session, *facts, by=self.world.staff, now=NOON)
        except Refused:
            assert self.figures() == before

    @invariant()
    def every_figure_is_the_sum_of_its_records(self) -> None:
        assert differences(self.session) == []

    @invariant()
    def what_lies_picked_is_what_its_shipments_say(self) -> None:
        query = select(ScheduleLine).join(ScheduleLine.line).where(OrderLine.product_id.in_(self.ids))
        for part in self.session.scalars(query.execution_options(populate_existing=True)):
            self.session.refresh(part.reservation)
            assert part.reservation.picked <= part.picked - part.shipped

    @invariant()
    def what_is_held_is_meant_for_lots_as_far_as_there_are_any(self) -> None:
        by_lot = self.products[1].id
        held = select(func.sum(Reservation.held)).where(Reservation.product_id == by_lot)
        meant = (
            select(func.sum(Allocation.quantity))
            .join(Identity, Identity.id == Allocation.identity_id)
            .where(Identity.product_id == by_lot)
        )
        assert (
            self.session.scalars(
                select(Allocation.reservation_id)
                .where(Allocation.picked > 0)
                .join(Reservation, Reservation.id == Allocation.reservation_id)
                .where(Allocation.picked > Reservation.picked)
            ).all()
            == []
        )
        there = (
            select(func.sum(IdentityBalance.quantity))
            .join(Identity, Identity.id == IdentityBalance.identity_id)
            .where(
                Identity.product_id == by_lot,
                IdentityBalance.keeping == Keeping.GOOD,
                ~Identity.stopped,
            )
        )
        most = min(self.session.scalar(held) or 0, self.session.scalar(there) or 0)
        assert (self.session.scalar(meant) or 0) == most

    @invariant()
    def a_serial_is_in_one_place_at_most(self) -> None:
        query = (
            select(IdentityBalance.identity_id)
            .where(IdentityBalance.serial, IdentityBalance.quantity > 0)
            .group_by(IdentityBalance.identity_id)
            .having(func.sum(IdentityBalance.quantity) > 1)
        )
        assert self.session.scalars(query).all() == []

    @invariant()
    def what_is_named_is_part_of_the_stock(self) -> None:
        rows = {Place(row.product_id, row.warehouse_id): row for row in self.session.scalars(select(Stock))}
        for keeping, units_of in ((Keeping.GOOD, "on_hand"), (Keeping.QUARANTINE, "quarantined")):
            for place, known in identified(self.session, rows, keeping).items():
                assert known <= getattr(rows[place], units_of)
        assert all(0 <= row.reserved <= row.on_hand and row.quarantined >= 0 for row in rows.values())

    @invariant()
    def customers_have_what_was_shipped_and_has_not_come_back(self) -> None:
        query = (
            select(Identity.product_id, func.sum(IdentityBalance.quantity))
            .join(Identity, Identity.id == IdentityBalance.identity_id)
            .where(IdentityBalance.customer_id.is_not(None), Identity.product_id.in_(self.ids))
            .group_by(Identity.product_id)
        )
        found = {id_: int(total) for id_, total in self.session.execute(query)}
        assert +Counter(found) == +self.theirs

    @invariant()
    def nothing_is_picked_twice(self) -> None:
        query = (
            select(ShipmentIdentity.identity_id)
            .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
            .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
            .join(Identity, Identity.id == ShipmentIdentity.identity_id)
            .where(Shipment.state == ShipmentState.PICKED, Identity.kind == "serial")
            .group_by(ShipmentIdentity.identity_id)
            .having(func.count() > 1)
        )
        assert self.session.scalars(query).all() == []

    def product(self, at: int) -> Product:
        return self.products[at % len(self.products)]

    @staticmethod
    def of(product: Product) -> Any:
        return Identity.product_id == product.id

    def some_of(self, product: Product, spot: Spot, most: int) -> dict[str, int]:
        """Up to so many units of a product that are known by number at a spot."""
        query = (
            select(Identity.number, IdentityBalance.quantity)
            .join(Identity, Identity.id == IdentityBalance.identity_id)
            .where(
                self.of(product),
                IdentityBalance.keeping == spot.keeping,
                IdentityBalance.quantity > 0,
                (IdentityBalance.warehouse_id == spot.warehouse_id)
                | (IdentityBalance.customer_id == spot.customer_id),
            )
            .order_by(Identity.id)
        )
        found: dict[str, int] = {}
        for number, there in self.session.execute(query):
            if taken := min(there, most - sum(found.values())):
                found[number] = taken
        return found

    def shipments(self, state: ShipmentState) -> list[Shipment]:
        query = (
            select(Shipment)
            .join(Shipment.lines)
            .join(ShipmentLine.part)
            .join(ScheduleLine.line)
            .where(Shipment.state == state, OrderLine.product_id.in_(self.ids))
            .order_by(Shipment.id)
        )
        return list(self.session.scalars(query))

    def figures(self) -> tuple[object, ...]:
        self.session.expire_all()
        rows = (
            select(Stock.id, Stock.on_hand, Stock.reserved, Stock.quarantined).order_by(Stock.id),
            select(Reservation.id, Reservation.quantity, Reservation.held).order_by(Reservation.id),
            select(IdentityBalance.id, IdentityBalance.quantity).order_by(IdentityBalance.id),
            select(func.count(IdentityMove.id)),
            select(func.count(ShipmentIdentity.identity_id)),
        )
        return tuple(self.session.execute(query).all() for query in rows)

    @staticmethod
    def one(rows: list, at: int) -> Any:
        return rows[at % len(rows)] if rows else None


def _live(engine: Engine, examples: int, steps: int) -> None:
    with make_sessions(engine)() as session:
        with transaction(session):
            world = make_world(session, NOON)
        live(History, examples, steps, world=world, numbers=count(1))


def test_any_history_of_lots_and_serials_holds_on_sqlite() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    _live(engine, examples=20, steps=30)
    engine.dispose()


@pytest.mark.postgres
def test_any_history_of_lots_and_serials_holds_on_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    _live(engine, examples=5, steps=30)
    engine.dispose()
