"""People in processes of their own want the last places, or the same hour of a consultant, at the same moment."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time

import pytest
from sqlalchemy import select

from policies.consultations import Slot, SlotState
from policies.signing_up import sign_up
from portal.db import make_engine, make_sessions
from tests.policies import signers
from tests.policies.event_makers import announced, consultant, holds, people, slot, states, told
from tests.policies.makers import House, make_house

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
CROWD = 40


@pytest.fixture
def scene(postgres_url: str, now: datetime) -> Iterator[House]:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        yield make_house(session, now)
    engine.dispose()


def _rush(url: str, wanted: list[tuple[str, int, int]], now: datetime) -> Counter[str]:
    """Everyone starts at the same moment, each in a process of their own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.policies.signers"])
    tasks = [(url, *one, now) for one in wanted]
    with context.Pool(len(tasks), signers.wait_at, (context.Barrier(len(tasks)),)) as pool:
        return Counter(pool.map_async(signers.act, tasks, chunksize=1).get(timeout=120))


def test_forty_people_who_want_the_last_seven_places_get_seven_and_wait_in_order(
    scene: House, postgres_url: str
) -> None:
    seminar = announced(scene, places=7)
    crowd = people(scene, CROWD)
    scene.session.commit()
    wanted = [("up", one.id, seminar.id) for one in crowd]
    assert _rush(postgres_url, wanted, scene.now) == {"place": 7, "waiting": 33}
    scene.reread()
    holds(scene.session, seminar)
    found = states(scene.session, seminar)
    assert found == {"place": list(range(1, 8)), "waiting": list(range(8, 41))}
    assert len(told(scene.session, "seminar_signed_up")) == 7
    assert len(told(scene.session, "seminar_waiting")) == 33


def test_one_person_who_clicks_in_many_windows_signs_up_once(scene: House, postgres_url: str) -> None:
    seminar = announced(scene)
    scene.session.commit()
    wanted = [("up", scene.buyer.id, seminar.id)] * 4
    assert _rush(postgres_url, wanted, scene.now) == {"place": 1, "told": 3}
    scene.reread()
    holds(scene.session, seminar)
    assert states(scene.session, seminar) == {"place": [1]}


def test_people_who_come_and_go_at_the_same_moment_leave_no_place_empty(
    scene: House, postgres_url: str
) -> None:
    seminar = announced(scene, places=10)
    crowd = people(scene, 30)
    for one in crowd[:20]:
        sign_up(scene.session, seminar, by=one, now=scene.now)
    scene.session.commit()
    wanted = [
        ("off" if n < 10 else "up", one.id, seminar.id) for n, one in enumerate(crowd) if n < 10 or n >= 20
    ]
    outcome = _rush(postgres_url, wanted, scene.now)
    assert outcome["off"] == 10
    assert outcome["told"] == 0
    scene.reread()
    holds(scene.session, seminar)
    # Ten had places and left, ten waited and got them, whoever came meanwhile waits after these.
    assert states(scene.session, seminar)["place"] == list(range(11, 21))
    moved = [who for who, _ in told(scene.session, "seminar_moved_up")]
    assert len(moved) == 10
    assert set(moved) == {one.id for one in crowd[10:20]}


def test_twelve_people_want_the_same_hour_and_one_gets_it(scene: House, postgres_url: str) -> None:
    hour = slot(scene, consultant(scene))
    crowd = people(scene, 12)
    scene.session.commit()
    wanted = [("book", one.id, hour.id) for one in crowd]
    assert _rush(postgres_url, wanted, scene.now) == {"booked": 1, "told": 11}
    scene.reread()
    booked = scene.session.get_one(Slot, hour.id)
    assert [who for who, _ in told(scene.session, "consulting_booked")] == [booked.booked_by_id]
    assert len(told(scene.session, "consulting_booked_desk")) == 1


def test_one_person_gets_one_consultant_of_several_at_the_same_time(scene: House, postgres_url: str) -> None:
    first, second = consultant(scene), consultant(scene, "PRICES", scene.manager)
    hours = [slot(scene, first), slot(scene, second, opens=time(10, 30)), slot(scene, first, opens=time(14))]
    scene.session.commit()
    wanted = [("book", scene.buyer.id, hours[n % 2].id) for n in range(6)]
    assert _rush(postgres_url, wanted, scene.now) == {"booked": 1, "told": 5}
    scene.reread()
    query = select(Slot).where(Slot.state == SlotState.BOOKED)
    assert len(scene.session.scalars(query).all()) == 1
    assert _rush(postgres_url, [("book", scene.buyer.id, hours[2].id)], scene.now) == {"booked": 1}
