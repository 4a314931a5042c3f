"""The scheduler process: APScheduler rings the bell, one elected process answers it."""

import fcntl
import gc
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import IO

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal import clock
from portal.db import make_sessions, transaction
from portal.feature import Job
from portal.jobs import beat, requested, run_one

BEAT = timedelta(seconds=5)
LEADER_KEY = 0x53414E59
log = structlog.get_logger()


def run(engine: Engine, jobs: Iterable[Job], var: Path) -> bool:
    """Wait to be the one scheduler, then run the jobs on schedule; True once told to stop, False if it lost the lead.

    A database that does not answer for a while is waited for.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Election(engine, var) as election:
        while not election.won():
            if stop.wait(2):
                return True
        log.info("scheduler.leading")
        gc.freeze()  # what is loaded stays, so no collection needs to look at it again
        return _lead(make_sessions(engine), {job.name: job for job in jobs}, election.holds, stop)


def _lead(
    sessions: sessionmaker[Session], jobs: dict[str, Job], holds: Callable[[], bool], stop: threading.Event
) -> bool:
    at_work: set[str] = set()

    def work(job: Job) -> None:
        at_work.add(job.name)
        try:
            run_one(sessions, job)
        finally:
            at_work.discard(job.name)

    scheduler = BackgroundScheduler(timezone="UTC")
    for job in jobs.values():
        scheduler.add_job(
            work,
            IntervalTrigger(seconds=int(job.every.total_seconds())),
            args=(job,),
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
                return False
            asked = (
                _beat(sessions) & jobs.keys()
            ) - at_work  # one at work is rung for again once it has ended
            for name in asked:
                scheduler.modify_job(name, next_run_time=clock.now())
            if stop.wait(1 if asked else BEAT.total_seconds() / 2):
                return True
    finally:
        scheduler.shutdown(wait=True)


def _beat(sessions: sessionmaker[Session]) -> set[str]:
    """Show that the scheduler is alive; gives the jobs that people asked for, none while the database is away."""
    try:
        with sessions() as session, transaction(session):
            beat(session, "scheduler", now=clock.now())
            return requested(session)
    except SQLAlchemyError:
        log.exception("scheduler.beat_failed")
        return set()


class Election(AbstractContextManager["Election"]):
    """One scheduler per database: a session advisory lock on PostgreSQL, a locked file beside an SQLite database."""

    def __init__(self, engine: Engine, var: Path) -> None:
        self._engine, self._file_name = engine, var / "scheduler.lock"
        self._connection: Connection | None = None
        self._file: IO[str] | None = None

    def won(self) -> bool:
        """Whether this process holds the lock now; tries to take it, in vain while the database is away."""
        if self._engine.dialect.name != "postgresql":
            return self._lock_file()
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return bool(
                self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_KEY})
            )
        except SQLAlchemyError:
            log.exception("scheduler.election_failed")
            self._let_go()
            return False

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
        self._let_go()
        if self._file is not None:
            self._file.close()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()
