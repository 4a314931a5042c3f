"""One scheduler per database: of two processes one leads, and when it is killed the other takes over."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal import jobs, scheduler
from portal.db import make_engine, make_sessions
from portal.jobs import Heartbeat, JobRun
from tests.conftest import SECRET

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


def start(url: str, var: Path, log: Path) -> subprocess.Popen:
    env = {**os.environ, "SECRET_KEY": SECRET, "DATABASE_URL": url, "SANYA_VAR": str(var), "DEMO": "0"}
    with log.open("w") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "scheduler"], cwd=ROOT, env=env, stdout=out, stderr=out
        )


def leads(log: Path) -> bool:
    return "scheduler.leading" in log.read_text()


def wait_until(true) -> bool:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)  # another process has to move
    return True


@pytest.mark.slow
def test_one_of_two_leads_and_the_other_takes_over_when_it_is_killed(database_url, tmp_path):
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    processes = [start(database_url, tmp_path, log) for log in logs]
    try:
        assert wait_until(lambda: any(map(leads, logs)))
        leader = 0 if leads(logs[0]) else 1
        engine = make_engine(database_url)
        with make_sessions(engine)() as session:

            def beating():
                session.rollback()
                return session.scalars(select(Heartbeat.process)).all() == ["scheduler"]

            def ran():
                session.rollback()
                return bool(session.scalars(select(JobRun.id).where(JobRun.outcome == "ok")).first())

            assert wait_until(ran)
            assert not leads(logs[1 - leader])
            processes[leader].send_signal(signal.SIGKILL)
            processes[leader].wait()
            assert wait_until(lambda: leads(logs[1 - leader]))
            assert wait_until(beating)
        engine.dispose()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


@pytest.mark.slow
def test_a_scheduler_that_is_told_to_stop_ends_well(sqlite_url, tmp_path):
    log = tmp_path / "log"
    process = start(sqlite_url, tmp_path, log)
    try:
        assert wait_until(lambda: leads(log))
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_a_database_that_is_away_for_a_moment_does_not_end_the_lead(sqlite_url, tmp_path, monkeypatch):
    def beat(*args, **options):
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError("beat", {}, Exception("database is locked"))
        stop.set()
        return real(*args, **options)

    beats: list[int] = []
    stop, real = threading.Event(), jobs.beat
    monkeypatch.setattr(scheduler, "beat", beat)
    monkeypatch.setattr(scheduler, "BEAT", timedelta(milliseconds=20))
    engine = make_engine(sqlite_url)
    assert scheduler._lead(make_sessions(engine), {}, lambda: True, stop)
    assert len(beats) == 2
    assert not scheduler._lead(make_sessions(engine), {}, lambda: False, threading.Event())
    engine.dispose()


def test_an_election_while_the_database_is_away_is_not_won_and_not_fatal(tmp_path):
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    with scheduler.Election(engine, tmp_path) as election:
        assert not election.won()
        assert not election.won()
