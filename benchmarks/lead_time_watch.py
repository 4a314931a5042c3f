"""The lead-time check over many open lines, one in twenty of which changes, beside one statement written by hand."""

import gc
import math
import statistics
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from benchmarks.filling import fill
from benchmarks.harness import LAPS, Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.world import MADE_DIRECTLY, count, new_database, people, prove, server, sweep, undone
from orders import watching
from portal import clock
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction

LINES = 100_000
PER_ORDER = 5
_CHANGED = ("promise", "promise_event", "notice")
CHANGED = 20
"""One line in so many should have left the warehouse yesterday."""

BY_HAND = """
WITH judged AS (
  SELECT p.id, CASE WHEN p.due_at < :now THEN 'missed' WHEN j.threat IS NULL THEN 'open' ELSE 'at_risk' END AS state,
    CASE WHEN p.due_at < :now THEN j.reason ELSE j.threat END AS cause
  FROM promise p JOIN schedule_line s ON s.promise_id = p.id
  LEFT JOIN reservation r ON r.id = s.reservation_id LEFT JOIN inbound_receipt i ON i.id = r.receipt_id
  CROSS JOIN LATERAL (SELECT
    CASE WHEN s.quantity - s.cancelled = s.shipped THEN CASE WHEN s.shipped_late THEN 'in_transit' END
      WHEN r.held >= s.quantity - s.cancelled - s.shipped THEN CASE WHEN s.ship_by < :today THEN 'not_shipped' END
      WHEN r.receipt_id IS NOT NULL THEN
        CASE WHEN CASE WHEN i.expected_on < :today THEN CAST(:today AS date) + 1 ELSE i.expected_on END > s.ship_by
          THEN 'supplier_late' END
      WHEN s.ship_by <= CAST(:today AS date) + 5 THEN 'no_supply' END AS threat,
    CASE WHEN s.quantity - s.cancelled = s.shipped THEN 'in_transit'
      WHEN r.held >= s.quantity - s.cancelled - s.shipped THEN 'not_shipped'
      WHEN r.receipt_id IS NOT NULL THEN 'supplier_late' ELSE 'no_supply' END AS reason) j
  WHERE p.state IN ('open', 'at_risk') AND (p.due_at < :now
    OR p.state <> CASE WHEN j.threat IS NULL THEN 'open' ELSE 'at_risk' END
    OR j.threat IS NOT NULL AND j.threat IS DISTINCT FROM p.cause)
  ORDER BY p.id FOR UPDATE OF p SKIP LOCKED),
moved AS (
  UPDATE promise p SET state = judged.state, cause = judged.cause,
    risk_since = CASE WHEN judged.state = 'at_risk' THEN coalesce(p.risk_since, :now) ELSE p.risk_since END,
    missed_at = CASE WHEN judged.state = 'missed' THEN p.due_at END
  FROM judged WHERE judged.id = p.id RETURNING p.id, p.due_at, p.state, p.cause, p.risk_since),
noted AS (
  INSERT INTO promise_event (promise_id, at, what, due_at, cause)
  SELECT id, :now, CASE state WHEN 'open' THEN 'recovered' ELSE state END, due_at, cause FROM moved),
told AS (
  SELECT m.state, o.number, o.buyer_id, min(m.id) AS first,
    (array_agg(m.due_at ORDER BY l.n, s.n))[1] AS due_at,
    json_agg(json_build_object('sku', l.sku, 'name_th', l.name_th, 'name_en', l.name_en, 'quantity',
      s.quantity - s.cancelled - s.delivered, 'due_on', CAST(m.due_at AT TIME ZONE 'Asia/Bangkok' AS date), 'cause',
      CASE m.cause WHEN 'no_supply' THEN 'no stock and no receipt is expected in time'
        WHEN 'supplier_late' THEN 'the supplier delivers later than expected'
        WHEN 'not_shipped' THEN 'the goods are in stock but have not left the warehouse'
        ELSE 'the carrier has not delivered yet' END) ORDER BY l.n, s.n) AS lines
  FROM moved m JOIN schedule_line s ON s.promise_id = m.id JOIN order_line l ON l.id = s.line_id
  JOIN customer_order o ON o.id = l.order_id
  WHERE o.buyer_id IS NOT NULL AND (m.state = 'missed' OR m.state = 'at_risk' AND m.risk_since = :now)
  GROUP BY m.state, o.number, o.buyer_id),
posted AS (
  INSERT INTO notice (key, user_id, template, facts, path, private, created_at, mail_state, attempts, next_try_at)
  SELECT state || ':' || number || ':' || first || ':' || to_char(due_at, 'YYYYMMDD'), buyer_id,
    'orders/notices/' || state || '.txt', json_build_object('order', number, 'lines', lines), '/my/orders/' || number,
    false, :now, 'due', 0, :now FROM told ON CONFLICT (key) DO NOTHING)
SELECT count(*) FROM moved"""


