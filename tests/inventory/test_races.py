"""Buyers in processes of their own want the same last units at the same moment."""

import multiprocessing
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.proving import differences
from inventory.stock import Reservation
from inventory.stocking import open_stock
from portal.db import make_engine, make_sessions, transaction
from tests.inventory import buyers
from tests.inventory.makers import Scene, balance_of, make_product, make_scene

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
BUYERS = 40


def _rush(url: str, orders: list[list[int]], warehouse_id: int, quantity: int, now: datetime) -> Counter[str]:
    """Everyone starts at the same moment, each in a process of their own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.inventory.buyers"])
    tasks = [(url, n, wanted, warehouse_id, quantity, now) for n, wanted in enumerate(orders)]
    with context.Pool(len(tasks), buyers.wait_at, (context.Barrier(len(tasks)),)) as pool:
        return Counter(pool.map_async(buyers.buy, tasks, chunksize=1).get(timeout=120))


def test_forty_buyers_of_the_last_ten_units_get_ten_and_thirty_are_told(
    postgres_url: str, now: datetime
) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        scene = make_scene(session, on_hand=10)
        wanted = [[scene.product.id]] * BUYERS
        assert _rush(postgres_url, wanted, scene.warehouse.id, 1, now) == {"bought": 10, "told": 30}
        session.rollback()
        stock = balance_of(session, scene.place)
        assert stock is not None
        assert (stock.on_hand, stock.reserved) == (10, 10)
        assert session.scalar(select(func.count(Reservation.id))) == 10
        assert differences(session) == []
    engine.dispose()


def test_buyers_of_the_same_goods_in_another_order_do_not_block_each_other(
    postgres_url: str, now: datetime
) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        first = make_scene(session, on_hand=15)
        second = Scene(make_product(session), first.warehouse, first.supplier)
        _fill(session, second, 30, now)
        pair = [first.product.id, second.product.id]
        wanted = [pair if n % 2 else pair[::-1] for n in range(20)]
        assert _rush(postgres_url, wanted, first.warehouse.id, 1, now) == {"bought": 15, "told": 5}
        session.rollback()
        left = [stock.available for scene in (first, second) if (stock := balance_of(session, scene.place))]
        assert left == [0, 15]
        assert differences(session) == []
    engine.dispose()


def _fill(session: Session, scene: Scene, quantity: int, now: datetime) -> None:
    with transaction(session):
        open_stock(session, scene.product, scene.warehouse, quantity, by=None, now=now)
