"""A run goes on where it was left, is never carried out by two, and adds up however it was interrupted."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from orders.importing import booking
from orders.importing.kind import PAST_ORDERS
from orders.models import Order, OrderLine
from portal.accounts.roles import Role
from portal.db import make_sessions, transaction
from portal.importing import running, runs
from portal.importing.models import ImportProblem, ImportRun, RunState
from portal.jobs import JobRequest
from portal.refusal import Refused
from tests.importing.runners import bring_in, outcome, prepared, table
from tests.makers import make_user

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ("order_no", "sku", "quantity", "unit_price", "ordered_at", "customer")
OPTIONS = {"add": "1"}
KINDS = {PAST_ORDERS.name: PAST_ORDERS}

WORKER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from config import FEATURES
from portal.db import make_engine, make_sessions
from portal.feature import load
from portal.importing import running
from orders.importing.kind import PAST_ORDERS
load(FEATURES)
running.PIECE = 50
def slowly(share, sums):
    print(sums.rows_read, flush=True)
    time.sleep(0.05)
with make_sessions(make_engine(sys.argv[2]))() as session:
    running.carry_out(session, int(sys.argv[3]), sys.argv[4], {"orders": PAST_ORDERS}, slowly)
"""


def rows(count: int) -> list[tuple]:
    """Orders of seven lines, of which every eleventh row is bad."""
    return [
        (f"{n // 7}", f"P{n % 13}", 0 if n % 11 == 0 else 1 + n % 3, "2.505", "2026-01-05", f"C{n // 7 % 5}")
        for n in range(count)
    ]


def state(session: Session) -> tuple:
    """Everything booked, as a person would compare it."""
    lines = select(Order.number, OrderLine.sku, OrderLine.ordered, OrderLine.net_minor).join(Order)
    totals = select(Order.number, Order.net_minor, Order.total_minor)
    return (
        sorted(tuple(row) for row in session.execute(lines)),
        sorted(tuple(row) for row in session.execute(totals)),
    )


def test_an_import_that_was_killed_midway_ends_as_if_it_had_not_been(
    session: Session, engine: Engine, tmp_path: Path, now: datetime
) -> None:
    content = table(HEADERS, *rows(1000))
    run_id = prepared(session, PAST_ORDERS, {"o.csv": content}, tmp_path, now=now, options=OPTIONS)
    claimed = running.claim(session, run_id, now=now)
    url = engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(ROOT), url, str(run_id), claimed],
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in worker.stdout:
        if int(line) >= 300:
            break
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    killed = outcome(session, run_id)
    assert killed.run.state == RunState.RUNNING
    assert 300 <= killed.run.rows_done < 1000
    session.rollback()

    late = now + timedelta(days=3650)
    again = running.claim_next(session, now=late)
    assert again is not None
    running.carry_out(session, *again, KINDS)
    ended = outcome(session, run_id)
    assert (ended.run.state, ended.sums.rows_read, sum(ended.rows)) == (RunState.DONE, 1000, 1000)
    assert ended.rows == (909, 0, 91)
    assert len(ended.problems) == 91
    assert ended.sums.holds
    seen = state(session)
    assert len(seen[0]) == 909
    second = bring_in(session, PAST_ORDERS, {"o.csv": content}, tmp_path, now=now, options=OPTIONS)
    assert second.rows == (0, 909, 91)
    assert state(session) == seen