def measure() -> list[Figure]:
    """Every lap is one check, undone afterwards; the last one is kept, and proven."""
    with server() as running:
        full = _compare(new_database(running, "watch"), LINES, LAPS)
        tenth = _compare(new_database(running, "watch_tenth"), LINES // 10, max(2, LAPS // 2))
    took, by_hand = statistics.median(full["ours"]), statistics.median(full["by hand"])
    verdict = at_most(1.5, ratios(full["ours"], full["by hand"]))
    exponent = math.log10(took / statistics.median(tenth["ours"]))
    against = f"one statement by hand, {by_hand:.2f} s"
    grown = f"a tenth of the lines; time grows with the lines to the power {exponent:.2f}"
    return [
        Figure("lead_time_watch", took, "s", against=against, **verdict),
        Figure(
            "lead_time_watch_growth", exponent, "power", against=grown, target="<= 1.10", met=exponent <= 1.1
        ),
    ]


def _compare(url: str, lines: int, count_: int) -> dict[str, list[float]]:
    world = people(url, products=100)
    engine = make_engine(url)
    fill(engine, [world.customer_id], orders=lines // PER_ORDER, lines=PER_ORDER, done=0)
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE schedule_line SET ship_by = CAST(now() AS date) - 2 WHERE id % {CHANGED} = 0")
        )
    expected = lines // CHANGED
    session = make_sessions(engine)()
    gc.freeze()  # as the scheduler does
    found = laps(
        {"ours": lambda: _ours(session, expected), "by hand": lambda: _by_hand(engine, expected)}, count_
    )
    with transaction(session):
        watching.mark(session, clock.now())
    session.close()
    _prove(engine, expected)
    prove(url, skip=MADE_DIRECTLY)
    engine.dispose()
    return found


def _ours(session: Session, expected: int) -> float:
    took = 0.0
    with undone(session):
        took = seconds(lambda: _right(watching.mark(session, clock.now()), expected))
    sweep(session.get_bind(), *_CHANGED)
    return took


def _by_hand(engine: Engine, expected: int) -> float:
    now = clock.now()
    facts = {"now": now, "today": business_day(now)}
    with engine.connect() as connection:
        took = seconds(lambda: _right(_ask(connection, facts), expected))
        connection.rollback()
    sweep(engine, *_CHANGED)
    return took


def _ask(connection: Connection, facts: dict[str, Any]) -> int:
    return int(connection.execute(text(BY_HAND), facts).scalar_one())


def _right(changed: int, expected: int) -> None:
    if changed != expected:
        raise WrongAnswer(f"{changed} promises were marked, not {expected}")


def _prove(engine: Engine, expected: int) -> None:
    late = count(engine, "SELECT count(*) FROM promise WHERE state = 'at_risk' AND cause = 'not_shipped'")
    told = "SELECT coalesce(sum(json_array_length(facts->'lines')), 0) FROM notice WHERE template LIKE '%at_risk%'"
    events = count(engine, "SELECT count(*) FROM promise_event WHERE what = 'at_risk'")
    for what, number in (("promises", late), ("events", events), ("lines in notices", count(engine, told))):
        if number != expected:
            raise WrongAnswer(f"{number} {what} instead of {expected}")
