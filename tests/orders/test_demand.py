"""What customers asked for is counted day by day, lost units too, and the hours without stock beside it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.plans import DemandDay
from inventory.stockouts import StockOut
from orders import demand
from orders.cancelling import cancel
from portal.clock import at, business_day
from portal.db import transaction
from tests.makers import World, make_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    with transaction(session):
        return make_world(session, now)


def _counted(session: Session) -> list[tuple[Any, ...]]:
    session.rollback()
    day = DemandDay
    query = select(day.day, day.lines, day.ordered, day.lost, day.out_minutes).order_by(
        day.day, day.product_id
    )
    return [tuple(row) for row in session.execute(query)]


def test_units_are_counted_on_the_day_they_were_asked(world: World) -> None:
    session, now = world.session, world.now
    with transaction(session):
        soap = world.product("SOAP-1", stock=50)
        world.order({soap: 3})
        world.order({soap: 4}, at=now + timedelta(hours=2))
        world.order({soap: 5}, at=now + timedelta(days=2))
    today = business_day(now)
    assert demand.count_demand(session, now + timedelta(days=3)) == 2
    assert _counted(session) == [(today, 2, 7, 0, 0), (today + timedelta(days=2), 1, 5, 0, 0)]


def test_counting_again_changes_nothing(world: World) -> None:
    session, later = world.session, world.now + timedelta(days=3)
    with transaction(session):
        world.order({world.product("SOAP-1", stock=2): 5})
        out = session.scalars(select(StockOut)).all()
    assert out == []
    demand.count_demand(session, later)
    before = _counted(session)
    assert demand.count_demand(session, later) == 0
    assert _counted(session) == before


def test_a_day_is_counted_once_it_is_over(world: World) -> None:
    with transaction(world.session):
        world.order({world.product("SOAP-1", stock=9): 5})
    assert demand.count_demand(world.session, world.now + timedelta(hours=3)) == 0
    assert demand.count_demand(world.session, world.now + timedelta(days=1)) == 1


def test_units_cancelled_because_there_were_none_are_lost_and_still_demand(world: World) -> None:
    session, now = world.session, world.now
    with transaction(session):
        order = world.order({world.product("SOAP-1", stock=2): 10})
    demand.count_demand(session, now + timedelta(days=1))
    today = business_day(now)
    assert _counted(session) == [(today, 1, 10, 0, 0)]
    with transaction(session):
        cancel(session, order, "Too late for us", by=world.buyer, now=now + timedelta(days=4))
    assert demand.count_demand(session, now + timedelta(days=5)) == 1
    assert _counted(session) == [(today, 1, 8, 8, 0)]


def test_what_was_there_and_was_called_off_is_no_demand(world: World) -> None:
    session, now = world.session, world.now
    with transaction(session):
        order = world.order({world.product("SOAP-1", stock=20): 10})
        cancel(session, order, "Typed wrong", by=world.buyer, now=now)
    demand.count_demand(session, now + timedelta(days=1))
    assert _counted(session) == [(business_day(now), 1, 0, 0, 0)]


def test_minutes_without_stock_are_counted_by_day_with_or_without_orders(world: World) -> None:
    session, now = world.session, world.now
    today = business_day(now)
    with transaction(session):
        soap = world.product("SOAP-1")
        began = at(today) + timedelta(hours=18)
        ended = at(today + timedelta(days=2)) + timedelta(minutes=90)
        place = {"product_id": soap.id, "warehouse_id": world.warehouse.id}
        session.add(StockOut(**place, started_at=began, ended_at=ended))
        session.add(StockOut(**place, started_at=ended + timedelta(hours=1)))
    demand.count_demand(session, now + timedelta(days=4))
    assert [row[0] - today for row in _counted(session)] == [timedelta(days=n) for n in range(4)]
    assert [row[4] for row in _counted(session)] == [360, 1440, 1380, 1440]
    assert demand.count_demand(session, now + timedelta(days=4)) == 0


def test_each_warehouse_counts_what_was_asked_of_it(world: World) -> None:
    session, now = world.session, world.now
    with transaction(session):
        soap, rope = world.product("SOAP-1", stock=9), world.product("ROPE-1", stock=9)
        world.order({soap: 2, rope: 1})
    demand.count_demand(session, now + timedelta(days=1))
    rows = session.execute(select(DemandDay.product_id, DemandDay.warehouse_id, DemandDay.ordered)).all()
    assert sorted(rows) == sorted([(soap.id, world.warehouse.id, 2), (rope.id, world.warehouse.id, 1)])


def test_a_run_that_dies_is_taken_up_by_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session, now = world.session, world.now
    with transaction(session):
        soap = world.product("SOAP-1", stock=90)
        for n in range(4):
            world.order({soap: n + 1}, at=now + timedelta(days=n))
    real, calls = demand.count_day, []

    def dies(*asked: Any) -> int:
        calls.append(asked)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*asked)

    monkeypatch.setattr(demand, "count_day", dies)
    with pytest.raises(KeyboardInterrupt):
        demand.count_demand(session, now + timedelta(days=4))
    assert [row[2] for row in _counted(session)] == [1, 2]
    demand.count_demand(session, now + timedelta(days=4))
    assert [row[2] for row in _counted(session)] == [1, 2, 3, 4]


def test_a_history_brought_in_later_is_counted_from_its_first_day(world: World) -> None:
    session, now = world.session, world.now
    with transaction(session):
        soap = world.product("SOAP-1", stock=90)
        world.order({soap: 1}, at=now)
    demand.count_demand(session, now + timedelta(days=1))
    with transaction(session):
        world.order({soap: 7}).placed_at = now - timedelta(days=200)
    days = demand.days_to_count(session, business_day(now) + timedelta(days=1))
    assert (len(days), days[0] > days[-1]) == (201, True)
    assert demand.count_demand(session, now + timedelta(days=1)) == 1
    assert [row[2] for row in _counted(session)] == [7, 1]
    assert len(demand.days_to_count(session, business_day(now) + timedelta(days=1))) == 61
