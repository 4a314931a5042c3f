"""Whatever happens to the stock, in whatever order, its figures stay the sums of its records."""

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from inventory import (
    adjusting,
    basket_holds,
    counting,
    drawing_counts,
    receiving,
    reserving,
    stocking,
    transferring,
)
from inventory.adjusting import Correction
from inventory.counts import AdjustmentReason, SheetState
from inventory.drawing_counts import Wanted
from inventory.in_baskets import holds_of, purpose_of
from inventory.inbound import InboundReceipt, Transfer
from inventory.ledger import Move, Place
from inventory.models import Product, Warehouse
from inventory.proving import differences
from inventory.reserving import Supply, reserve
from inventory.stock import Movement, Reservation, Stock
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import Base, make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.counted import person
from tests.inventory.makers import make_product, make_supplier, make_warehouse
from tests.machines import live

Row = TypeVar("Row", InboundReceipt, Reservation, Transfer)
TODAY = business_day(NOON)
units = st.integers(1, 12)
which = st.integers(0, 99)


class History(RuleBasedStateMachine):
    """Two products in two warehouses, to which anything may happen; on hand is also counted here, independently."""

    engine: Engine
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = make_sessions(self.engine)()
        self.products: list[Product] = [make_product(self.session) for _ in range(2)]
        self.warehouses: list[Warehouse] = [make_warehouse(self.session) for _ in range(2)]
        self.supplier = make_supplier(self.session)
        self.places = [Place(p.id, w.id) for p in self.products for w in self.warehouses]
        self.counted: Counter[Place] = Counter()
        self.opened: dict[Place, int] = {}
        roles = (Role.STAFF, Role.MANAGER, Role.MANAGER)
        self.clerk, self.manager, self.boss = (
            person(self.session, f"p{next(self.numbers)}", role) for role in roles
        )

    def teardown(self) -> None:
        self.session.close()

    @rule(at=which, quantity=units)
    def open_stock(self, at: int, quantity: int) -> None:
        place = self._place(at)
        product, warehouse = self._sides(place)
        known = self.opened.get(place)
        try:
            with transaction(self.session):
                new = stocking.open_stock(self.session, product, warehouse, quantity, by=None, now=NOON)
        except Refused:
            assert known not in {None, quantity}
            return
        assert new == (known is None)
        self.opened[place] = quantity
        self.counted[place] += quantity if new else 0

    @rule(at=which, quantity=units, in_days=st.integers(0, 20))
    def expect(self, at: int, quantity: int, in_days: int) -> None:
        product, warehouse = self._sides(self._place(at))
        day = TODAY + timedelta(days=in_days)
        with transaction(self.session):
            receiving.expect(
                self.session, self.supplier, product, warehouse, quantity, day, by=None, now=NOON
            )

    @rule(at=which, quantity=st.integers(0, 12), last=st.booleans())
    def book_in(self, at: int, quantity: int, last: bool) -> None:
        receipt = self._one(InboundReceipt, at)
        if receipt is None:
            return
        may = (
            receipt.closed_at is None
            and receipt.transfer_id is None
            and (quantity or last)
            and quantity <= receipt.quantity - receipt.received
        )
        place = Place(receipt.product_id, receipt.warehouse_id)
        before = self._figures()
        try:
            with transaction(self.session):
                receiving.book_in(self.session, receipt, quantity, last=last, by=None, now=NOON)
        except Refused:
            assert not may
            assert self._figures() == before
            return
        assert may
        self.counted[place] += quantity

    @rule(at=which, in_days=st.integers(0, 20))
    def move_receipt(self, at: int, in_days: int) -> None:
        receipt = self._one(InboundReceipt, at)
        if receipt is None or receipt.closed_at is not None or receipt.transfer_id is not None:
            return
        with transaction(self.session):
            receiving.move(self.session, receipt, TODAY + timedelta(days=in_days), by=None, now=NOON)

    @rule(
        wanted=st.lists(st.tuples(st.integers(0, 1), units), min_size=1, max_size=4),
        at=which,
        due=st.integers(0, 9),
        basket=st.booleans(),
    )
    def order(self, wanted: list[tuple[int, int]], at: int, due: int, basket: bool) -> None:
        warehouse = self.warehouses[at % 2]
        with transaction(self.session):
            ids = [self.products[n].id for n, _ in wanted]
            own = [purpose_of(self.clerk.id, id_) for id_ in ids] if basket else []
            supply = Supply(self.session, ids, warehouse.id, TODAY, own=own, now=NOON)
            parts = [part for n, quantity in wanted for part in supply.split(self.products[n].id, quantity)]
            due_at = NOON + timedelta(days=due)
            reserve(
                self.session,
                [(f"demand-{next(self.numbers)}", part, due_at) for part in parts],
                taken_over=supply.taken_over,
                now=NOON,
            )
        assert sum(part.quantity for part in parts) == sum(quantity for _, quantity in wanted)

    @rule(
        wanted=st.lists(st.integers(0, 12), min_size=2, max_size=2),
        which_one=which,
        minutes=st.integers(0, 9),
        mine=st.booleans(),
    )
    def baskets_hold(self, wanted: list[int], which_one: int, minutes: int, mine: bool) -> None:
        warehouse, buyer = self.warehouses[which_one % 2], self.clerk if mine else self.manager
        with transaction(self.session):
            units = {product.id: n for product, n in zip(self.products, wanted, strict=True)}
            basket_holds.keep(self.session, buyer, units, warehouse.id, minutes, now=NOON)
        held = holds_of(self.session, buyer.id, list(units), now=NOON)
        assert all(
            hold.units <= units[id_] and hold.warehouse_id == warehouse.id for id_, hold in held.items()
        )
        if minutes:
            rows = self.session.scalars(select(Stock).where(Stock.warehouse_id == warehouse.id))
            for row in rows:
                short = units.get(row.product_id, 0) - (
                    held[row.product_id].units if row.product_id in held else 0
                )
                assert short <= 0 or row.available == 0
        else:
            assert held == {}

    @rule(minutes=st.integers(0, 40))
    def holds_expire(self, minutes: int) -> None:
        until = NOON + timedelta(minutes=minutes)
        basket_holds.end_expired(self.session, until)
        late = select(func.count(Reservation.id)).where(Reservation.expires_at <= until)
        assert self.session.scalar(late) == 0

    @rule(at=which, quantity=units)
    def ship(self, at: int, quantity: int) -> None:
        reservation = self._one(Reservation, at)
        if reservation is None:
            return
        place, held = Place(reservation.product_id, reservation.warehouse_id), reservation.held
        before = self._figures()
        try:
            with transaction(self.session):
                cause = f"SH-{next(self.numbers)}"
                reserving.consume_all(self.session, {cause: {reservation.id: quantity}}, by=None, now=NOON)
        except Refused:
            assert quantity > held
            assert self._figures() == before
            return
        assert quantity <= held
        self.counted[place] -= quantity

    @rule(at=which, quantity=units, demand=which, for_it=st.booleans())
    def send(self, at: int, quantity: int, demand: int, for_it: bool) -> None:
        source = self._place(at)
        product, warehouse = self._sides(source)
        other = next(one for one in self.warehouses if one.id != warehouse.id)
        target = Place(product.id, other.id)
        waiting = self._one(Reservation, demand) if for_it else None
        purpose = waiting.purpose if waiting else None
        fits = waiting is None or (
            Place(waiting.product_id, waiting.warehouse_id) == target and waiting.held < waiting.quantity
        )
        stock = self.session.scalars(
            select(Stock).where(Stock.product_id == product.id, Stock.warehouse_id == warehouse.id)
        ).one_or_none()
        free = (stock.available if stock else 0) + self._in_baskets(source)
        before = self._figures()
        try:
            with transaction(self.session):
                transferring.send(
                    self.session,
                    product,
                    warehouse,
                    other,
                    quantity,
                    TODAY,
                    purpose=purpose,
                    by=None,
                    now=NOON,
                )
        except Refused:
            assert quantity > free or not fits
            assert self._figures() == before
            return
        assert quantity <= free
        assert fits
        self.counted[source] -= quantity

    @rule(at=which)
    def arrive(self, at: int) -> None:
        transfer = self._one(Transfer, at)
        if transfer is None:
            return
        under_way, before = transfer.arrived_at is None, self._figures()
        place = Place(transfer.product_id, transfer.to_warehouse_id)
        try:
            with transaction(self.session):
                transferring.arrive(self.session, transfer, by=None, now=NOON)
        except Refused:
            assert not under_way
            assert self._figures() == before
            return
        assert under_way
        self.counted[place] += transfer.quantity

    @rule(some=st.lists(which, min_size=1, max_size=4))
    def let_go(self, some: list[int]) -> None:
        found = {one.id for at in some if (one := self._one(Reservation, at)) is not None}
        with transaction(self.session):
            reserving.release(self.session, found, now=NOON)

    @rule(at=which, quantity=units)
    def put_back(self, at: int, quantity: int) -> None:
        place = self._place(at)
        with transaction(self.session):
            cause = f"RMA-{next(self.numbers)}"
            stocking.put_back(self.session, [Move(place, quantity)], cause, by=None, now=NOON)
        self.counted[place] += quantity

    @rule(at=which, change=st.integers(-12, 12))
    def adjust(self, at: int, change: int) -> None:
        place = self._place(at)
        product, warehouse = self._sides(place)
        reason = AdjustmentReason.FOUND if change > 0 else AdjustmentReason.LOST
        before, there = self._figures(), +self.counted
        try:
            with transaction(self.session):
                facts = Correction(product, warehouse, change, reason)
                found = adjusting.propose(self.session, facts, by=self.clerk, now=NOON)
            with transaction(self.session):
                adjusting.approve(self.session, found, by=self.manager, now=NOON)
        except Refused:
            assert change == 0 or there[place] + change < 0
            assert self._figures() == before
            return
        self.counted[place] += change

    @rule(at=which, quantity=st.integers(0, 15), meanwhile=st.integers(-2, 2))
    def count_it(self, at: int, quantity: int, meanwhile: int) -> None:
        place = self._place(at)
        product, warehouse = self._sides(place)
        try:
            with transaction(self.session):
                wanted = Wanted(skus=[product.sku])
                (sheet,) = drawing_counts.draw(self.session, warehouse, wanted, by=self.clerk, now=NOON)
        except Refused:
            return  # nothing was ever there
        said = self.counted[place]
        with transaction(self.session):
            counting.enter(self.session, sheet.lines[0], quantity, by=self.clerk, now=NOON)
        self.adjust(at, meanwhile)
        with transaction(self.session):
            state = counting.hand_in(self.session, sheet, by=self.clerk, now=NOON)
        if state == SheetState.RECOUNT:
            said = self.counted[place]
            with transaction(self.session):
                counting.enter(self.session, sheet.lines[0], quantity, by=self.manager, now=NOON)
            with transaction(self.session):
                counting.hand_in(self.session, sheet, by=self.manager, now=NOON)
        adjustment = sheet.lines[0].adjustment
        assert (adjustment.quantity if adjustment else 0) == quantity - said
        if adjustment is None:
            return
        try:
            with transaction(self.session):
                adjusting.approve(self.session, adjustment, by=self.boss, now=NOON)
        except Refused:
            assert self.counted[place] + quantity - said < 0
            with transaction(self.session):
                adjusting.refuse(self.session, adjustment, "It moved", by=self.boss, now=NOON)
            return
        self.counted[place] += quantity - said

    @invariant()
    def every_figure_is_the_sum_of_its_records(self) -> None:
        assert differences(self.session) == []

    @invariant()
    def what_is_there_is_what_came_less_what_left(self) -> None:
        rows = self.session.scalars(select(Stock).where(Stock.product_id.in_(self._ids())))
        found = {Place(row.product_id, row.warehouse_id): row for row in rows}
        assert {place: row.on_hand for place, row in found.items() if row.on_hand} == dict(+self.counted)
        assert all(row.on_hand >= row.reserved >= 0 for row in found.values())

    @invariant()
    def nobody_waits_where_something_is_free(self) -> None:
        waits = select(Reservation.id).join(
            Stock,
            (Stock.product_id == Reservation.product_id) & (Stock.warehouse_id == Reservation.warehouse_id),
        )
        free = (Stock.on_hand > Stock.reserved) & (Reservation.held < Reservation.quantity)
        assert self.session.scalars(waits.where(free)).all() == []

    @invariant()
    def what_a_basket_holds_lies_there_and_waits_for_nothing(self) -> None:
        rows = self.session.scalars(select(Reservation).where(Reservation.expires_at.is_not(None)))
        assert all(0 < one.held == one.quantity and not one.picked and not one.receipt_id for one in rows)

    def _in_baskets(self, place: Place) -> int:
        query = select(func.coalesce(func.sum(Reservation.held), 0)).where(
            Reservation.product_id == place.product_id,
            Reservation.warehouse_id == place.warehouse_id,
            Reservation.expires_at.is_not(None),
        )
        return int(self.session.scalar(query) or 0)

    def _figures(self) -> tuple[object, ...]:
        self.session.expire_all()
        ids = self._ids()
        return (
            self.session.execute(
                select(Stock.id, Stock.on_hand, Stock.reserved)
                .where(Stock.product_id.in_(ids))
                .order_by(Stock.id)
            ).all(),
            self.session.execute(
                select(Reservation.id, Reservation.quantity, Reservation.held, Reservation.receipt_id)
                .where(Reservation.product_id.in_(ids))
                .order_by(Reservation.id)
            ).all(),
            self.session.execute(
                select(
                    InboundReceipt.id,
                    InboundReceipt.received,
                    InboundReceipt.claimed,
                    InboundReceipt.closed_at,
                )
                .where(InboundReceipt.product_id.in_(ids))
                .order_by(InboundReceipt.id)
            ).all(),
            self.session.scalar(select(func.count(Movement.id))),
        )

    def _ids(self) -> list[int]:
        return [product.id for product in self.products]

    def _place(self, at: int) -> Place:
        return self.places[at % len(self.places)]

    def _sides(self, place: Place) -> tuple[Product, Warehouse]:
        return self.session.get_one(Product, place.product_id), self.session.get_one(
            Warehouse, place.warehouse_id
        )

    def _one(self, model: type[Row], at: int) -> Row | None:
        query = select(model).where(model.product_id.in_(self._ids())).order_by(model.id)
        if model is Reservation:
            query = query.where(Reservation.expires_at.is_(None))
        rows = self.session.scalars(query).all()
        return rows[at % len(rows)] if rows else None


def _live(engine: Engine, examples: int, steps: int) -> None:
    live(History, examples, steps, engine=engine)


def test_any_history_keeps_the_figures_true_on_sqlite() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    _live(engine, examples=40, steps=25)
    engine.dispose()


@pytest.mark.postgres
def test_any_history_keeps_the_figures_true_on_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    _live(engine, examples=8, steps=20)
    engine.dispose()
