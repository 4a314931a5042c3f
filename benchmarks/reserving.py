"""Reserving a basket of fifty lines in process, beside one statement by hand that locks, guards and writes the same."""

import os
import statistics
import uuid
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from random import Random

import psycopg
from sqlalchemy.orm import Session

from benchmarks.harness import Act, Crew, Figure, WrongAnswer, at_least, laps, ratios
from benchmarks.world import World, new_database, people, prove, server
from inventory.reserving import Supply, reserve
from portal import clock
from portal.customers.models import Customer
from portal.db import make_engine, make_sessions, transaction

BASKETS = int(os.environ.get("BENCH_BASKETS", "50"))
"""Baskets of each client in a lap."""
LINES = 50

_BY_HAND = """
WITH wish AS (
  SELECT * FROM unnest(%(products)s::int[], %(quantities)s::int[]) WITH ORDINALITY AS w(product_id, quantity, n)),
locked AS (
  SELECT s.id, s.product_id, s.warehouse_id, wish.quantity, wish.n FROM stock s JOIN wish USING (product_id)
  WHERE s.warehouse_id = 1 ORDER BY s.id FOR UPDATE OF s),
taken AS (
  UPDATE stock s SET reserved = s.reserved + l.quantity FROM locked l
  WHERE s.id = l.id AND s.on_hand - s.reserved >= l.quantity RETURNING l.*)
INSERT INTO reservation (purpose, warehouse_id, product_id, quantity, held, due_at, created_at, customer_id,
  allocation_class)
SELECT %(name)s || '/' || n, warehouse_id, product_id, quantity, quantity, %(due)s, %(now)s, c.id, c.allocation_class
FROM taken JOIN customer c ON c.id = %(customer)s WHERE (SELECT count(*) FROM taken) = %(lines)s RETURNING id"""


def measure() -> list[Figure]:
    """On PostgreSQL with four clients that want the same products, every basket a transaction; proven afterwards."""
    with server() as running:
        world = people(new_database(running, "reserving"))
        with Crew(lambda client: _sides(world, Random(client))) as crew:
            found = laps({name: partial(crew.rate, name, BASKETS) for name in ("ours", "hand")})
        prove(world.url)
    against = f"one statement by hand, {statistics.median(found['hand']):.0f}/s"
    verdict = at_least(0.40, ratios(found["ours"], found["hand"]))
    return [Figure("reserving", statistics.median(found["ours"]), "baskets/s", against=against, **verdict)]


def _sides(world: World, rng: Random) -> Mapping[str, Act]:
    sessions, connection = make_sessions(make_engine(world.url)), psycopg.connect(world.dsn, autocommit=True)

    def wish() -> dict[int, int]:
        return {product: rng.randrange(1, 5) for product in rng.sample(world.product_ids, LINES)}

    def ours() -> None:
        with sessions() as session:
            _reserve(session, world.customer_id, wish())

    return {"ours": ours, "hand": lambda: _by_hand(connection, world.customer_id, wish())}


def _reserve(session: Session, customer_id: int, wish: dict[int, int]) -> None:
    now, name = clock.now(), str(uuid.uuid4())
    with transaction(session):
        customer = session.get_one(Customer, customer_id)
        supply = Supply(session, wish, 1, clock.business_day(now), now=now)
        parts = [part for product, quantity in wish.items() for part in supply.split(product, quantity)]
        due = now + timedelta(days=3)
        named = [(f"{name}/{n}", part, due) for n, part in enumerate(parts)]
        held = reserve(session, named, customer, taken_over=supply.taken_over, now=now)
    if len(held) != LINES or not all(part.held for part in parts):
        raise WrongAnswer("not all lines were reserved from stock")


def _by_hand(connection: psycopg.Connection, customer_id: int, wish: dict[int, int]) -> None:
    now = clock.now()
    facts = {
        "products": list(wish),
        "quantities": list(wish.values()),
        "lines": LINES,
        "customer": customer_id,
    }
    facts |= {"name": str(uuid.uuid4()), "due": now + timedelta(days=3), "now": now}
    if len(connection.execute(_BY_HAND, facts).fetchall()) != LINES:
        raise WrongAnswer("not all lines were reserved by hand")
