"""The scheduler process: APScheduler rings the bell, one elected process answers it."""

import fcntl
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import IO

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from portal import clock
from portal.db import make_sessions, transaction
from portal.feature import Job
from portal.jobs import beat, run_one, take_requests

BEAT = timedelta(seconds=5)
LEADER_KEY = 0x53414E59
log = structlog.get_logger()


def run(engine: Engine, jobs: Iterable[Job], var: Path) -> None:
    """Wait to be the one scheduler, then run the jobs on schedule until told to stop or the election is lost."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Election(engine, var) as election:
        while not election.won():
            if stop.wait(2):
                return
        log.info("scheduler.leading")
        _lead(make_sessions(engine), {job.name: job for job in jobs}, election.holds, stop)


def _lead(
    sessions: sessionmaker[Session], jobs: dict[str, Job], holds: Callable[[], bool], stop: threading.Event
) -> None:
    scheduler = BackgroundScheduler(timezone="UTC")
    for job in jobs.values():
        scheduler.add_job(
            run_one,
            IntervalTrigger(seconds=int(job.every.total_seconds())),
            args=(sessions, job),
            id=job.name,
            next_run_time=clock.now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=3600,
        )
    scheduler.start()
    try:
        while True:
            if not holds():
                log.error("scheduler.lost_the_election")
                return
            with sessions() as session, transaction(session):
                beat(session, "scheduler", now=clock.now())
                asked = take_requests(session)
            for name in asked & jobs.keys():
                scheduler.modify_job(name, next_run_time=clock.now())
            if stop.wait(1 if asked else BEAT.total_seconds() / 2):
                return
    finally:
        scheduler.shutdown(wait=True)


class Election(AbstractContextManager["Election"]):
    """One scheduler per database: a session advisory lock on PostgreSQL, a locked file beside an SQLite database."""

    def __init__(self, engine: Engine, var: Path) -> None:
        self._engine, self._file_name = engine, var / "scheduler.lock"
        self._connection: Connection | None = None
        self._file: IO[str] | None = None

    def won(self) -> bool:
        """Whether this process holds the lock now; tries to take it."""
        if self._engine.dialect.name != "postgresql":
            return self._lock_file()
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return bool(self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_KEY}))

    def holds(self) -> bool:
        """Whether the lock is still held; a lost database connection loses it."""
        if self._connection is None:
            return self._file is not None
        try:
            self._connection.execute(text("SELECT 1"))
        except Exception:
            return False
        return True

    def _lock_file(self) -> bool:
        if self._file is None:
            self._file_name.parent.mkdir(parents=True, exist_ok=True)
            file = self._file_name.open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._file is not None:
            self._file.close()
