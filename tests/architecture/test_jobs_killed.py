"""Every scheduled job may be killed between any two of its commits: the next run ends where one run would have."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from config import FEATURES
from portal.db import Base, make_engine, make_sessions, transaction
from portal.feature import Job, load
from tests.conftest import NOON
from tests.makers import make_world
from tests.subjects import subjects_of

LATER = NOON + timedelta(days=40)
"""By then promises are missed, offers have run out, loaners are overdue and complaints unanswered."""
JOBS = [job for room in load(FEATURES) for job in room.jobs]
TOLD_APART = (
    "state",
    "told",
    "told_at",
    "closed_at",
    "ended_at",
    "escalated_at",
    "missed_at",
    "due_at",
    "key",
)
"""Columns whose values, and not only the number of rows, must come out the same."""


class Killed(BaseException):
    """What a process feels of a kill: it simply does not go on."""


@pytest.fixture(scope="module")
def used(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal in which a little of everything is under way, as a file to copy."""
    file = tmp_path_factory.mktemp("used") / "used.db"
    shutil.copy(sqlite_template, file)
    engine = make_engine(f"sqlite:///{file}")
    with make_sessions(engine)() as session, transaction(session):
        subjects_of(make_world(session, NOON))
    engine.dispose()
    return file


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
@pytest.mark.parametrize("kill_before", [1, 2])
def test_a_job_killed_before_a_commit_ends_where_it_would_have(
    job: Job, kill_before: int, used: Path, tmp_path: Path
) -> None:
    whole = _after(used, tmp_path / "whole.db", lambda session: job.act(session, LATER))

    def killed_and_run_again(session: Session) -> None:
        commits = 0

        def die(_session: Session) -> None:
            nonlocal commits
            commits += 1
            if commits == kill_before:
                raise Killed

        event.listen(session, "before_commit", die)
        try:
            job.act(session, LATER)
        except Killed:
            session.rollback()
            session.info["acting"] = False
        event.remove(session, "before_commit", die)
        job.act(session, LATER)

    assert _after(used, tmp_path / "killed.db", killed_and_run_again) == whole


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_run_again_at_once_changes_nothing_more(job: Job, used: Path, tmp_path: Path) -> None:
    once = _after(used, tmp_path / "once.db", lambda session: job.act(session, LATER))

    def twice(session: Session) -> None:
        job.act(session, LATER)
        job.act(session, LATER)

    assert _after(used, tmp_path / "twice.db", twice) == once


def test_there_is_work_for_the_jobs_to_be_killed_in(used: Path, tmp_path: Path) -> None:
    before = _after(used, tmp_path / "before.db", lambda session: None)

    def all_jobs(session: Session) -> None:
        for job in JOBS:
            job.act(session, LATER)

    after = _after(used, tmp_path / "after.db", all_jobs)
    changed = {table for table in after if after[table] != before[table]}
    assert changed >= {"promise", "promise_event", "notice", "substitute_offer", "complaint", "stock_out"}


def _after(used: Path, copy: Path, act: Callable[[Session], object]) -> dict[str, object]:
    """What every table holds once something was done to a copy: how many rows, and what tells them apart."""
    shutil.copy(used, copy)
    engine = make_engine(f"sqlite:///{copy}")
    with make_sessions(engine)() as session:
        act(session)
        session.rollback()
        held: dict[str, object] = {}
        for table in Base.metadata.sorted_tables:
            columns = [table.c[name] for name in TOLD_APART if name in table.c]
            counted = select(*columns, func.count()).select_from(table).group_by(*columns)
            held[table.name] = sorted(map(str, session.execute(counted).all()))
    engine.dispose()
    return held
