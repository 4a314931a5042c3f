"""Two managers, in processes of their own, want the same person for different units at the same hours."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from policies import directory
from policies.directory import UnitFacts
from policies.units import DutyShift
from portal.db import make_engine, make_sessions
from tests.policies import rota_clerks
from tests.policies.makers import House, make_house

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
DESK = UnitFacts("DESK", "ก", "Order desk", time(8), time(18), phone="02 123 4567")
HOURS = (9, 10, 11, 12)


@pytest.fixture
def scene(postgres_url: str, now: datetime) -> Iterator[House]:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        yield make_house(session, now)
    engine.dispose()


def test_one_person_is_never_on_duty_in_two_units_at_once(scene: House, postgres_url: str) -> None:
    units = [
        directory.open_unit(scene.session, replace(DESK, code=f"U{n}"), by=scene.manager, now=scene.now)
        for n in range(3)
    ]
    scene.session.commit()
    day: date = scene.today + timedelta(days=1)
    tasks = [
        (postgres_url, scene.manager.id, unit.id, scene.staff.id, day, hour, scene.now)
        for unit in units
        for hour in HOURS
    ]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.policies.rota_clerks"])
    with context.Pool(len(tasks), rota_clerks.wait_at, (context.Barrier(len(tasks)),)) as pool:
        said = Counter(pool.map_async(rota_clerks.act, tasks, chunksize=1).get(timeout=120))
    scene.reread()
    query = select(DutyShift.opens, DutyShift.closes).order_by(DutyShift.opens)
    held = scene.session.execute(query).all()
    assert 1 <= len(held) <= 2
    assert said == {"there": len(held), "told": len(tasks) - len(held)}
    assert all(first.closes <= second.opens for first, second in pairwise(held))
