"""Scheduled work on record: each run with its start, end and outcome; and the heartbeat of the one scheduler."""

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from portal import audit, clock
from portal.accounts.models import User
from portal.db import Base, BigId, transaction
from portal.feature import Job
from portal.keyset import Keyset, keyset

ALIVE_WITHIN = timedelta(seconds=30)
KEEP_RUNS = timedelta(days=14)
KEEP_STOPPED = timedelta(days=1)
OFTEN = timedelta(minutes=1)
PAGE = 50
_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a run ended; a run that is still `running` long after its start was killed."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"


class Verb(StrEnum):
    """Acts on jobs, for the audit trail."""

    REQUESTED = "job.requested"


class JobRun(Base):
    """One run of one job."""

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("outcome IN ('running', 'ok', 'failed')", name="outcome"),
        Index("ix_job_run_job", "job", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(8), default=Outcome.RUNNING)
    changed: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(Text)


class JobRequest(Base):
    """A person's wish that a job be run now; the scheduler takes it."""

    __tablename__ = "job_request"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(60))
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]


class Heartbeat(Base):
    """When a long-lived process was last seen alive."""

    __tablename__ = "heartbeat"
    process: Mapped[str] = mapped_column(String(30), primary_key=True)
    at: Mapped[datetime]


@dataclass(frozen=True)
class JobReport:
    """What a manager sees of one job."""

    job: Job
    last: JobRun | None
    next_at: datetime | None
    waiting: bool


def run_one(sessions: sessionmaker[Session], job: Job) -> JobRun:
    """Run a job once and put the run on record; a failing job is recorded as failed and raises nothing.

    Jobs that run more than once a minute are put on record when they end. Of a job's runs that changed nothing only the
    last is kept.
    """
    with sessions() as session:
        run = JobRun(job=job.name, started_at=clock.now())
        take_requests(session, job.name)
        if job.every >= OFTEN:
            with transaction(session):
                session.add(run)
        changed, problem = 0, None
        try:
            changed = job.act(session, clock.now())
        except Exception:
            session.rollback()
            problem = traceback.format_exc()
        with transaction(session):
            run.ended_at, run.changed, run.problem = clock.now(), changed, problem
            run.outcome = Outcome.FAILED if problem else Outcome.OK
            if not problem and not changed:
                _forget_empty_runs(session, run)
            session.add(run)
        return run


def for_each(session: Session, ids: Iterable[int], act: Callable[[int], int]) -> int:
    """Act on each of these in a transaction of its own; gives the sum of what the acts say they changed.

    One that fails is undone and logged, and the others are acted on all the same; the faults are raised together at the
    end, so that the run counts as failed.
    """
    changed, faults = 0, list[Exception]()
    for id_ in ids:
        try:
            with transaction(session):
                changed += act(id_)
        except Exception as fault:
            session.rollback()
            _log.exception("a job could not act on %s", id_)
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} could not be acted on, {changed} changed", faults)
    return changed


def request(session: Session, job: Job, *, by: User, now: datetime) -> None:
    """Ask the scheduler to run a job as soon as it can."""
    session.add(JobRequest(job=job.name, by_id=by.id, asked_at=now))
    audit.record(session, Verb.REQUESTED, "job", job.name, by=by, now=now)


def requested(session: Session) -> set[str]:
    """The names of the jobs that people asked for and that have not begun since."""
    return set(session.scalars(select(JobRequest.job)))


def take_requests(session: Session, job: str) -> None:
    """Fulfil every request for a job, because a run of it begins."""
    asked = list(session.scalars(select(JobRequest.id).where(JobRequest.job == job)))
    if asked:
        with transaction(session):
            session.execute(delete(JobRequest).where(JobRequest.id.in_(asked)))


def beat(session: Session, process: str, *, now: datetime) -> None:
    """Note that a process is alive."""
    session.merge(Heartbeat(process=process, at=now))


def is_alive(session: Session, process: str, *, now: datetime) -> bool:
    """Whether a process was seen within the last half minute."""
    seen = session.scalar(select(Heartbeat.at).where(Heartbeat.process == process))
    return seen is not None and now - seen < ALIVE_WITHIN


def seen_at(session: Session, process: str) -> datetime | None:
    """When a process was last seen, or None when it never was."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.process == process))


def recent_runs(
    session: Session,
    job: str = "",
    outcome: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[JobRun]:
    """What ran last, of one job or of all, by keyset."""
    query = select(JobRun)
    if job:
        query = query.where(JobRun.job == job)
    if outcome:
        query = query.where(JobRun.outcome == outcome)
    return keyset(session, query, JobRun.id, older_than=older_than, newer_than=newer_than, most=PAGE)


def killed(session: Session, runs: Sequence[JobRun], *, now: datetime) -> set[int]:
    """Which of these runs never ended: the scheduler is away, or the same job has begun anew since. Two queries."""
    running = [run for run in runs if run.outcome == Outcome.RUNNING]
    if not running or not is_alive(session, "scheduler", now=now):
        return {run.id for run in running}
    latest = select(func.max(JobRun.id)).where(JobRun.job.in_({run.job for run in running}))
    last = set(session.scalars(latest.group_by(JobRun.job)))
    return {run.id for run in running if run.id not in last}


def failing(session: Session, names: Iterable[str]) -> list[str]:
    """Which of these jobs failed when they last ran."""
    latest = select(func.max(JobRun.id)).where(JobRun.outcome != Outcome.RUNNING).group_by(JobRun.job)
    query = select(JobRun.job).where(JobRun.id.in_(latest), JobRun.outcome == Outcome.FAILED)
    known = set(names)
    return sorted(job for job in session.scalars(query) if job in known)


def reports(session: Session, jobs: Iterable[Job]) -> list[JobReport]:
    """The state of each job: its last run and when it is due again."""
    latest = select(func.max(JobRun.id)).group_by(JobRun.job)
    last = {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(latest)))}
    waiting = set(session.scalars(select(JobRequest.job)))
    return [
        JobReport(
            job,
            run := last.get(job.name),
            run.started_at + job.every if run else None,
            job.name in waiting,
        )
        for job in jobs
    ]


def forget_old_runs(session: Session, now: datetime) -> int:
    """Drop the records of runs older than a fortnight, and after a day those that were killed."""
    killed = (JobRun.outcome == Outcome.RUNNING) & (JobRun.started_at < now - KEEP_STOPPED)
    with transaction(session):
        old = delete(JobRun).where(or_(JobRun.started_at < now - KEEP_RUNS, killed))
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _forget_empty_runs(session: Session, run: JobRun) -> None:
    """Drop the earlier runs of the same job that changed nothing."""
    empty = delete(JobRun).where(
        JobRun.job == run.job,
        JobRun.id != run.id,
        JobRun.outcome == Outcome.OK,
        JobRun.changed == 0,
        JobRun.ended_at.is_not(None),
    )
    session.execute(empty.execution_options(synchronize_session=False))
