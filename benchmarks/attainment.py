"""The attainment table of one customer among a million promises, beside the best statement written by hand."""

import math
import statistics
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from benchmarks.harness import LAPS, Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.world import new_database, people, prove, server
from policies.attaining import Asked, Attained, by_clause, period
from portal import clock
from portal.customers.models import Customer
from portal.db import make_engine, make_sessions

PROMISES = 1_000_000
CUSTOMERS = 50
MONTHS = 24

SHARED = """
INSERT INTO customer (code, name_th, name_en, kind, tier, language, currency, created_at)
SELECT 'B' || n, 'B' || n, 'B' || n, 'wholesale', 'standard', 'th', 'THB', now()
FROM generate_series(2, :customers) n"""
FILL = """
INSERT INTO promise (kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at, due_at,
  state, missed_at, fulfilled_at, owed_minor, paid_minor, owed_currency)
SELECT l.kind, l.id, l.version_id, c.ids[1 + n / 10 % cardinality(c.ids)], 'B-' || n, d.due - interval '3 days',
  d.due - CASE WHEN n % 7 = 0 THEN interval '1 day' ELSE interval '0' END, d.due, s.state,
  CASE WHEN s.state = 'missed' THEN d.due END,
  CASE s.state WHEN 'kept' THEN d.due - interval '6 hours' WHEN 'missed' THEN d.due + interval '2 days' END,
  CASE WHEN s.state = 'missed' AND n % 3 = 0 THEN n % 900 ELSE 0 END, 0,
  CASE WHEN s.state = 'missed' AND n % 3 = 0 THEN 'THB' END
FROM generate_series(1, CAST(:promises AS int)) n
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM customer) c
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM service_level WHERE minutes IS NOT NULL OR days IS NOT NULL) v
JOIN service_level l ON l.id = v.ids[1 + n % cardinality(v.ids)]
CROSS JOIN LATERAL (SELECT CAST(:since AS timestamptz)
  + n * ((CAST(:until AS timestamptz) - CAST(:since AS timestamptz)) / :promises) AS due) d
CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 < 88 THEN 'kept' WHEN n % 100 < 95 THEN 'missed' WHEN n % 100 < 96 THEN
  'waived' WHEN n % 100 < 97 THEN 'withdrawn' ELSE 'open' END AS state) s"""
MADE = (
    "INSERT INTO promise_event (promise_id, at, what, due_at) SELECT id, made_at, 'made', due_at FROM promise"
)

BY_HAND = """
SELECT c.*, l.target_bp, v.number, p.code, p.name_th, p.name_en FROM
  (SELECT kind, service_level_id, owed_currency, count(*) AS cases, count(*) FILTER (WHERE state = 'kept') AS kept,
    count(*) FILTER (WHERE state = 'missed') AS missed,
    count(*) FILTER (WHERE state IN ('open', 'at_risk')) AS open, count(*) FILTER (WHERE state = 'waived') AS exempt,
    count(*) FILTER (WHERE state IN ('kept', 'missed') AND fulfilled_at <= original_due_at) AS kept_first,
    count(*) FILTER (WHERE state IN ('kept', 'missed') AND due_at <> original_due_at) AS moved,
    sum(owed_minor) AS owed, sum(paid_minor) AS paid
  FROM promise WHERE customer_id = :customer AND due_at >= :since AND due_at < :until AND state <> 'withdrawn'
  GROUP BY kind, service_level_id, owed_currency) c
LEFT JOIN service_level l ON l.id = c.service_level_id LEFT JOIN policy_version v ON v.id = l.version_id
LEFT JOIN policy p ON p.id = v.policy_id ORDER BY c.kind, p.code, v.number DESC, l.id"""


