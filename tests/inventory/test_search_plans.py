"""A search reads what matches and never the whole catalogue, in thousands of products as in a handful."""

from random import Random

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.orm import Session

from inventory.catalogue_search import close_products, search_products, suggest_products
from inventory.models import Product
from inventory.search_asking import Shelf
from inventory.searching import search_text, sort_key
from portal.db import make_sessions
from tests.architecture.plans import read_whole
from tests.conftest import NOON
from tests.makers import make_customer

MANY = 12_000
_SYLLABLES = [first + second for first in "bcdfghjklmnprstvw" for second in "aeiou"]
_THAI = "กขคงจชซดตทนบปพฟมยรลวสห"
QUERIES = ("zanzibar", "แซนซิบาร์", "SKU-00042", "8850042", "zanzibra", "แซนซบาร์", "zanz ibar", "zz")


def _row(rng: Random, n: int) -> dict[str, object]:
    sku = f"SKU-{n:05}"
    name_en = " ".join("".join(rng.choices(_SYLLABLES, k=3)) for _ in range(3))
    name_th = "".join(rng.choices(_THAI, k=12))
    if n % 1000 == 42:
        name_en, name_th = f"{name_en} zanzibar", f"{name_th}แซนซิบาร์"
    return {
        "sku": sku, "name_th": name_th, "name_en": name_en, "gtin": f"885{n:05}00000",
        "search_text": search_text(sku, name_th, name_en), "sort_th": sort_key(name_th),
        "sort_en": sort_key(name_en), "created_at": NOON,
    }  # fmt: skip


@pytest.fixture
def crowded(engine: Engine):
    """A catalogue of thousands, seen by a company without rules."""
    rng = Random(7)
    with make_sessions(engine)() as session:
        session.execute(insert(Product), [_row(rng, n) for n in range(MANY)])
        customer = make_customer(session, "C1", now=NOON)
        session.commit()
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        yield session, customer


def _asked(session: Session, engine: Engine, act) -> list[tuple[str, object]]:
    sent: list[tuple[str, object]] = []

    def note(_c, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


def test_no_search_reads_the_catalogue_from_end_to_end(crowded, engine):
    session, customer = crowded
    shelves = [Shelf(query, to=customer) for query in QUERIES]

    def act() -> None:
        for shelf in shelves:
            search_products(session, shelf)
            close_products(session, shelf)
            suggest_products(session, shelf.query, to=customer)

    sent = _asked(session, engine, act)
    assert len(sent) > 3 * len(QUERIES)
    if engine.dialect.name == "postgresql":
        read = [told for one in sent for _, told in read_whole(engine, *one)]
    else:
        plans = [
            (statement, session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all())
            for statement, given in sent
        ]
        read = [
            f"{step[-1]}: {statement[:300]}"
            for statement, plan in plans
            for step in plan
            if step[-1].startswith("SCAN product") and "VIRTUAL TABLE INDEX" not in step[-1]
        ]
    assert read == []


def test_a_search_in_thousands_finds_the_few_that_match(crowded, engine):
    session, customer = crowded
    found = {query: search_products(session, Shelf(query, to=customer)).total for query in QUERIES}
    assert found["zanzibar"] == found["แซนซิบาร์"] == MANY // 1000
    assert (found["SKU-00042"], found["8850042"]) == (1, 10)
    assert found["zanzibra"] == 0
    assert len(close_products(session, Shelf("zanzibra", to=customer), 50)) == MANY // 1000
    assert len(close_products(session, Shelf("แซนซบาร์", to=customer), 50)) == MANY // 1000
