"""Whatever is asked for, sent, judged and called off, in any order: no unit comes back or is credited twice."""

from itertools import count

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from aftersales import calling_off, deciding, inspecting, receiving, requesting, settling
from aftersales.identifying import candidates_of
from aftersales.inspecting import Finding
from aftersales.models import (
    Disposition,
    Remedy,
    Return,
    ReturnLine,
    ReturnOutcome,
    ReturnReason,
    ReturnState,
)
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from aftersales.return_steps import numbers_to_inspect, to_inspect
from aftersales.returning import Back, take_back
from inventory.identities import IdentityBalance
from inventory.models import Tracking
from inventory.proving import differences
from inventory.stock import Stock
from orders.models import OrderLine
from orders.shipments import CreditLine
from portal.db import Base, make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.conftest import NOON
from tests.machines import live
from tests.makers import World, make_world

some = st.integers(0, 7)
which = st.integers(0, 99)
ways = st.lists(st.sampled_from(list(Disposition)), min_size=1, max_size=4)
BOUGHT = 6
STOCKED = 10


class Returns(RuleBasedStateMachine):
    """One order of plain, lot and serial goods, all delivered; anybody may try anything with its returns."""

    engine: Engine
    world: World
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = self.world.session
        with transaction(self.session):
            tag = next(self.numbers)
            self.goods = [
                self.world.product(f"{kind}-{tag}", price="3.3350", stock=STOCKED, tracking=kind)
                for kind in Tracking
            ]
            self.order = self.world.order(dict.fromkeys(self.goods, BOUGHT), key=f"history-{tag}")
            self.world.delivered(self.order)
        self.line_ids = [line.id for line in self.order.lines]

    @rule(n=st.integers(1, 3), units=some, remedy=st.sampled_from(list(Remedy)))
    def ask(self, n: int, units: int, remedy: Remedy) -> None:
        asked = [Asked(n, units, ReturnReason.QUALITY, numbers=self._numbers(n, units))]
        self._try(
            lambda: requesting.ask(self.session, self.order, asked, remedy, by=self.world.buyer, now=NOON)
        )

    @rule(n=st.integers(1, 3), units=some, way=st.sampled_from(list(Disposition)))
    def come_back_unannounced(self, n: int, units: int, way: Disposition) -> None:
        backs = [Back(n, units, ReturnReason.DAMAGED, way, self._numbers(n, units))]
        self._try(lambda: take_back(self.session, self.order, backs, by=self.world.staff, now=NOON))

    @rule(at=which)
    def authorise(self, at: int) -> None:
        self._with(at, lambda one: deciding.authorise(self.session, one, by=self.world.staff, now=NOON))

    @rule(at=which)
    def refuse(self, at: int) -> None:
        self._with(at, lambda one: deciding.refuse(self.session, one, "No", by=self.world.staff, now=NOON))

    @rule(at=which)
    def call_off(self, at: int) -> None:
        self._with(at, lambda one: calling_off.cancel(self.session, one, by=self.world.buyer, now=NOON))

    @rule(at=which, units=some)
    def receive(self, at: int, units: int) -> None:
        def arrive(one: Return) -> None:
            arrived = []
            for line in one.lines:
                names: dict[str, int] = {}
                for each in line.identities:
                    taken = min(each.quantity, units - sum(names.values()))
                    names |= {each.identity.number: taken} if taken > 0 else {}
                arrived.append(Arrived(line.id, units, names))
            receiving.receive(self.session, one, arrived, by=self.world.staff, now=NOON)

        self._with(at, arrive)

    @rule(at=which, chosen=ways, most=some)
    def inspect(self, at: int, chosen: list[Disposition], most: int) -> None:
        def judge(one: Return) -> None:
            findings = []
            for line in one.lines:
                units = dict.fromkeys(chosen, 0)
                left = [number for number, count in numbers_to_inspect(line).values() for _ in range(count)]
                for n in range(min(most, to_inspect(line))):
                    units[chosen[n % len(chosen)]] += 1
                for way, count_ in units.items():
                    mine, left = left[:count_], left[count_:]
                    names = {number: mine.count(number) for number in mine}
                    findings.append(Finding(line.id, way, count_, numbers=names))
            inspecting.inspect(self.session, one, findings, by=self.world.staff, now=NOON)

        self._with(at, judge)

    @rule(at=which)
    def settle(self, at: int) -> None:
        self._with(at, lambda one: settling.settle(self.session, one, by=self.world.staff, now=NOON))

    @invariant()
    def no_unit_comes_back_twice(self) -> None:
        self.session.rollback()
        open_units = requesting.asked_for(self.session, self.order)
        for line in requesting.lines_of(self.session, self.order):
            assert 0 <= line.returned + open_units.get(line.id, 0) <= line.quantities.delivered

    @invariant()
    def no_unit_is_credited_twice(self) -> None:
        query = (
            select(CreditLine.order_line_id, func.sum(CreditLine.quantity), func.sum(CreditLine.net_minor))
            .where(CreditLine.order_line_id.in_(self.line_ids))
            .group_by(CreditLine.order_line_id)
        )
        lines = {line.id: line for line in self.session.scalars(self._lines())}
        for line_id, units, net in self.session.execute(query):
            assert units <= lines[line_id].returned
            assert net <= lines[line_id].net_minor

    @invariant()
    def no_more_is_judged_than_came_and_nothing_is_settled_before_all_of_it_is(self) -> None:
        judged = (
            select(
                Return.state,
                ReturnLine.received,
                func.coalesce(func.sum(ReturnOutcome.quantity), 0),
            )
            .join(ReturnLine.goods_return)
            .outerjoin(ReturnLine.outcomes)
            .where(ReturnLine.order_line_id.in_(self.line_ids))
            .group_by(ReturnLine.id, ReturnLine.received, Return.state)
        )
        for state, received, units in self.session.execute(judged):
            assert units == received if state == ReturnState.SETTLED else units <= received

    @invariant()
    def quarantine_holds_what_is_not_decided_or_is_to_be_refurbished(self) -> None:
        came = select(func.coalesce(func.sum(ReturnLine.received), 0))
        gone = select(func.coalesce(func.sum(ReturnOutcome.quantity), 0)).join(ReturnOutcome.line)
        gone = gone.where(ReturnOutcome.disposition != Disposition.REFURBISH)
        mine = ReturnLine.order_line_id.in_(self.line_ids)
        held = select(func.sum(Stock.quarantined)).where(Stock.product_id.in_([p.id for p in self.goods]))
        asked = [self.session.scalar(query) for query in (came.where(mine), gone.where(mine), held)]
        assert asked[0] - asked[1] == asked[2]

    @invariant()
    def every_ledger_is_the_sum_of_its_moves(self) -> None:
        assert differences(self.session) == []
        negative = select(func.count()).where(IdentityBalance.quantity < 0)
        assert self.session.scalar(negative) == 0

    def _lines(self):
        return select(OrderLine).where(OrderLine.id.in_(self.line_ids))

    def _numbers(self, n: int, units: int) -> dict[str, int]:
        line = next(line for line in self.order.lines if line.n == n)
        numbers: dict[str, int] = {}
        for one in candidates_of(self.session, self.order).get(line.id, {}).values():
            taken = min(one.left, units - sum(numbers.values()))
            numbers |= {one.identity.number: taken} if taken > 0 else {}
        return numbers

    def _with(self, at: int, act) -> None:
        query = select(Return).where(Return.order_id == self.order.id).order_by(Return.id)
        found = list(self.session.scalars(query))
        if found:
            self._try(lambda: act(found[at % len(found)]))

    def _try(self, act) -> None:
        try:
            with transaction(self.session):
                act()
        except Refused:
            self.session.rollback()


def _live(engine: Engine, examples: int, steps: int) -> None:
    with make_sessions(engine)() as session:
        with transaction(session):
            world = make_world(session, NOON)
        live(Returns, examples, steps, engine=engine, world=world)


def test_any_history_of_returns_keeps_the_figures_true_on_sqlite() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    _live(engine, examples=10, steps=20)
    engine.dispose()


@pytest.mark.postgres
def test_any_history_of_returns_keeps_the_figures_true_on_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    _live(engine, examples=5, steps=20)
    engine.dispose()
