"""Whatever is received, held, adjusted and counted of lots and serials, every figure stays the sum of its records."""

from collections import Counter
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from inventory import adjusting, counting, drawing_counts, reserving, setting_aside, stocking
from inventory.adjusting import Correction
from inventory.adjusting_numbers import good_at
from inventory.counting_terms import Terms, set_terms
from inventory.counts import (
    OPEN_SHEETS,
    AdjustmentReason,
    AdjustmentState,
    CountLine,
    CountSheet,
    SheetState,
    StockAdjustment,
)
from inventory.drawing_counts import Wanted
from inventory.identifying import LotFacts
from inventory.identities import Identity, IdentityBalance, IdentityMove
from inventory.ledger import Move, Place
from inventory.models import Product, Tracking
from inventory.proving import differences
from inventory.reserving import Supply, reserve
from inventory.setting_aside import Units
from inventory.stock import Condition, Movement, Reservation, Stock
from inventory.stocking import Batch
from portal.accounts import inviting
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import Base, make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.makers import make_product, make_warehouse
from tests.machines import live

which = st.integers(0, 99)
units = st.integers(1, 6)
slip = st.integers(-3, 3)


class CountedHistory(RuleBasedStateMachine):
    """A plain product, one kept by lot and one by serial, in two warehouses, counted by three people."""

    engine: Engine
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = make_sessions(self.engine)()
        trackings = (Tracking.NONE, Tracking.LOT, Tracking.SERIAL)
        self.products = [make_product(self.session, tracking=one, unit_cost=Decimal(1)) for one in trackings]
        self.warehouses = [make_warehouse(self.session) for _ in range(2)]
        self.ids = [one.id for one in self.products]
        self.people = []
        with transaction(self.session):
            for role in (Role.STAFF, Role.STAFF, Role.MANAGER):
                email = f"p{next(self.numbers)}@sanya.example.com"
                person = inviting.add_user(self.session, email, name=email, role=role, by=None, now=NOON)
                self.people.append(person)
            self.session.flush()
            set_terms(self.session, Terms(200, 0, 0, 5000, 10), by=self.people[2], now=NOON)

    def teardown(self) -> None:
        self.session.rollback()
        with transaction(self.session):
            for sheet in self.session.scalars(select(CountSheet).where(CountSheet.state.in_(OPEN_SHEETS))):
                sheet.state, sheet.closed_at = SheetState.CANCELLED, NOON
        self.session.close()

    @rule(at=which, quantity=units)
    def come_in(self, at: int, quantity: int) -> None:
        product, place = self._product(at), self._place(at)
        number = f"N{next(self.numbers)}"
        batch = Batch(place, serials=[f"{number}-{n}" for n in range(quantity)])
        if product.tracking == Tracking.LOT:
            batch = Batch(place, lot=LotFacts(number), units=quantity)
        with transaction(self.session):
            if product.tracking == Tracking.NONE:
                move = Move(place, quantity)
                stocking.put_back(self.session, [move], number, by=None, now=NOON)
            else:
                stocking.open_named(self.session, [batch], by=None, now=NOON)

    @rule(at=which, quantity=units)
    def order(self, at: int, quantity: int) -> None:
        place = self._place(at)
        with transaction(self.session):
            supply = Supply(self.session, [place.product_id], place.warehouse_id, business_day(NOON))
            parts = supply.split(place.product_id, quantity)
            named = [(f"demand-{next(self.numbers)}", part, NOON) for part in parts]
            reserve(self.session, named, now=NOON)

    @rule(at=which)
    def ship_what_is_not_tracked(self, at: int) -> None:
        held = self.session.scalars(
            select(Reservation).where(Reservation.product_id == self.ids[0], Reservation.held > 0)
        ).all()
        if held:
            one = held[at % len(held)]
            cause = {f"SH-{next(self.numbers)}": {one.id: one.held}}
            with transaction(self.session):
                reserving.consume_all(self.session, cause, by=None, now=NOON)

    @rule(at=which, back=st.booleans())
    def hold_or_release(self, at: int, back: bool) -> None:
        product, place = self._product(at), self._place(at)
        named = dict(list(self._good(at).items())[:1]) if not back else {}
        act = setting_aside.release if back else setting_aside.set_aside
        if product.tracking != Tracking.NONE and not named:
            return
        unit = Units(product, self._warehouse(at), 1, dict.fromkeys(named, 1), "Wet")
        try:
            with transaction(self.session):
                act(self.session, unit, by=self.people[0], now=NOON)
        except Refused:
            row = self._row(place)
            assert row is None or (row.quarantined if back else row.on_hand) == 0

    @rule(at=which, change=slip, who=which)
    def adjust(self, at: int, change: int, who: int) -> None:
        product, before = self._product(at), self._figures()
        reason = AdjustmentReason.FOUND if change > 0 else AdjustmentReason.LOST
        facts = Correction(product, self._warehouse(at), change, reason, "", self._named(at, change))
        try:
            with transaction(self.session):
                adjusting.propose(self.session, facts, by=self.people[who % 3], now=NOON)
        except Refused:
            assert self._figures() == before

    @rule(at=which, who=which, accepts=st.booleans())
    def decide(self, at: int, who: int, accepts: bool) -> None:
        waiting = select(StockAdjustment).where(
            StockAdjustment.state == AdjustmentState.PROPOSED, StockAdjustment.product_id.in_(self.ids)
        )
        found = self.session.scalars(waiting.order_by(StockAdjustment.id)).all()
        if not found:
            return
        one, by, before = found[at % len(found)], self.people[who % 3], self._figures()
        try:
            with transaction(self.session):
                if accepts:
                    adjusting.approve(self.session, one, by=by, now=NOON)
                else:
                    adjusting.refuse(self.session, one, "No", by=by, now=NOON)
        except Refused:
            assert self._figures() == before

    @rule(at=which)
    def draw(self, at: int) -> None:
        wanted = Wanted(skus=[self._product(at).sku])
        try:
            with transaction(self.session):
                drawing_counts.draw(self.session, self._warehouse(at), wanted, by=self.people[0], now=NOON)
        except Refused:
            pass  # it is on an open sheet, or was never there

    @rule(at=which, who=which, change=slip)
    def enter(self, at: int, who: int, change: int) -> None:
        lines = self.session.scalars(
            select(CountLine)
            .join(CountLine.sheet)
            .where(CountLine.product_id.in_(self.ids), CountSheet.state.in_(OPEN_SHEETS))
            .order_by(CountLine.id)
        ).all()
        if not lines:
            return
        line, before = lines[at % len(lines)], self._figures()
        serials: list[str] = []
        if line.product.tracking == Tracking.SERIAL:
            serials = list(good_at(self.session, line.product, line.sheet.warehouse))[max(0, -change) :]
            serials += [f"X{next(self.numbers)}" for _ in range(max(0, change))]
        counted = max(0, counting.books_say(self.session, line.sheet, line)[0] + change)
        self.session.rollback()
        try:
            with transaction(self.session):
                counting.enter(self.session, line, counted, serials, by=self.people[who % 3], now=NOON)
        except Refused:
            pass  # it takes no counts, or somebody else is to count it
        assert self._figures() == before

    @rule(at=which, who=which)
    def hand_in(self, at: int, who: int) -> None:
        mine = select(CountLine.sheet_id).where(CountLine.product_id.in_(self.ids))
        sheets = self.session.scalars(
            select(CountSheet).where(CountSheet.id.in_(mine)).order_by(CountSheet.id)
        ).all()
        if not sheets:
            return
        sheet, before = sheets[at % len(sheets)], self._figures()
        try:
            with transaction(self.session):
                counting.hand_in(self.session, sheet, by=self.people[who % 3], now=NOON)
        except Refused:
            assert self._figures() == before

    @invariant()
    def every_figure_is_the_sum_of_its_records(self) -> None:
        assert differences(self.session) == []

    @invariant()
    def on_hand_is_the_sum_of_movements_and_covers_what_is_reserved(self) -> None:
        query = (
            select(Movement.product_id, Movement.warehouse_id, func.sum(Movement.quantity))
            .where(Movement.condition == Condition.GOOD, Movement.product_id.in_(self.ids))
            .group_by(Movement.product_id, Movement.warehouse_id)
        )
        moved = {Place(row[0], row[1]): int(row[2]) for row in self.session.execute(query)}
        for row in self.session.scalars(select(Stock).where(Stock.product_id.in_(self.ids))):
            assert row.on_hand == moved.get(Place(row.product_id, row.warehouse_id), 0)
            assert row.on_hand >= row.reserved >= 0

    @invariant()
    def every_lot_and_serial_lies_where_its_moves_brought_it(self) -> None:
        balances, moves = Counter[int](), Counter[int]()
        mine = select(Identity.id).where(Identity.product_id.in_(self.ids))
        for one in self.session.scalars(select(IdentityBalance).where(IdentityBalance.identity_id.in_(mine))):
            assert one.quantity >= 0
            balances[one.identity_id] += one.quantity
            assert not one.serial or balances[one.identity_id] <= 1
        query = select(IdentityMove.identity_id, IdentityMove.quantity)
        for identity_id, quantity in self.session.execute(query.where(IdentityMove.identity_id.in_(mine))):
            moves[identity_id] += quantity
        assert +balances == +moves

    def _figures(self) -> tuple[object, ...]:
        self.session.expire_all()
        stock = select(Stock.id, Stock.on_hand, Stock.reserved, Stock.quarantined).order_by(Stock.id)
        return (
            self.session.execute(stock.where(Stock.product_id.in_(self.ids))).all(),
            self.session.scalar(select(func.count(Movement.id))),
            self.session.scalar(select(func.count(IdentityMove.id))),
        )

    def _named(self, at: int, change: int) -> dict[str, int]:
        product = self._product(at)
        if product.tracking == Tracking.NONE:
            return {}
        known = list(self._good(at))
        if product.tracking == Tracking.LOT:
            return {known[0]: abs(change)} if known else {}
        if change > 0:
            return {f"F{next(self.numbers)}": 1 for _ in range(change)}
        return dict.fromkeys(known[: abs(change)], 1)

    def _good(self, at: int) -> dict[str, int]:
        return good_at(self.session, self._product(at), self._warehouse(at))

    def _row(self, place: Place) -> Stock | None:
        query = select(Stock).where(
            Stock.product_id == place.product_id, Stock.warehouse_id == place.warehouse_id
        )
        return self.session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def _product(self, at: int) -> Product:
        return self.products[at % 3]

    def _warehouse(self, at: int):
        return self.warehouses[at // 3 % 2]

    def _place(self, at: int) -> Place:
        return Place(self._product(at).id, self._warehouse(at).id)


def test_any_history_of_counts_keeps_the_figures_true_on_sqlite() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    live(CountedHistory, examples=25, steps=30, engine=engine)
    engine.dispose()


@pytest.mark.postgres
def test_any_history_of_counts_keeps_the_figures_true_on_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    live(CountedHistory, examples=6, steps=25, engine=engine)
    engine.dispose()
