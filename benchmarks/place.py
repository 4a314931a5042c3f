"""Placing a ten-line order in process, beside the same order written by hand."""

import os
import statistics
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from benchmarks import by_hand, by_hand_set, by_hand_sqlite
from benchmarks.harness import Act, Crew, Figure, at_least, laps, ratios, told
from benchmarks.world import World, new_database, people, prove, server
from orders.placing import place
from orders.wishes import Wish
from portal import clock
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import make_engine, make_sessions, transaction

ORDERS = int(os.environ.get("BENCH_ORDERS", "100"))
VAT_RATE_BP = 700

_BUYER = (
    select(User)
    .where(User.id == bindparam("user_id"))
    .options(joinedload(User.customer).joinedload(Customer.addresses))
)


def place_with(session: Session, user_id: int, key: str, wish: list[tuple[int, int]]) -> str:
    """The use-case, in a transaction of its own, for a person who has just asked for it."""
    with transaction(session):
        buyer = session.scalars(_BUYER, {"user_id": user_id}).unique().one()
        order = place(
            session, buyer.company, Wish(key, wish), vat_rate_bp=VAT_RATE_BP, by=buyer, now=clock.now()
        )
    return order.number


def measure() -> list[Figure]:
    """On PostgreSQL with four clients, and on SQLite with one."""
    with server() as running:
        url = new_database(running, "place")
        figures = _on_postgresql(people(url))
        prove(url)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'place.db'}"
        figures += _on_sqlite(people(url))
        prove(url)
    return figures


def _on_postgresql(world: World) -> list[Figure]:
    def sides(client: int) -> Mapping[str, Act]:
        sessions, connection = make_sessions(make_engine(world.url)), by_hand.connect(world.dsn)
        rng, user_id = Random(client), world.buyer_ids[client]

        def ours() -> str:
            with sessions() as session:
                return place_with(session, user_id, _key(), world.wish(rng))

        return {
            "ours": ours,
            "statements": lambda: by_hand.place(connection, user_id, _key(), world.wish(rng)),
            "set": lambda: by_hand_set.place(connection, user_id, _key(), world.wish(rng)),
        }

    with Crew(sides) as crew:
        found = laps({name: _lap(crew, name) for name in ("ours", "statements", "set")})
    rate, by_set = statistics.median(found["ours"]), ratios(found["ours"], found["set"])
    by_statements = ratios(found["ours"], found["statements"])
    return [
        Figure(
            "place",
            rate,
            "orders/s",
            against=_against("one statement by hand", found["set"]),
            **at_least(0.40, by_set),
        ),
        Figure(
            "place",
            rate,
            "orders/s",
            against=_against("statements by hand", found["statements"]),
            **told(by_statements),
        ),
    ]


def _on_sqlite(world: World) -> list[Figure]:
    session = make_sessions(make_engine(world.url))()
    connection = by_hand_sqlite.connect(world.url.removeprefix("sqlite:///"))
    rng, user_id = Random(0), world.buyer_ids[0]

    def rate(act: Callable[[], object]) -> float:
        began = clock.now()
        for _ in range(ORDERS):
            act()
        return ORDERS / (clock.now() - began).total_seconds()

    found = laps(
        {
            "ours": lambda: rate(lambda: place_with(session, user_id, _key(), world.wish(rng))),
            "raw": lambda: rate(lambda: by_hand_sqlite.place(connection, user_id, _key(), world.wish(rng))),
        }
    )
    session.close()
    connection.close()
    against = _against("raw sqlite3", found["raw"])
    verdict = at_least(0.20, ratios(found["ours"], found["raw"]))
    return [Figure("place_sqlite", statistics.median(found["ours"]), "orders/s", against=against, **verdict)]


def _lap(crew: Crew, side: str) -> Callable[[], float]:
    return lambda: crew.rate(side, ORDERS)


def _against(what: str, rates: list[float]) -> str:
    return f"{what}, {statistics.median(rates):.0f}/s"


def _key() -> str:
    return str(uuid.uuid4())
