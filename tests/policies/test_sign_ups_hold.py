"""Whatever people do, as many have places as are taken, and nobody waits while a place is free."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.seminar_planning import change
from policies.signing_up import sign_off, sign_up
from portal.accounts.models import User
from portal.db import make_engine, make_sessions
from portal.refusal import Refused
from tests.conftest import NOON
from tests.policies.event_makers import announced, facts, holds, people, told
from tests.policies.makers import House, make_house

CROWD = 7
ACTS = st.one_of(
    st.tuples(st.just("up"), st.integers(0, CROWD - 1)),
    st.tuples(st.just("off"), st.integers(0, CROWD - 1)),
    st.tuples(st.just("places"), st.integers(0, 6)),
)


@pytest.fixture
def scene(sqlite_url: str) -> Iterator[tuple[House, Session]]:
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as session:
        house = make_house(session, NOON)
        people(house, CROWD)
        session.commit()
        yield house, session
    engine.dispose()


@given(places=st.integers(1, 4), acts=st.lists(ACTS, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_course_of_sign_ups_and_offs_keeps_the_places_and_the_order(scene, places, acts) -> None:
    house, session = scene
    session.begin_nested()
    seminar, crowd = announced(house, places=places), crowd_of(session)
    waiting: list[int] = []  # what a clerk with pencil and paper would have
    placed: list[int] = []
    for what, number in acts:
        try:
            if what == "up":
                sign_up(session, seminar, by=crowd[number], now=NOON)
                assert number not in placed + waiting
                (placed if len(placed) < seminar.places else waiting).append(number)
            elif what == "off":
                sign_off(session, seminar, by=crowd[number], now=NOON)
                (placed if number in placed else waiting).remove(number)
            else:
                change(session, seminar, facts(house, places=number), by=house.staff, now=NOON)
        except Refused:
            assert what != "up" or number in placed + waiting
            assert what != "off" or number not in placed + waiting
            assert what != "places" or number < max(1, len(placed))
        while waiting and len(placed) < seminar.places:
            placed.append(waiting.pop(0))
        holds(session, seminar)
        assert seminar.taken == len(placed)
    keys = [key for _, key in told(session, "seminar_moved_up")]
    assert len(keys) == len(set(keys))
    session.rollback()


def crowd_of(session: Session) -> list[User]:
    query = select(User).where(User.email.startswith("p")).order_by(User.id)
    return list(session.scalars(query))
