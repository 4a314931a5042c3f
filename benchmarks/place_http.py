"""Placing a ten-line order through the pages: four buyers press the button, beside the 34 statements by hand."""

import os
import statistics
import uuid
from collections.abc import Callable, Mapping
from random import Random

from sqlalchemy import Engine, text

from benchmarks import by_hand
from benchmarks.harness import CLIENTS, Act, Crew, Figure, WrongAnswer, at_least, laps, ratios
from benchmarks.serving import Browser, Served, SignedIn, serve, sign_in
from benchmarks.world import LINES, World, new_database, people, prove, server
from portal.db import make_engine

BASKETS = int(os.environ.get("BENCH_ORDERS", "60"))
"""Orders that each client places in a lap; each comes out of the basket of another buyer."""

_FILL = """
WITH filled AS (INSERT INTO basket (user_id, key) SELECT unnest(CAST(:users AS int[])), ''
                ON CONFLICT (user_id) DO NOTHING),
emptied AS (DELETE FROM basket_line)
SELECT 1"""
_LINES = """
INSERT INTO basket_line (basket_id, product_id, quantity)
SELECT b.id, p.id, 1 + (b.id * 7 + p.id) % 19 FROM basket b
CROSS JOIN LATERAL (SELECT id FROM product ORDER BY md5(id::text || b.id::text || :salt) LIMIT :lines) p"""
_KEYS = "UPDATE basket SET key = gen_random_uuid()::text"


def measure() -> list[Figure]:
    """The page's POST with session, CSRF and redirect; filling the baskets is not timed."""
    with server() as running:
        url = new_database(running, "place_http")
        world = people(url, buyers=CLIENTS * BASKETS)
        engine = make_engine(url)
        with serve(url) as served:
            signed_in = sign_in(url, served, world.buyer_ids)
            with Crew(_sides(world, served, signed_in)) as crew:
                found = laps({name: _lap(engine, world, crew, name) for name in ("page", "by hand")})
        engine.dispose()
        prove(url)
    against = f"34 statements by hand, {statistics.median(found['by hand']):.0f}/s"
    verdict = at_least(0.50, ratios(found["page"], found["by hand"]))
    return [Figure("place_http", statistics.median(found["page"]), "orders/s", against=against, **verdict)]


def _lap(engine: Engine, world: World, crew: Crew, side: str) -> Callable[[], float]:
    def lap() -> float:
        with engine.begin() as connection:
            connection.execute(text(_FILL), {"users": world.buyer_ids})
            connection.execute(text(_LINES), {"salt": str(uuid.uuid4()), "lines": LINES})
            connection.execute(text(_KEYS))
        crew.rate("look", 1)
        return crew.rate(side, BASKETS)

    return lap


def _sides(world: World, served: Served, signed_in: list[SignedIn]) -> Callable[[int], Mapping[str, Act]]:
    """Each client has buyers of its own; `look` reads what their pages would show: key and lines of each basket."""

    def sides(client: int) -> Mapping[str, Act]:
        browser, connection = Browser(served), by_hand.connect(world.dsn)
        mine = signed_in[client * BASKETS : (client + 1) * BASKETS]
        forms: list[tuple[SignedIn, dict[str, str]]] = []

        def look() -> None:
            forms[:] = [(who, _form(connection, who)) for who in mine]
            Random(client).shuffle(forms)
            connection.commit()

        def page() -> None:
            who, form = forms.pop()
            status, answer = browser.post("/my/basket", form, who.cookie)
            if status != 303 or "/my/orders/SO-" not in answer:
                raise WrongAnswer(f"the page answered {status}: {answer[:300]}")

        def by_statements() -> None:
            who, form = forms.pop()
            by_hand.place_basket(connection, who.user_id, form["key"])

        return {"look": look, "page": page, "by hand": by_statements}

    return sides


def _form(connection: by_hand.Connection, who: SignedIn) -> dict[str, str]:
    query = """SELECT b.key, l.product_id, l.quantity FROM basket b JOIN basket_line l ON l.basket_id = b.id
    WHERE b.user_id = %s"""
    rows = connection.execute(query, (who.user_id,)).fetchall()
    quantities = {f"q-{row['product_id']}": str(row["quantity"]) for row in rows}
    return {"csrf_token": who.csrf, "act": "place", "key": rows[0]["key"], **quantities}
