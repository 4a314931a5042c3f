"""The list of 25 orders for a signed-in buyer, beside bare Flask pages of the same rows, small and large."""

import math
import os
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from benchmarks.filling import fill
from benchmarks.harness import Act, Crew, Figure, WrongAnswer, at_least, laps, ratios, told
from benchmarks.serving import Browser, Served, SignedIn, serve, sign_in
from benchmarks.world import LINES, MADE_DIRECTLY, World, count, new_database, people, prove, server
from portal import clock
from portal.db import make_engine, make_sessions, transaction
from tests import makers

SMALL, LARGE = 10_000, int(os.environ.get("BENCH_LINES", "1000000"))
CUSTOMERS = 20
PAGES = 60
PER_PAGE = 25


def measure() -> list[Figure]:
    """Pages per second with four clients; the same portal serves the small and the large database."""
    with server() as running, ExitStack() as stack:
        worlds = {lines: _world(new_database(running, f"orders_{lines}"), lines) for lines in (SMALL, LARGE)}
        served = {lines: stack.enter_context(serve(world.url)) for lines, world in worlds.items()}
        bare = stack.enter_context(serve(worlds[LARGE].url, "benchmarks.bare:app"))
        people_in = {
            lines: sign_in(world.url, served[lines], world.buyer_ids[:1])[0]
            for lines, world in worlds.items()
        }
        crew = stack.enter_context(Crew(_sides(worlds, served, people_in, bare)))
        found = laps({name: _lap(crew, name) for name in ("large", "small", "plain", "lean")})
        for world in worlds.values():
            prove(world.url, skip=MADE_DIRECTLY)
    rate, small = statistics.median(found["large"]), statistics.median(found["small"])
    exponent = math.log(small / rate) / math.log(LARGE / SMALL)
    grown = f"itself at {SMALL:,} lines, {small:.0f}/s; time grows with the lines to the power {exponent:.3f}"
    return [
        Figure(
            "orders_page",
            rate,
            "pages/s",
            against=_against("a plain Flask page", found["plain"]),
            **at_least(0.50, ratios(found["large"], found["plain"])),
        ),
        Figure(
            "orders_page_beside_lean",
            rate,
            "pages/s",
            against=_against("a lean Flask page: driver alone, no transaction", found["lean"]),
            **told(ratios(found["large"], found["lean"])),
        ),
        Figure(
            f"orders_page_{LARGE}_lines",
            rate,
            "pages/s",
            against=grown,
            **at_least(0.90, ratios(found["large"], found["small"])),
        ),
    ]


def _against(what: str, rates: list[float]) -> str:
    return f"{what}, {statistics.median(rates):.0f}/s"


def _world(url: str, lines: int) -> World:
    world = people(url, products=100)
    engine = make_engine(url)
    with make_sessions(engine)() as session, transaction(session):
        others = [makers.make_customer(session, f"X{n}", now=clock.now()).id for n in range(CUSTOMERS - 1)]
    fill(engine, [world.customer_id, *others], orders=lines // LINES, lines=LINES, done=90)
    if count(engine, "SELECT count(*) FROM schedule_line") != lines:
        raise WrongAnswer("not as many lines as asked for")
    engine.dispose()
    return world


def _sides(
    worlds: Mapping[int, World], served: Mapping[int, Served], people_in: Mapping[int, SignedIn], bare: Served
) -> Callable[[int], Mapping[str, Act]]:
    def sides(client: int) -> Mapping[str, Act]:
        small, large, bare_page = Browser(served[SMALL]), Browser(served[LARGE]), Browser(bare)
        return {
            "small": lambda: _look(small, "/my/orders", people_in[SMALL].cookie),
            "large": lambda: _look(large, "/my/orders", people_in[LARGE].cookie),
            "plain": lambda: _look(bare_page, f"/plain/{worlds[LARGE].customer_id}", ""),
            "lean": lambda: _look(bare_page, f"/lean/{worlds[LARGE].customer_id}", ""),
        }

    return sides


def _look(browser: Browser, path: str, cookie: str) -> None:
    status, page = browser.get(path, cookie)
    if status != 200 or page.count('href="/my/orders/SO-') < PER_PAGE:
        raise WrongAnswer(f"{path} answered {status} without {PER_PAGE} orders: {page[-300:]}")


def _lap(crew: Crew, side: str) -> Callable[[], float]:
    return lambda: crew.rate(side, PAGES)
