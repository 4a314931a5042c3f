"""The sweep of promised answers, one in a hundred of which is newly at risk, beside one statement written by hand."""

import math
import statistics
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from benchmarks.harness import LAPS, Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.world import count, new_database, people, prove, server, sweep
from policies import revising, sweeping
from policies.kinds import Kind
from policies.places import places
from policies.terms import Clause, Terms
from portal import clock
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day, end_of
from portal.customers.models import Customer
from portal.db import make_engine, make_sessions, transaction
from tests.publishing import publish_reviewed

PROMISES = 100_000
CHANGED = 100
"""One promise in so many is newly at risk; of these every second is counted in working minutes."""

FILL = """
INSERT INTO promise (kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at, due_at,
  state, clock_start_at)
SELECT 'complaint_answer', level.id, level.version_id, :customer, 'CP-' || n, :made, d.due_at, d.due_at, 'open', :made
FROM generate_series(1, :promises) n
JOIN service_level level ON level.id = CASE n / :changed % 2 WHEN 0 THEN :in_days ELSE :in_minutes END
CROSS JOIN LATERAL (SELECT CASE WHEN n % :changed > 0 THEN CAST(:far AS timestamptz) + n % 5000 * interval '1 minute'
  WHEN level.minutes IS NULL THEN CAST(:near_in_days AS timestamptz) ELSE :near_in_minutes END AS due_at) d"""
MADE = """
INSERT INTO promise_event (promise_id, at, what, due_at) SELECT id, made_at, 'made', due_at FROM promise
WHERE kind = 'complaint_answer'"""
BY_HAND = """
WITH due AS (
  SELECT id FROM promise WHERE state IN ('open', 'at_risk') AND kind <> 'lead_time' AND paused_since IS NULL
    AND due_at <= :latest AND (due_at < :now OR state = 'open' AND due_at <=
      CASE service_level_id WHEN :in_minutes THEN CAST(:minutes_near AS timestamptz) ELSE :days_near END)
  ORDER BY id FOR UPDATE SKIP LOCKED),
moved AS (
  UPDATE promise p SET state = CASE WHEN p.due_at < :now THEN 'missed' ELSE 'at_risk' END,
    cause = coalesce(p.cause, 'not_answered'),
    risk_since = CASE WHEN p.due_at < :now THEN p.risk_since ELSE :now END,
    missed_at = CASE WHEN p.due_at < :now THEN p.due_at ELSE p.missed_at END
  FROM due WHERE due.id = p.id RETURNING p.id, p.due_at, p.state, p.cause),
noted AS (
  INSERT INTO promise_event (promise_id, at, what, due_at, cause)
  SELECT id, CAST(:now AS timestamptz), state, due_at, cause FROM moved)
SELECT count(*) FROM moved"""