def test_a_fault_midway_keeps_what_was_booked_and_the_run_can_be_taken_up_again(
    session: Session, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = make_user(session, Role.STAFF, now=now)
    session.commit()
    monkeypatch.setattr(running, "PIECE", 100)
    real, calls = booking.PastOrders.take, []

    def fails_once(self: Any, *args: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise ConnectionError("the line went dead")
        real(self, *args)

    monkeypatch.setattr(booking.PastOrders, "take", fails_once)
    run_id = prepared(
        session, PAST_ORDERS, {"o.csv": table(HEADERS, *rows(350))}, tmp_path, now=now, options=OPTIONS
    )
    running.carry_out(session, run_id, running.claim(session, run_id, now=now), KINDS)
    stopped = outcome(session, run_id)
    assert (stopped.run.state, stopped.run.params) == (RunState.FAILED, {"fault": "ConnectionError"})
    assert stopped.sums.rows_read == 200
    with transaction(session):
        runs.again(session, session.get_one(ImportRun, run_id), by=staff, now=now)
    running.carry_out(session, run_id, running.claim(session, run_id, now=now), KINDS)
    ended = outcome(session, run_id)
    assert (ended.run.state, ended.sums.rows_read, sum(ended.rows)) == (RunState.DONE, 350, 350)
    assert ended.sums.holds
    assert session.scalar(select(func.count()).select_from(OrderLine)) == ended.rows[0]
    assert session.scalar(select(func.count()).select_from(ImportProblem)) == ended.rows[2]


def test_a_run_is_claimed_once_and_taken_over_only_when_nobody_is_at_it(
    session: Session, engine: Engine, tmp_path: Path, now: datetime
) -> None:
    run_id = prepared(
        session, PAST_ORDERS, {"o.csv": table(HEADERS, *rows(20))}, tmp_path, now=now, options=OPTIONS
    )
    with make_sessions(engine)() as other:
        first = running.claim_next(session, now=now)
        assert first is not None
        assert running.claim_next(other, now=now + timedelta(seconds=5)) is None
        taken_over = running.claim_next(other, now=now + timedelta(minutes=5))
        assert taken_over is not None
        assert taken_over[1] != first[1]
        running.carry_out(session, *first, KINDS)
        assert outcome(session, run_id).sums.rows_read == 0
        running.carry_out(other, *taken_over, KINDS)
    assert outcome(session, run_id).run.state == RunState.DONE


def test_asking_for_an_import_wakes_the_scheduler_which_carries_it_out(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    staff = make_user(session, Role.STAFF, now=now)
    session.commit()
    file = tmp_path / "o.csv"
    file.write_bytes(table(HEADERS, *rows(10)))
    with transaction(session):
        run = runs.prepare(session, PAST_ORDERS, [{"name": "o.csv", "path": str(file)}], by=staff, now=now)
        runs.ask(session, run, PAST_ORDERS, run.tables, {**run.options, **OPTIONS}, by=staff, now=now)
    assert session.scalars(select(JobRequest.job)).all() == ["imports.run"]
    job = next(one for one in running.jobs_with(KINDS) if one.name == "imports.run")
    assert job.act(session, now) == 1
    assert outcome(session, run.id).run.state == RunState.DONE
    assert job.act(session, now) == 0


def test_an_import_cannot_be_started_twice_nor_dropped_once_started(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    run_id = prepared(
        session, PAST_ORDERS, {"o.csv": table(HEADERS, *rows(5))}, tmp_path, now=now, options=OPTIONS
    )
    run = session.get_one(ImportRun, run_id)
    with pytest.raises(Refused), transaction(session):
        runs.ask(session, run, PAST_ORDERS, run.tables, run.options, by=None, now=now)
    with pytest.raises(Refused), transaction(session):
        runs.drop(session, run)
    assert outcome(session, run_id).run.state == RunState.QUEUED


def test_old_drafts_and_files_are_cleared_away(session: Session, tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "kept.csv"
    file.write_bytes(table(HEADERS, *rows(5)))
    with transaction(session):
        runs.prepare(session, PAST_ORDERS, [{"name": "o.csv", "path": str(file)}], by=None, now=now)
    assert running.tidy(session, now + timedelta(hours=1)) == 0
    assert running.tidy(session, now + timedelta(days=3)) == 2
    assert not file.exists()
    assert session.scalars(select(ImportRun)).all() == []


def test_another_import_waits_for_the_piece_that_is_being_booked(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite lets one write at a time anyway")
    run_id = prepared(
        session, PAST_ORDERS, {"o.csv": table(HEADERS, *rows(5))}, tmp_path, now=now, options=OPTIONS
    )
    claimed = running.claim(session, run_id, now=now)
    with session.get_bind().connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": running.ONE_AT_A_TIME})
        session.execute(text("SET lock_timeout = '200ms'"))
        session.commit()
        started = time.monotonic()
        running.carry_out(session, run_id, claimed, KINDS)
        assert time.monotonic() - started >= 0.2
    assert outcome(session, run_id).run.state == RunState.FAILED
