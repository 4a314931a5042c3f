"""The last fifty units and two hundred buyers at once: who gets them, and that nobody else is promised any.

What is not in stock is not refused by the house but promised as a backorder with a day of its own. So a clear refusal
here is an order whose unit is not held from stock and says so: dated as a backorder, with the steps that found its day.
"""

import os
import statistics
import uuid
from collections.abc import Callable, Iterator, Mapping

from benchmarks import by_hand
from benchmarks.harness import Act, Crew, Figure, WrongAnswer, at_most, ratios
from benchmarks.place import place_with
from benchmarks.world import World, count, new_database, people, prove, server
from portal.db import make_engine, make_sessions

BUYERS = 200
UNITS = 50
PROCESSES = (8, 40)
REPEATS = int(os.environ.get("BENCH_REPEATS", "5"))


def measure() -> list[Figure]:
    """With few and with many client processes; each repeat has a product of its own for either side."""
    with server() as running:
        url = new_database(running, "oversell")
        world = people(url, buyers=BUYERS, products=len(PROCESSES) * 2 * REPEATS + 1, stock=UNITS)
        products = iter(world.product_ids)
        figures = [figure for clients in PROCESSES for figure in _rush(world, products, clients)]
        prove(url)
    return figures


def _rush(world: World, products: Iterator[int], clients: int) -> list[Figure]:
    ours, theirs = [], []
    wrong = dict.fromkeys(_WRONG, 0)
    for _ in range(REPEATS):
        product_id = next(products)
        ours.append(_run(world, product_id, "ours", clients))
        for what, number in _outcome(world, product_id).items():
            wrong[what] += number
        theirs.append(_run(world, next(products), "by hand", clients))
    if any(wrong.values()):
        raise WrongAnswer(", ".join(f"{what}: {number}" for what, number in wrong.items()))
    name = f"oversell_{clients}_processes"
    told = f"{REPEATS} x {BUYERS} orders for {UNITS} units: {UNITS} held, {BUYERS - UNITS} dated backorders, no errors"
    against = f"guarded statements by hand, {statistics.median(theirs):.2f} s"
    return [
        Figure(f"{name}_wrong", sum(wrong.values()), "orders", against=told, target="0", met=True),
        Figure(name, statistics.median(ours), "s", against=against, **at_most(4, ratios(ours, theirs))),
    ]


def _run(world: World, product_id: int, side: str, clients: int) -> float:
    """Seconds until every buyer has an answer; an order that fails is a wrong answer and raises."""
    wish, first = [(product_id, 1)], [(world.product_ids[-1], 1)]

    def sides(client: int) -> Mapping[str, Act]:
        buyers, buyer = iter(world.buyer_ids[client::clients]), world.buyer_ids[client]
        if side == "by hand":
            connection = by_hand.connect(world.dsn)
            return {
                "first": lambda: by_hand.place(connection, buyer, str(uuid.uuid4()), first),
                side: lambda: by_hand.place(connection, next(buyers), str(uuid.uuid4()), wish),
            }
        session = make_sessions(make_engine(world.url))()
        return {
            "first": lambda: place_with(session, buyer, str(uuid.uuid4()), first),
            side: lambda: place_with(session, next(buyers), str(uuid.uuid4()), wish),
        }

    with Crew(sides, clients) as crew:
        crew.rate("first", 1)  # of something else, so that what a process does once is done
        return BUYERS / crew.rate(side, BUYERS // clients)


_WRONG: dict[str, Callable[[int], str]] = {
    "oversold": lambda id_: (
        f"SELECT greatest(0, sum(held) - {UNITS}) FROM reservation WHERE product_id = {id_}"
    ),
    "undersold": lambda id_: (
        f"SELECT greatest(0, {UNITS} - sum(held)) FROM reservation WHERE product_id = {id_}"
    ),
    "not refused clearly": lambda id_: (
        f"""
        SELECT {BUYERS - UNITS} - count(*) FROM order_line l JOIN schedule_line s ON s.line_id = l.id
        JOIN reservation r ON r.id = s.reservation_id JOIN promise p ON p.id = s.promise_id
        WHERE l.product_id = {id_} AND s.backorder AND r.held = 0 AND l.short = 1
        AND s.found::text LIKE '%no_receipt%'"""
    ),
}


def _outcome(world: World, product_id: int) -> dict[str, int]:
    engine = make_engine(world.url)
    found = {what: count(engine, question(product_id)) for what, question in _WRONG.items()}
    engine.dispose()
    return found
