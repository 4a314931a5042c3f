"""What is asked of a place under the lock of its stock finds the few open orders among thousands of past ones."""

from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.orm import Session

from inventory.adjusting import Correction, propose
from inventory.counts import AdjustmentReason
from inventory.identifying import LotFacts
from inventory.ledger import Place, stock_rows
from inventory.models import Tracking
from inventory.quarantine import hold
from inventory.reserving import Supply, consume_all, release, reserve
from inventory.stock import Reservation
from inventory.stocking import open_stock
from orders.dealing_again import sparing
from portal.clock import business_day
from portal.db import transaction
from tests.architecture.plans import read_whole
from tests.conftest import NOON
from tests.inventory.makers import make_product
from tests.makers import World, make_world

PAST = 12_000


@pytest.fixture
def world(session: Session) -> World:
    with transaction(session):
        return make_world(session, NOON)


def _reads(session: Session, engine: Engine, act) -> list[str]:
    """How the statements of an act that read reservations read more than a few of them."""
    sent: list[tuple[str, Any]] = []

    def note(_c, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith("SELECT") and "reservation" in statement:
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with transaction(session):
            act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sent
    if engine.dialect.name == "postgresql":
        return [
            f"{told}: {one[0]}"
            for one in sent
            for table, told in read_whole(engine, *one)
            if table == "reservation"
        ]
    plan = session.connection().exec_driver_sql
    return [
        f"{step[-1]}: {statement}"
        for statement, given in sent
        for step in plan(f"EXPLAIN QUERY PLAN {statement}", given)
        if step[-1].startswith("SCAN reservation")
    ]


def test_no_act_on_scarce_stock_reads_the_orders_of_the_past(session: Session, engine: Engine, world: World):
    serum = make_product(session, tracking=Tracking.LOT)
    place, staff = Place(serum.id, world.warehouse.id), world.staff
    with transaction(session):
        open_stock(session, serum, world.warehouse, 50, lots={LotFacts("A"): 50}, by=staff, now=NOON)
        gone: dict[str, object] = {
            "warehouse_id": place.warehouse_id,
            "product_id": place.product_id,
            "quantity": 0,
            "held": 0,
        }
        gone |= {"due_at": NOON, "created_at": NOON}
        session.execute(insert(Reservation), [{**gone, "purpose": f"past/{n}"} for n in range(PAST)])
    kept: list[int] = []

    def reserving(units: int = 44) -> None:
        supply = Supply(session, [place.product_id], place.warehouse_id, business_day(NOON), now=NOON)
        parts = [(f"now/{units}", part, NOON) for part in supply.split(place.product_id, units)]
        kept[:] = reserve(session, parts, now=NOON)

    with transaction(session):
        reserving(1)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def shipping() -> None:
        consume_all(session, {"SH-1": {kept[0]: 1}}, by=staff, now=NOON)

    def letting_go() -> None:
        release(session, kept, keeping={kept[0]: 43}, now=NOON)

    def taking_away() -> None:
        stock_rows(session, [place])
        hold(session, place, 10, "QN-1", by=staff, now=NOON)

    def adjusting() -> None:
        lost = Correction(serum, world.warehouse, -8, AdjustmentReason.LOST, numbers={"A": 8})
        propose(session, lost, by=staff, now=NOON)

    def dealing() -> None:
        sparing(session, place)

    for act in (reserving, letting_go, dealing, adjusting, taking_away, shipping):
        assert _reads(session, engine, act) == [], act.__name__
