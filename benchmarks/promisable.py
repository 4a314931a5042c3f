"""What can be promised of a fifty-line basket in three warehouses over sixty days, beside one statement by hand."""

import math
import os
import statistics
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from benchmarks.harness import LAPS, Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.world import new_database, people, server
from inventory.models import Product, Warehouse
from inventory.outlook import outlooks
from inventory.proving import differences
from portal.clock import business_day, now
from portal.db import make_engine, make_sessions

PRODUCTS = int(os.environ.get("BENCH_PRODUCTS", "50000"))
MOVEMENTS = int(os.environ.get("BENCH_MOVEMENTS", "1000000"))
BASKET = 50
BASKETS = 20
"""Baskets of a lap."""

_FILL = (
    """
INSERT INTO warehouse (code, name_th, name_en, address_th, address_en, main)
SELECT 'W' || n, 'W' || n, 'W' || n, '', '', false FROM generate_series(2, 3) n""",
    """
INSERT INTO product (sku, name_th, name_en, brand, brand_th, unit_th, unit_en, tracking,
  replenishment_days, active, search_text, sort_th, sort_en, created_at)
SELECT 'P-' || n, 'P' || n, 'P' || n, '', '', 'ชิ้น', 'piece', 'none', 14, true, 'p ' || n, 'p' || n, 'p' || n, now()
FROM generate_series(2, :products) n""",
    """
INSERT INTO movement (warehouse_id, product_id, quantity, kind, condition, cause_no, at)
SELECT 1 + n % 3, 1 + n / 3 % :products, 20, 'receipt', 'good', 'B-' || n, now() - n * interval '30 seconds'
FROM generate_series(1, :movements) n""",
    """
INSERT INTO inbound_receipt (number, supplier_id, warehouse_id, product_id, quantity, received, claimed,
  original_expected_on, expected_on)
SELECT 'BPO-' || row_number() OVER (), s.id, w.id, p.id, 40, 0, 10, d.day, d.day
FROM product p CROSS JOIN warehouse w CROSS JOIN generate_series(1, 2) k
CROSS JOIN LATERAL (SELECT CAST(now() AS date) + CAST((p.id * 13 + w.id * 7 + k * 29) % 65 - 3 AS int) AS day) d
JOIN LATERAL (SELECT id FROM supplier LIMIT 1) s ON true""",
    """
INSERT INTO reservation (purpose, warehouse_id, product_id, quantity, held, receipt_id, due_at, created_at)
SELECT 'B-h' || p.id || '-' || w.id, w.id, p.id, 5, 5, NULL, now() + interval '3 days', now()
FROM product p CROSS JOIN warehouse w
UNION ALL
SELECT 'B-' || r.id, r.warehouse_id, r.product_id, 10, 0, r.id, r.expected_on + interval '1 day', now()
FROM inbound_receipt r""",
    """
INSERT INTO stock (product_id, warehouse_id, on_hand, reserved, quarantined)
SELECT product_id, warehouse_id, sum(quantity), 5, 0 FROM movement GROUP BY product_id, warehouse_id
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved""",
)

_BY_HAND = """
WITH inbound AS MATERIALIZED (
  SELECT r.id, r.product_id, r.warehouse_id, r.quantity - r.received AS units,
    CASE WHEN r.expected_on >= CAST(:today AS date) THEN r.expected_on
    ELSE CAST(:today AS date) + s.usual_delay_days END AS day
  FROM inbound_receipt r JOIN supplier s ON s.id = r.supplier_id
  WHERE r.product_id = ANY(:products) AND r.warehouse_id = ANY(:houses) AND r.closed_at IS NULL),
changes AS (
  SELECT product_id, warehouse_id, CAST(:today AS date) AS day, on_hand - reserved AS units FROM stock
  WHERE product_id = ANY(:products) AND warehouse_id = ANY(:houses)
  UNION ALL
  SELECT product_id, warehouse_id, day, units FROM inbound
  UNION ALL
  SELECT v.product_id, v.warehouse_id, coalesce(i.day, CAST(v.due_at AT TIME ZONE 'Asia/Bangkok' AS date)),
    v.held - v.quantity
  FROM reservation v LEFT JOIN inbound i ON i.id = v.receipt_id
  WHERE v.product_id = ANY(:products) AND v.warehouse_id = ANY(:houses) AND v.held < v.quantity),
daily AS (SELECT product_id, warehouse_id, greatest(day, CAST(:today AS date)) AS day, sum(units) AS units
  FROM changes GROUP BY 1, 2, 3),
projected AS (SELECT product_id, warehouse_id, day,
  sum(units) OVER (PARTITION BY product_id, warehouse_id ORDER BY day) AS units FROM daily)
SELECT product_id, warehouse_id, day, units, greatest(0, min(units) OVER (PARTITION BY product_id, warehouse_id
  ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS promisable FROM projected"""