def measure() -> list[Figure]:
    """One customer of fifty in a million promises, one to whom all of them were made, and a tenth of each."""
    with server() as running:
        one = _compare(new_database(running, "attained"), PROMISES, CUSTOMERS)
        own = _compare(new_database(running, "attained_own"), PROMISES, 1)
        tenth = _compare(new_database(running, "attained_tenth"), PROMISES // 10, 1)
    exponent = math.log10(statistics.median(own["ours"]) / statistics.median(tenth["ours"]))
    grown = f"a tenth of the promises; time grows with the promises to the power {exponent:.2f}"
    return [
        _figure("attainment", one),
        _figure("attainment_all_own", own),
        Figure("attainment_growth", exponent, "power", against=grown, target="<= 1.10", met=exponent <= 1.1),
    ]


def _figure(name: str, found: dict[str, list[float]]) -> Figure:
    took, by_hand = statistics.median(found["ours"]), statistics.median(found["by hand"])
    verdict = at_most(1.3, ratios(found["ours"], found["by hand"]))
    return Figure(name, took, "s", against=f"one statement by hand, {by_hand:.4f} s", **verdict)


def _compare(url: str, promises: int, customers: int) -> dict[str, list[float]]:
    world = people(url, products=1)
    engine = make_engine(url)
    since, until = period(clock.now(), MONTHS)
    _fill(engine, promises, customers, since, until)
    facts = {"customer": world.customer_id, "since": since, "until": until}
    session = make_sessions(engine)()
    with engine.connect() as connection:
        _same(_table(session, facts), _ask(connection, facts), promises, customers)
        session.rollback()
        found = laps(
            {"ours": lambda: _ours(session, facts), "by hand": lambda: _by_hand(connection, facts)}, LAPS
        )
    session.close()
    prove(url)
    engine.dispose()
    return found


def _fill(engine: Engine, promises: int, customers: int, since: datetime, until: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        if customers > 1:
            connection.execute(text(SHARED), {"customers": customers})
        connection.execute(text(FILL), {"promises": promises, "since": since, "until": until})
        connection.execute(text(MADE))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _ours(session: Session, facts: dict[str, Any]) -> float:
    """The table as a page reads it: in a session that knows the customer and nothing else."""
    session.expunge_all()
    asked = _asked(session, facts)
    took = seconds(lambda: by_clause(session, asked))
    session.rollback()
    return took


def _table(session: Session, facts: dict[str, Any]) -> list[Attained]:
    return by_clause(session, _asked(session, facts))


def _asked(session: Session, facts: dict[str, Any]) -> Asked:
    return Asked(facts["since"], facts["until"], session.get_one(Customer, facts["customer"]))


def _by_hand(connection: Connection, facts: dict[str, Any]) -> float:
    took = seconds(lambda: _ask(connection, facts))
    connection.rollback()
    return took


def _ask(connection: Connection, facts: dict[str, Any]) -> list[Any]:
    return list(connection.execute(text(BY_HAND), facts))


def _same(ours: list[Attained], by_hand: list[Any], promises: int, customers: int) -> None:
    """Both sides say the same of every clause, and all promises of the customer are among them."""
    told: dict[int | None, list[int]] = {}
    for row in by_hand:
        counts = [
            row.cases,
            row.kept,
            row.missed,
            row.open,
            row.exempt,
            row.kept_first,
            row.moved,
            int(row.owed),
        ]
        known = told.setdefault(row.service_level_id, [0] * len(counts))
        told[row.service_level_id] = [one + other for one, other in zip(known, counts, strict=True)]
    for one in ours:
        row = one.row
        said = [row.cases, row.kept, row.missed, row.open, row.exempt, row.kept_first, row.moved]
        if told.pop(one.level.id if one.level else None) != [*said, sum(row.owed.values())]:
            raise WrongAnswer(f"{one.kind}: {row}")
    if told:
        raise WrongAnswer(f"clauses left out: {sorted(told, key=str)}")
    cases = sum(one.row.cases for one in ours)
    if not 0.9 * promises / customers <= cases <= 1.1 * promises / customers:
        raise WrongAnswer(f"{cases} cases among {promises} promises to {customers} customers")
