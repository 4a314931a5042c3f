"""A flood that holds up 20,000 lines: looked at as a draft, and confirmed, each beside the same written by hand."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from benchmarks.disruption_sql import CONFIRM, LOCKS, PREVIEW
from benchmarks.filling import fill
from benchmarks.harness import Figure, WrongAnswer, at_most, laps, ratios, seconds
from benchmarks.world import MADE_DIRECTLY, count, new_database, people, prove, server, sweep, undone
from inventory.models import Warehouse
from orders import disrupting
from orders.disruption_effects import effect, touched_page
from orders.disruptions import Disruption, DisruptionKind
from portal import clock
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction
from tests import makers

TOUCHED, OPEN_LINES, PER_ORDER = 20_000, 100_000, 10
CUSTOMERS = 50
LONG = timedelta(days=4)
_SOME_DAYS = f"""
UPDATE schedule_line SET ship_by = CASE WHEN id % {OPEN_LINES // TOUCHED} = 0
  THEN CAST(:today AS date) + 1 + CAST(id / 5 % 5 AS int) ELSE CAST(:today AS date) + 20 END"""
_DUE = """
UPDATE promise p SET due_at = CAST(s.ship_by + 3 AS timestamp) AT TIME ZONE 'Asia/Bangkok' - interval '1 second'
FROM schedule_line s WHERE s.promise_id = p.id"""
_RESERVED = """
UPDATE reservation r SET due_at = p.due_at FROM schedule_line s JOIN promise p ON p.id = s.promise_id
WHERE s.reservation_id = r.id"""
_CHANGED = ("promise", "promise_event", "notice", "reservation", "schedule_line", "disruption_effect")
_SUM = """
SELECT count(*), count(*) FILTER (WHERE p.due_at = e.due_after AND r.due_at = e.due_after),
  sum(extract(epoch FROM e.due_after - e.due_before)), sum(s.ship_by - CAST('2020-01-01' AS date)),
  (SELECT count(*) FROM promise_event WHERE what = 'repromised'),
  (SELECT sum(json_array_length(facts->'lines')) FROM notice WHERE template = 'orders/notices/disruption.txt')
FROM disruption_effect e JOIN promise p ON p.id = e.promise_id JOIN schedule_line s ON s.id = e.part_id
JOIN reservation r ON r.id = s.reservation_id"""


@dataclass(frozen=True)
class Draft:
    """The disruption that is looked at and confirmed, and the ids that it takes."""

    id: int
    by: int
    facts: dict[str, Any]


def measure() -> list[Figure]:
    """Each lap is undone; the last confirmation is kept, and proven."""
    with server() as running:
        url = new_database(running, "disruption")
        engine = make_engine(url)
        draft = _flood(url, engine)
        with make_sessions(engine)() as session:
            shown = laps(
                {"ours": lambda: _look(session, draft), "by hand": lambda: _look_by_hand(engine, draft)}
            )
            sums: dict[str, Any] = {}
            moved = laps(
                {
                    "ours": lambda: _confirm(session, draft, sums),
                    "by hand": lambda: _confirm_by_hand(engine, draft, sums),
                }
            )
            if sums["ours"] != sums["by hand"]:
                raise WrongAnswer(f"not the same was written: {sums['ours']} and by hand {sums['by hand']}")
            with transaction(session):
                _confirmed(session, draft)
        _prove(engine)
        engine.dispose()
        prove(url, skip=MADE_DIRECTLY)
    return [_figure("disruption_preview", shown), _figure("disruption_confirm", moved)]


def _figure(name: str, found: dict[str, list[float]]) -> Figure:
    against = f"SQL by hand, {statistics.median(found['by hand']):.2f} s"
    verdict = at_most(2.0, ratios(found["ours"], found["by hand"]))
    return Figure(name, statistics.median(found["ours"]), "s", against=against, **verdict)


def _flood(url: str, engine: Engine) -> Draft:
    """A draft that holds up the lines wanted, of companies with a buyer each."""
    world = people(url, products=100)
    now = clock.now()
    today = business_day(now)
    with make_sessions(engine)() as session:
        with transaction(session):
            others = [makers.make_customer(session, f"X{n}", now=now) for n in range(CUSTOMERS - 1)]
            for n, other in enumerate(others):
                makers.make_user(session, Role.BUYER, customer=other, now=now, email=f"x{n}@example.com")
        companies = [world.customer_id, *(other.id for other in others)]
        fill(engine, companies, orders=OPEN_LINES // PER_ORDER, lines=PER_ORDER, done=0)
        with engine.begin() as connection:
            connection.execute(text(_SOME_DAYS), {"today": today})
            connection.execute(text(_DUE))
            connection.execute(text(_RESERVED))
        sweep(engine, *_CHANGED)
        with transaction(session):
            warehouse = session.query(Warehouse).order_by(Warehouse.id).first()
            by = session.query(User).filter(User.role == Role.MANAGER).first()
            if warehouse is None or by is None:
                raise WrongAnswer("there is no warehouse, or nobody to declare")
            begins = today + timedelta(days=1)
            facts = disrupting.Declared(
                DisruptionKind.FLOOD, warehouse, begins, begins + LONG, "น้ำท่วม", "Flood"
            )
            flood = disrupting.declare(session, facts, by=by, now=now)
        asked: dict[str, Any] = {"today": today, "starts_on": flood.starts_on, "ends_on": flood.ends_on}
        asked |= {"warehouse": warehouse.id, "disruption": flood.id, "number": flood.number, "by": by.id}
        return Draft(flood.id, by.id, asked)


def _look(session: Session, draft: Draft) -> float:
    flood, now = session.get_one(Disruption, draft.id), clock.now()

    def look() -> None:
        found = effect(session, flood, now=now)
        if len(touched_page(session, flood, found, now=now)) < 1 or found.parts != TOUCHED:
            raise WrongAnswer(f"{found.parts} lines are shown instead of {TOUCHED}")

    took = seconds(look)
    session.rollback()
    return took


def _look_by_hand(engine: Engine, draft: Draft) -> float:
    with engine.connect() as connection:
        return seconds(lambda: _right(connection, PREVIEW, draft.facts))


def _confirm(session: Session, draft: Draft, sums: dict[str, Any]) -> float:
    took = 0.0
    with undone(session):
        took = seconds(lambda: _confirmed(session, draft))
        sums["ours"] = session.execute(text(_SUM)).one()
    sweep(session.get_bind(), *_CHANGED)
    return took


def _confirmed(session: Session, draft: Draft) -> None:
    flood, by = session.get_one(Disruption, draft.id), session.get_one(User, draft.by)
    found = disrupting.confirm(session, flood, by=by, now=clock.now())
    session.flush()
    if found.parts != TOUCHED:
        raise WrongAnswer(f"{found.parts} lines were moved instead of {TOUCHED}")


def _confirm_by_hand(engine: Engine, draft: Draft, sums: dict[str, Any]) -> float:
    def confirm(connection: Connection) -> Callable[[], None]:
        def act() -> None:
            connection.execute(text(LOCKS), draft.facts).all()
            _right(connection, CONFIRM, draft.facts | {"now": clock.now()})

        return act

    with engine.connect() as connection:
        took = seconds(confirm(connection))
        sums["by hand"] = connection.execute(text(_SUM)).one()
        connection.rollback()
    sweep(engine, *_CHANGED)
    return took


def _right(connection: Connection, statement: str, facts: dict[str, Any]) -> None:
    parts = connection.execute(text(statement), facts).one()[0]
    if parts != TOUCHED:
        raise WrongAnswer(f"{parts} lines by hand instead of {TOUCHED}")


def _prove(engine: Engine) -> None:
    wanted = {
        "effects": "SELECT count(*) FROM disruption_effect",
        "promises on their new day": """SELECT count(*) FROM promise p JOIN disruption_effect e ON e.promise_id = p.id
            WHERE p.due_at = e.due_after AND e.due_after > e.due_before AND p.original_due_at IS NOT NULL""",
        "events": "SELECT count(*) FROM promise_event WHERE what = 'repromised' AND cause = 'disruption'",
        "lines told of": """SELECT sum(CAST(facts->>'count' AS int)) FROM notice
            WHERE template = 'orders/notices/disruption.txt'""",
    }
    for what, question in wanted.items():
        if (number := count(engine, question)) != TOUCHED:
            raise WrongAnswer(f"{number} {what} instead of {TOUCHED}")
