"""Whatever is ordered, substituted, moved, shipped, sent back, repaired, lent or recalled, every ledger stays true."""

from collections import Counter

import pytest
from sqlalchemy import Engine
from sqlalchemy.pool import StaticPool

from inventory.siting import WarehouseFacts, put_warehouse
from portal.db import Base, make_engine, make_sessions, transaction
from tests.aftersales.history import History
from tests.conftest import NOON
from tests.makers import make_world


def _live(engine: Engine, seeds: range, steps: int) -> None:
    done = Counter[str]()
    with make_sessions(engine)() as session:
        with transaction(session):
            world = make_world(session, NOON)
            far = WarehouseFacts(code="CNX", name_th="คลังเชียงใหม่", name_en="Chiang Mai warehouse")
            other = put_warehouse(session, far, by=world.manager, now=NOON)
        for seed in seeds:
            history = History(world, other, seed)
            history.live(steps)
            done += history.done
    # A history in which nothing but refusals happened would prove nothing.
    assert set(done) >= {
        "order",
        "order_and_deliver",
        "cancel",
        "substitute",
        "transfer",
        "arrive",
        "pick",
        "send_picked",
        "deliver",
        "ask_for_return",
        "go_on_with_return",
        "open_repair",
        "go_on_with_repair",
        "lend",
        "recall",
    }


def test_any_history_of_all_three_phases_keeps_the_ledgers_true_on_sqlite() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    _live(engine, range(5), steps=90)
    engine.dispose()


@pytest.mark.postgres
def test_any_history_of_all_three_phases_keeps_the_ledgers_true_on_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    _live(engine, range(100, 103), steps=100)
    engine.dispose()
