"""The proof of every balance among a million movements, beside the statement that a hand would prove them by."""

import math
import statistics

from sqlalchemy import Engine, text

from benchmarks.harness import LAPS, Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.promisable import MOVEMENTS, PRODUCTS, fill
from benchmarks.world import new_database, people, server
from inventory.proving import differences
from portal.db import make_engine, make_sessions

_BY_HAND = """
WITH moved AS (
  SELECT product_id, warehouse_id, sum(quantity) FILTER (WHERE condition = 'good') AS good,
    sum(quantity) FILTER (WHERE condition <> 'good') AS apart FROM movement GROUP BY 1, 2),
held AS (SELECT product_id, warehouse_id, sum(held) AS held FROM reservation WHERE held > 0 GROUP BY 1, 2),
waiting AS (SELECT receipt_id AS id, sum(quantity - held) AS units FROM reservation
  WHERE receipt_id IS NOT NULL GROUP BY 1),
named AS (
  SELECT identity_id, warehouse_id, customer_id, keeping, sum(quantity) AS units FROM identity_move GROUP BY 1, 2, 3, 4)
SELECT (SELECT count(*) FROM stock s FULL JOIN moved m USING (product_id, warehouse_id)
    FULL JOIN held h USING (product_id, warehouse_id)
    WHERE coalesce(on_hand, 0) <> coalesce(good, 0) OR coalesce(quarantined, 0) <> coalesce(apart, 0)
      OR coalesce(reserved, 0) <> coalesce(held, 0))
  + (SELECT count(*) FROM inbound_receipt r LEFT JOIN waiting w USING (id) WHERE r.claimed <> coalesce(w.units, 0))
  + (SELECT count(*) FROM (SELECT 1 FROM (SELECT * FROM named UNION ALL
      SELECT identity_id, warehouse_id, customer_id, keeping, -quantity FROM identity_balance) sides
    GROUP BY identity_id, warehouse_id, customer_id, keeping HAVING sum(units) <> 0) wrong)"""


def measure() -> list[Figure]:
    """At fifty thousand products and a million movements, and at a tenth of both; one balance is made wrong."""
    with server() as running:
        whole = _compare(new_database(running, "proof"), PRODUCTS, MOVEMENTS)
        tenth = _compare(new_database(running, "proof_tenth"), PRODUCTS // 10, MOVEMENTS // 10)
    took, by_hand = statistics.median(whole["ours"]), statistics.median(whole["by hand"])
    exponent = math.log10(took / statistics.median(tenth["ours"]))
    grown = f"a tenth of the movements; time grows with them to the power {exponent:.2f}"
    against = f"one statement by hand, {by_hand:.3f} s"
    return [
        Figure(
            "balance_proof",
            took,
            "s",
            against=against,
            **at_most(1.5, ratios(whole["ours"], whole["by hand"])),
        ),
        Figure(
            "balance_proof_growth", exponent, "power", against=grown, target="<= 1.20", met=exponent <= 1.2
        ),
    ]


def _compare(url: str, products: int, movements: int) -> dict[str, list[float]]:
    people(url, products=1, buyers=1)
    engine = make_engine(url)
    fill(engine, products, movements)
    with engine.begin() as connection:
        connection.execute(text("UPDATE stock SET on_hand = on_hand + 1 WHERE id = 7"))
    found = laps(
        {
            "ours": lambda: seconds(lambda: _ours(engine)),
            "by hand": lambda: seconds(lambda: _by_hand(engine)),
        },
        LAPS,
    )
    engine.dispose()
    return found


def _ours(engine: Engine) -> None:
    with make_sessions(engine)() as session:
        if len(differences(session)) != 1:
            raise WrongAnswer("the one balance that is wrong was not found alone")


def _by_hand(engine: Engine) -> None:
    with engine.connect() as connection:
        if connection.execute(text(_BY_HAND)).scalar() != 1:
            raise WrongAnswer("the one balance that is wrong was not found alone by hand")
