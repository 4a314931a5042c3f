"""Finding products among 50,000, beside the best query by hand, and among a tenth of them."""

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random

import psycopg
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from benchmarks.harness import LAPS, Figure, WrongAnswer, at_least, at_most, laps, ratios, told
from benchmarks.world import new_database, server
from config import FEATURES
from inventory import near
from inventory.catalogue_search import close_products, search_products
from inventory.models import Product
from inventory.search_asking import Shelf
from inventory.searching import folded, search_text, sort_key
from portal import clock
from portal.customers.models import Customer
from portal.db import Base, make_engine, make_sessions, read_freely, transaction
from portal.feature import load
from portal.i18n import speaking
from tests import makers

LARGE = int(os.environ.get("BENCH_PRODUCTS", "50000"))
SMALL = LARGE // 10
SEARCHES = int(os.environ.get("BENCH_SEARCHES", "40"))
PER_PAGE = 24
_KINDS_TH = "สบู่ แชมพู ยาสีฟัน แปรงสีฟัน กาแฟ ชาดำ ข้าวสาร น้ำปลา ผงซักฟอก โลชั่น ทิชชู นมสด น้ำตาล เกลือ พริกไทย"
_SCENTS_TH = "มะลิ กุหลาบ ลาเวนเดอร์ มะนาว ส้ม สตรอว์เบอร์รี วานิลลา ขิง ใบเตย ชาร์โคล มินต์ ขมิ้น"
_KINDS = "soap shampoo toothpaste toothbrush coffee greentea rice fishsauce detergent lotion tissue milk sugar salt tea"
_SCENTS = "jasmine rose lavender lemon orange strawberry vanilla ginger pandan charcoal mint turmeric"
_BRANDS = 1200

_HIDDEN = """
p.id NOT IN (SELECT id FROM (
  SELECT r.product_id AS id, CASE WHEN r.customer_id IS NOT NULL THEN 8 WHEN r.group_id IS NOT NULL THEN 4 ELSE 0 END
    + 2 + r.shown::int AS weight FROM catalogue_rule r WHERE r.product_id IS NOT NULL
    AND (r.customer_id = 1 OR r.customer_id IS NULL AND r.group_id IS NULL)
  UNION ALL
  SELECT c.id, CASE WHEN r.customer_id IS NOT NULL THEN 8 WHEN r.group_id IS NOT NULL THEN 4 ELSE 0 END + r.shown::int
  FROM catalogue_rule r JOIN product c ON c.category_id = r.category_id
    WHERE r.customer_id = 1 OR r.customer_id IS NULL AND r.group_id IS NULL) holding
  GROUP BY id HAVING max(weight) % 2 = 0)"""
_BY_HAND = f"""
SELECT count(*) OVER (), p.*, c.* FROM product p LEFT JOIN category c ON c.id = p.category_id
WHERE p.active AND (p.search_text LIKE %(held)s
  OR p.id = ANY(ARRAY(SELECT product_id FROM customer_item
  WHERE customer_id = 1 AND (lower(code) LIKE %(begins)s OR lower(name) LIKE %(held)s))))
  AND {_HIDDEN.replace("%", "%%")}
ORDER BY CASE
  WHEN p.id IN (SELECT product_id FROM customer_item WHERE customer_id = 1 AND lower(code) = %(whole)s) THEN 0
  WHEN p.search_text LIKE %(exact)s THEN 1
  WHEN p.search_text LIKE %(begins)s OR p.search_text LIKE %(later)s THEN 2 ELSE 3 END,
  p.sort_th, p.id LIMIT 24"""
_CLOSE_BY_HAND = """
SELECT p.id, p.search_text, p.sort_th FROM product p WHERE p.active AND ({stands})
ORDER BY {held} DESC, p.id LIMIT 300"""
Search = Callable[[str], int]


def measure() -> list[Figure]:
    """Searches per second of one client on PostgreSQL, kind by kind, and how their time is spread and grows."""
    with server() as running:
        engines = {
            count: _filled(new_database(running, f"search_{count}"), count) for count in (SMALL, LARGE)
        }
        words = _words(Random(5))
        figures = []
        with speaking("th"):
            for kind, queries in words.items():
                figures += _kind(kind, queries, engines)
        for engine in engines.values():
            engine.dispose()
    return figures


def _kind(kind: str, queries: Sequence[str], engines: dict[int, Engine]) -> list[Figure]:
    sessions = {count: make_sessions(engine)() for count, engine in engines.items()}
    connection = psycopg.connect(
        engines[LARGE].url.render_as_string(hide_password=False).replace("+psycopg", "", 1), autocommit=True
    )
    by_hand: Search = _close_by_hand(connection) if kind == "errors" else _exactly_by_hand(connection)
    ours = {count: _ours(session, close=kind == "errors") for count, session in sessions.items()}
    for query in queries[:3]:
        found, wanted = ours[LARGE](query), by_hand(query)
        if found != wanted or not found:
            raise WrongAnswer(f"{query!r}: {found} found, {wanted} by hand")
    times: list[float] = []
    sides = {
        "ours": lambda: _rate(ours[LARGE], queries, times),
        "hand": lambda: _rate(by_hand, queries, []),
        "small": lambda: _rate(ours[SMALL], queries, []),
    }
    found_rates = laps(sides, min(LAPS, 6))
    for session in sessions.values():
        session.close()
    connection.close()
    rate = statistics.median(found_rates["ours"])
    middle = statistics.median(times)
    late = sorted(times)[math.ceil(len(times) * 0.95) - 1]
    grown = math.log(statistics.median(found_rates["small"]) / rate) / math.log(LARGE / SMALL)
    name = f"catalogue_search_{kind}"
    return [
        Figure(
            name, rate, "searches/s",
            against=f"by hand, {statistics.median(found_rates['hand']):.0f}/s",
            **at_least(0.70, ratios(found_rates["ours"], found_rates["hand"])),
        ),
        Figure(
            f"{name}_p95", late * 1000, "ms",
            against=f"the median, {middle * 1000:.1f} ms", **at_most(2.0, [late / middle]),
        ),
        Figure(
            f"{name}_growth", grown, "power",
            against=f"itself at {SMALL:,} products", **told(ratios(found_rates["ours"], found_rates["small"])),
        ),
    ]  # fmt: skip


