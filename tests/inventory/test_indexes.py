"""The questions asked most are answered by an index, not by reading a table."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inventory import boards, catalogue_search, dealing
from inventory.coming import receipts_at
from inventory.search_asking import Shelf
from inventory.stock import Stock
from portal.i18n import speaking
from tests.inventory.makers import Scene, make_scene, statements

Question = Callable[[Session, Scene, datetime], object]
QUESTIONS: list[tuple[str, Question]] = [
    (
        "ix_product_sort_th",
        lambda session, _scene, _now: catalogue_search.search_products(session, Shelf(active_only=False)),
    ),
    ("ix_reservation_open", lambda session, scene, _now: boards.open_reservations(session, scene.product)),
    (
        "ix_inbound_receipt_open",
        lambda session, scene, now: receipts_at(session, [scene.place], now.date()),
    ),
    (
        "ix_movement_place",
        lambda session, scene, _now: boards.ledger(session, scene.product, scene.warehouse),
    ),
    (
        "ix_reservation_waiting",
        lambda session, scene, now: dealing.deal(
            session, {scene.place: Stock(on_hand=1, reserved=0)}, now=now
        ),
    ),
]


@pytest.mark.parametrize(("index", "question"), QUESTIONS, ids=[index for index, _ in QUESTIONS])
def test_a_frequent_question_uses_its_index(
    session: Session, now: datetime, index: str, question: Question
) -> None:
    scene = make_scene(session, on_hand=1)
    with statements(session) as sent, speaking("th"):
        question(session, scene, now)
    assert any(index in _plan(session, *one) for one in sent)


def _plan(session: Session, statement: str, parameters: Any) -> str:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a handful of rows is otherwise just read
    return str(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all())
