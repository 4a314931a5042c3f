"""A return is settled with a replacement while a disruption of the warehouse is confirmed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from aftersales import settling
from aftersales.models import Return
from orders import disrupting
from orders.disrupting import Declared, lock_with_others
from orders.disruptions import Disruption, DisruptionKind
from orders.models import Order, Origin
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import make_engine, transaction
from tests.aftersales.returns.acting import REPLACEMENT, SCRAP, ask, authorise, inspect, receive
from tests.racing import meet

pytestmark = pytest.mark.postgres


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def test_settling_waits_for_the_disruption_before_it_locks_the_order(engine, session, world, now):
    with transaction(session):
        order = world.order({world.product(stock=5): 9})  # four are still to come, which the disruption moves
        world.delivered(order)
    found = ask(session, world, order, 2, remedy=REPLACEMENT)
    authorise(session, world, found)
    receive(session, world, found, 2)
    inspect(session, world, found, (SCRAP, 2))
    today = business_day(now)
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, today, today + timedelta(days=30), "น้ำท่วม", "Flood"
    )
    with transaction(session):
        flood_id = disrupting.declare(session, facts, by=world.manager, now=now).id
    return_id, staff_id = found.id, world.staff.id
    session.rollback()

    def begin(mine):
        lock_with_others(mine, mine.get_one(Disruption, flood_id), now=now)

    def confirm(mine):
        disrupting.confirm(mine, mine.get_one(Disruption, flood_id), by=mine.get_one(User, staff_id), now=now)

    def settle(mine):
        settling.settle(mine, mine.get_one(Return, return_id), by=mine.get_one(User, staff_id), now=now)

    assert meet(engine, begin, confirm, settle) == ["", ""]
    session.expire_all()
    made = session.scalars(select(Order).where(Order.origin == Origin.REPLACEMENT)).one()
    due = made.lines[0].parts[0].promise.due_at
    assert due > now + timedelta(days=30)