def _ours(session: Session, *, close: bool) -> Search:
    read_freely(session)
    customer = session.get_one(Customer, 1)

    def search(query: str) -> int:
        shelf = Shelf(query, to=customer)
        session.expunge_all()  # each request reads its products anew
        if close:
            return len(close_products(session, shelf, PER_PAGE))
        return search_products(session, shelf, per_page=PER_PAGE).total

    return search


def _exactly_by_hand(connection: psycopg.Connection) -> Search:
    def search(query: str) -> int:
        whole = folded(query)
        asked = {"whole": whole, "held": f"%{whole}%", "exact": f"{whole} %", "begins": f"{whole}%"}
        rows = connection.execute(_BY_HAND, {**asked, "later": f"% {whole}%"}).fetchall()
        return int(rows[0][0]) if rows else 0

    return search


def _close_by_hand(connection: psycopg.Connection) -> Search:
    def search(query: str) -> int:
        whole = folded(query)
        pieces, threes = near.pieces(whole), {whole[n : n + 3] for n in range(len(whole) - 2)}
        stands = " OR ".join(["p.search_text LIKE %s"] * len(pieces))
        held = " + ".join(["CAST(p.search_text LIKE %s AS int)"] * len(threes))
        asked = [f"%{text}%" for text in (*pieces, *threes)]
        rows = connection.execute(_CLOSE_BY_HAND.format(stands=stands, held=held), asked).fetchall()
        most = near.forgiven(whole)
        ranked = sorted(
            (n, sort, id_) for id_, held, sort in rows if 0 < (n := near.errors_in(whole, held)) <= most
        )
        ids = [id_ for *_, id_ in ranked[:PER_PAGE]]
        query_ = "SELECT id, sku, name_th, name_en FROM product WHERE id = ANY(%s)"
        return len(connection.execute(query_, (ids,)).fetchall())

    return search


def _rate(search: Search, queries: Sequence[str], times: list[float]) -> float:
    began = time.perf_counter()
    for n in range(SEARCHES):
        start = time.perf_counter()
        search(queries[n % len(queries)])
        times.append(time.perf_counter() - start)
    return SEARCHES / (time.perf_counter() - began)


def _words(rng: Random) -> dict[str, list[str]]:
    """Queries that match a few dozen products: by Thai and English names, with an error, and by code."""
    meant = [name_en.split() for _, _, name_en in rng.sample(list(_goods(SMALL)), 20)]
    return {
        "english": [_brand(n) for n in rng.sample(range(_BRANDS), 20)],
        "thai": [_thai_brand(n) for n in rng.sample(range(_BRANDS), 20)],
        "errors": [_mistyped(brand + kind[:3], rng) for brand, kind, *_ in meant],
        "sku": [f"PRD-{rng.randrange(SMALL // 10):04}" for _ in range(20)],
    }


def _brand(n: int) -> str:
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return syllables[n % 70] + syllables[n * 7 % 67] + syllables[n * 13 % 61]


def _thai_brand(n: int) -> str:
    first = [a + b for a in "กขคจชดตทนบปพมรลวสห" for b in ("า", "ี", "ุ", "ู")]
    return first[n % 72] + first[n * 7 % 71] + first[n * 13 % 67]


def _mistyped(word: str, rng: Random) -> str:
    n = rng.randrange(1, len(word) - 2)
    return word[:n] + word[n + 1] + word[n] + word[n + 2 :]


def _goods(count: int) -> Iterator[tuple[str, str, str]]:
    """The code and names of so many products, each with a brand, a kind and a scent in both languages."""
    rng = Random(11)
    kinds = list(zip(_KINDS_TH.split(), _KINDS.split(), strict=True))
    scents = list(zip(_SCENTS_TH.split(), _SCENTS.split(), strict=True))
    for n in range(count):
        (kind_th, kind), (scent_th, scent), brand = rng.choice(kinds), rng.choice(scents), n % _BRANDS
        weight = rng.randrange(50, 999)
        name_th = f"{kind_th}{_thai_brand(brand)} กลิ่น{scent_th} {weight} กรัม"
        yield f"PRD-{n:05}", name_th, f"{_brand(brand)} {kind} {scent} {weight} g"


def _filled(url: str, count: int) -> Engine:
    """A database with so many products."""
    load(FEATURES)
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    now = clock.now()
    rows = [
        {
            "sku": sku,
            "name_th": name_th,
            "name_en": name_en,
            "gtin": f"885{n:09}0",
            "search_text": search_text(sku, name_th, name_en),
            "sort_th": sort_key(name_th),
            "sort_en": sort_key(name_en),
            "created_at": now,
        }
        for n, (sku, name_th, name_en) in enumerate(_goods(count))
    ]
    with make_sessions(engine)() as session, transaction(session):
        makers.make_customer(session, "C1", now=now)
        session.execute(insert(Product), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return engine
