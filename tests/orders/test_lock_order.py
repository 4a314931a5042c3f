"""Acts that move the days of goods and acts that deal goods out wait for each other in one order, never in a circle."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from inventory.ledger import Place, stock_rows
from inventory.stock import Reservation
from orders import calendar_moves, disrupting, expediting
from orders.disrupting import Declared
from orders.disruptions import Disruption, DisruptionKind
from orders.expedites import ExpediteRequest, FastService
from policies import closing
from policies.promises import Promise
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock, make_engine, make_sessions
from tests.makers import World
from tests.orders.expediting.asking import asked_for, costing, fast_world, service_named
from tests.racing import meet

pytestmark = pytest.mark.postgres

Act = Callable[[Session], object]


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine, now: datetime) -> Iterator[World]:
    """A distributor with two orders of the same goods."""
    with make_sessions(engine)() as session:
        world = fast_world(session, now)
        soap = costing(world)
        for _ in range(2):
            world.order({soap: 4})
        session.commit()
        yield world


def _confirming(world: World) -> Act:
    today = business_day(world.now)
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, today, today + timedelta(days=30), "น้ำท่วม", "Flood"
    )
    disruption_id = disrupting.declare(world.session, facts, by=world.manager, now=world.now).id
    world.session.commit()
    manager_id, now = world.manager.id, world.now

    def act(session: Session) -> None:
        manager = session.get_one(User, manager_id)
        disrupting.confirm(session, session.get_one(Disruption, disruption_id), by=manager, now=now)

    return act


def _closing(world: World) -> Act:
    manager_id, now = world.manager.id, world.now
    day = business_day(world.session.scalars(select(Promise.due_at).order_by(Promise.id)).all()[0])

    def act(session: Session) -> None:
        followers = (calendar_moves.follow,)
        manager = session.get_one(User, manager_id)
        done = closing.close_day(session, day, "", "Stock-taking", followers=followers, by=manager, now=now)
        assert done.promises == 2

    return act


def _approving(world: World) -> Act:
    (part, *_) = world.parts(world.order({costing(world, "RICE"): 4}))
    request_id, service_id = asked_for(world, part).id, service_named(world, "NEXT").id
    world.session.commit()
    staff_id, now = world.staff.id, world.now

    def act(session: Session) -> None:
        request = session.get_one(ExpediteRequest, request_id)
        service, staff = session.get_one(FastService, service_id), session.get_one(User, staff_id)
        expediting.approve(session, request, service, by=staff, now=now)

    return act


@pytest.mark.parametrize("making", [_confirming, _closing, _approving])
def test_moving_days_waits_for_who_deals_goods_out_and_holds_nothing_they_want(
    world: World, engine: Engine, making: Callable[[World], Act]
) -> None:
    moving = making(world)
    held = world.session.scalars(select(Reservation).order_by(Reservation.id)).all()
    places = [Place(one.product_id, one.warehouse_id) for one in held]
    first, *_, last = [one.id for one in held]
    world.session.commit()

    def begin(session: Session) -> None:
        stock_rows(session, places)
        lock(session, Reservation, [last])  # goods are dealt in the order of the promised days

    def go_on(session: Session) -> None:
        lock(session, Reservation, [first])

    assert meet(engine, begin, go_on, moving) == ["", ""]