def measure() -> list[Figure]:
    """Every lap is one sweep, undone afterwards; the last one is kept, and proven."""
    with server() as running:
        full = _compare(new_database(running, "sweep"), PROMISES, LAPS)
        tenth = _compare(new_database(running, "sweep_tenth"), PROMISES // 10, max(2, LAPS // 2))
    took, by_hand = statistics.median(full["ours"]), statistics.median(full["by hand"])
    verdict = at_most(1.5, ratios(full["ours"], full["by hand"]))
    exponent = math.log10(took / statistics.median(tenth["ours"]))
    grown = f"a tenth of the promises; time grows with the promises to the power {exponent:.2f}"
    return [
        Figure("promise_sweep", took, "s", against=f"one statement by hand, {by_hand:.3f} s", **verdict),
        Figure(
            "promise_sweep_growth", exponent, "power", against=grown, target="<= 1.10", met=exponent <= 1.1
        ),
    ]


def _compare(url: str, promises: int, count_: int) -> dict[str, list[float]]:
    world = people(url, products=1)
    engine, now = make_engine(url), clock.now()
    near = _fill(engine, world.customer_id, promises, now)
    expected = promises // CHANGED
    session = make_sessions(engine)()
    found = laps(
        {
            "ours": lambda: _ours(session, now, expected),
            "by hand": lambda: _by_hand(engine, now, near, expected),
        },
        count_,
    )
    with transaction(session):
        sweeping.mark(session, now)
    session.close()
    _prove(engine, expected)
    prove(url)
    engine.dispose()
    return found


def _fill(engine: Engine, customer_id: int, promises: int, now: datetime) -> dict[str, Any]:
    """Open promises in days and in minutes, one in a hundred just near; gives the bounds that a hand needs."""
    with make_sessions(engine)() as session:
        with transaction(session):
            in_days, in_minutes = _levels(session, customer_id, now)
        days_near, by_minutes = sweeping.bounds(session, now)
        (minutes_near,) = by_minutes
        far = end_of(places(session).days().after(business_day(now), 9))
    facts = {
        "in_days": in_days,
        "in_minutes": in_minutes,
        "customer": customer_id,
        "made": now - timedelta(days=1),
        "promises": promises,
        "changed": CHANGED,
        "far": far,
        "near_in_days": days_near,
        "near_in_minutes": minutes_near,
    }
    with engine.begin() as connection:
        connection.execute(text(FILL), facts)
        connection.execute(text(MADE))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE promise, promise_event"))
    bounds = {"minutes_near": minutes_near, "days_near": days_near, "latest": max(days_near, minutes_near)}
    return {"in_minutes": in_minutes, **bounds}


def _levels(session: Session, customer_id: int, now: datetime) -> tuple[int, int]:
    """Two standards for complaints, one in days and one in working minutes."""
    customer = session.get_one(Customer, customer_id)
    author, reviewer = (
        session.scalars(select(User).where(User.role == role)).first() for role in (Role.MANAGER, Role.ADMIN)
    )
    assert author is not None
    assert reviewer is not None
    version = revising.open_policy(session, "-", "In minutes", customer=customer, by=author, now=now)
    session.flush()
    clauses = (
        Clause(Kind.COMPLAINT_ANSWER, 2),
        Clause(Kind.COMPLAINT_ANSWER, minutes=480, provinces=("TH-50",)),
    )
    revising.change_draft(session, version, Terms(clauses), by=author, now=now)
    publish_reviewed(session, version, business_day(now), "-", reviewer=reviewer, now=now)
    found = {level.minutes is not None: level.id for level in version.levels}
    return found[False], found[True]


def _ours(session: Session, now: datetime, expected: int) -> float:
    session.connection(execution_options={"writing": True})
    took = seconds(lambda: _right(sweeping.mark(session, now), expected))
    session.rollback()
    sweep(session.get_bind(), "promise", "promise_event")
    return took


def _by_hand(engine: Engine, now: datetime, near: dict[str, Any], expected: int) -> float:
    with engine.connect() as connection:
        took = seconds(lambda: _right(_ask(connection, {"now": now, **near}), expected))
        connection.rollback()
    sweep(engine, "promise", "promise_event")
    return took


def _ask(connection: Connection, facts: dict[str, Any]) -> int:
    return int(connection.execute(text(BY_HAND), facts).scalar_one())


def _right(changed: int, expected: int) -> None:
    if changed != expected:
        raise WrongAnswer(f"{changed} promises were marked, not {expected}")


def _prove(engine: Engine, expected: int) -> None:
    risky = count(engine, "SELECT count(*) FROM promise WHERE state = 'at_risk' AND cause = 'not_answered'")
    events = count(engine, "SELECT count(*) FROM promise_event WHERE what = 'at_risk'")
    by_clock = count(
        engine,
        "SELECT count(DISTINCT service_level_id) FROM promise WHERE state = 'at_risk' AND risk_since IS NOT NULL",
    )
    for what, number, right in (
        ("promises", risky, expected),
        ("events", events, expected),
        ("clocks", by_clock, 2),
    ):
        if number != right:
            raise WrongAnswer(f"{number} {what} instead of {right}")
