"""Numbers of documents: no gap, no double, a series a year."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from portal.db import make_engine, make_sessions, transaction
from portal.numbering import next_number, next_numbers

DAY = date(2026, 4, 1)


def test_numbers_follow_each_other_and_start_anew_each_year_and_series(session):
    with transaction(session):
        got = [
            next_number(session, "SO", DAY),
            next_number(session, "SO", DAY),
            next_number(session, "CN", DAY),
        ]
        got.append(next_number(session, "SO", date(2027, 1, 1)))
    assert got == ["SO-2026-00001", "SO-2026-00002", "CN-2026-00001", "SO-2027-00001"]


def test_a_number_of_an_act_that_failed_is_given_to_the_next(session):
    with pytest.raises(RuntimeError), transaction(session):
        next_number(session, "SO", DAY)
        raise RuntimeError
    with transaction(session):
        assert next_number(session, "SO", DAY) == "SO-2026-00001"


def test_many_at_once_are_in_order_and_none_asks_for_nothing(session):
    with transaction(session):
        assert next_numbers(session, "SO", DAY, 0) == []
        assert next_numbers(session, "SO", DAY, 3) == ["SO-2026-00001", "SO-2026-00002", "SO-2026-00003"]
        assert next_number(session, "SO", DAY) == "SO-2026-00004"


@pytest.mark.postgres
def test_people_at_the_same_time_never_get_the_same_number(postgres_url):
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)

    def take(_: int) -> str:
        with sessions() as session, transaction(session):
            return next_number(session, "SO", DAY)

    with ThreadPoolExecutor(5) as pool:
        got = sorted(pool.map(take, range(40)))
    engine.dispose()
    assert got == [f"SO-2026-{n:05}" for n in range(1, 41)]