Answer = dict[tuple[int, int, date], tuple[int, int]]


def measure() -> list[Figure]:
    """At fifty thousand products and a million movements, and at a tenth of both."""
    with server() as running:
        whole = _compare(new_database(running, "promisable"), PRODUCTS, MOVEMENTS)
        tenth = _compare(new_database(running, "promisable_tenth"), PRODUCTS // 10, MOVEMENTS // 10)
    took, by_hand = statistics.median(whole["ours"]), statistics.median(whole["by hand"])
    exponent = math.log10(took / statistics.median(tenth["ours"]))
    grown = f"a tenth of products and movements; time grows with them to the power {exponent:.2f}"
    verdict = at_most(1.5, ratios(whole["ours"], whole["by hand"]))
    return [
        Figure("promisable", took, "s", against=f"one statement by hand, {by_hand:.4f} s", **verdict),
        Figure("promisable_growth", exponent, "power", against=grown, target="<= 0.20", met=exponent <= 0.2),
    ]


def _compare(url: str, products: int, movements: int) -> dict[str, list[float]]:
    people(url, products=1, buyers=1)
    engine = make_engine(url)
    fill(engine, products, movements)
    session = make_sessions(engine)()
    if wrong := differences(session, 5):
        raise WrongAnswer("; ".join(str(one) for one in wrong))
    ids, houses = list(session.scalars(select(Product.id))), list(session.scalars(select(Warehouse.id)))
    today, rng = business_day(now()), Random(7)
    baskets = [rng.sample(ids, BASKET) for _ in range(BASKETS)]
    with engine.connect() as connection:
        _same(session, connection, baskets[0], houses, today)
        found = laps(
            {
                "ours": _each(baskets, lambda basket: _ours(session, basket, houses, today)),
                "by hand": _each(baskets, lambda basket: _by_hand(connection, basket, houses, today)),
            },
            LAPS,
        )
    session.close()
    engine.dispose()
    return found


def fill(engine: Engine, products: int, movements: int) -> None:
    """Receipts booked in and to come, and what is held and waits for them, of so many products in three warehouses."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _FILL:
            said = statement.replace(":products", str(products)).replace(":movements", str(movements))
            connection.execute(text(said))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _each(baskets: list[list[int]], ask: Callable[[list[int]], Any]) -> Callable[[], float]:
    """Seconds for one basket, in the mean of a lap."""
    return lambda: seconds(lambda: [ask(basket) for basket in baskets]) / len(baskets)


def _ours(session: Session, basket: list[int], houses: list[int], today: date) -> Answer:
    found = {
        (place.product_id, place.warehouse_id, one.day): (one.projected, one.promisable)
        for place, outlook in outlooks(session, basket, houses, today).items()
        for one in outlook.balances
    }
    session.rollback()
    return found


def _by_hand(connection: Connection, basket: list[int], houses: list[int], today: date) -> Answer:
    rows = connection.execute(text(_BY_HAND), {"products": basket, "houses": houses, "today": today})
    found = {(row[0], row[1], row[2]): (int(row[3]), int(row[4])) for row in rows}
    connection.rollback()
    return found


def _same(
    session: Session, connection: Connection, basket: list[int], houses: list[int], today: date
) -> None:
    ours, theirs = _ours(session, basket, houses, today), _by_hand(connection, basket, houses, today)
    until = today + timedelta(days=60)
    if len(theirs) < BASKET or {k: v for k, v in theirs.items() if k[2] <= until} != {
        k: v for k, v in ours.items() if k[2] <= until
    }:
        raise WrongAnswer("the page and the statement by hand say different things")
