"""A run is carried out, piece by piece: each piece of rows is one transaction with its outcomes and the progress."""

import secrets
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import CursorResult, insert, or_, select, text, update
from sqlalchemy.orm import Session

from portal import audit, clock
from portal.accounts.models import User
from portal.db import transaction
from portal.feature import Job
from portal.i18n import N_
from portal.importing.kinds import Booking, Given, ImportKind, Row, Sheet
from portal.importing.mapping import RowReader
from portal.importing.models import ALIVE_WITHIN, ImportProblem, ImportRun, RunState
from portal.importing.reading import Table
from portal.importing.runs import JOB, Verb
from portal.importing.tables import mappings_of
from portal.importing.telling import Sums, Told
from portal.refusal import Refused

PIECE = 5000
"""Rows booked in one transaction: half a second of work, so that others who write need not wait long."""

ONE_AT_A_TIME = 0x494D5054
KEEP_DRAFTS = timedelta(days=2)
KEEP_FILES = timedelta(days=30)

Kinds = Mapping[str, ImportKind]
Watch = Callable[[int, Sums], None]
log = structlog.get_logger()


class TakenOver(Exception):
    """Somebody else is at this run now."""


def jobs_with(kinds: Kinds) -> tuple[Job, ...]:
    """The jobs that carry out the imports people asked for, and clear away what is left of old ones."""

    def work(session: Session, now: datetime) -> int:
        return work_off(session, kinds)

    return (
        Job(
            JOB,
            N_("Carry out imports"),
            timedelta(seconds=30),
            work,
            N_("Carries out the imports that people asked for; counts them."),
        ),
        Job(
            "imports.tidy",
            N_("Clear away old import files"),
            timedelta(hours=6),
            tidy,
            N_("Deletes imports that nobody started and the files of old ones; counts them."),
        ),
    )


def work_off(session: Session, kinds: Kinds) -> int:
    """Carry out every run that waits or was interrupted, the oldest first; says how many."""
    count = 0
    while (claimed := claim_next(session, now=clock.now())) is not None:
        carry_out(session, *claimed, kinds)
        count += 1
    return count


def claim_next(session: Session, *, now: datetime) -> tuple[int, str] | None:
    """Take the next run that waits or was interrupted, so that nobody else does; gives its id and the claim."""
    with transaction(session):
        stale = (ImportRun.state == RunState.RUNNING) & (ImportRun.seen_at < now - ALIVE_WITHIN)
        query = select(ImportRun).where(or_(ImportRun.state == RunState.QUEUED, stale)).order_by(ImportRun.id)
        run = session.scalars(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
        return None if run is None else (run.id, take(run, now=now))


def claim(session: Session, run_id: int, *, now: datetime) -> str:
    """Take this very run, which must be waiting."""
    with transaction(session):
        run = session.scalars(select(ImportRun).where(ImportRun.id == run_id).with_for_update()).one()
        if run.state != RunState.QUEUED:
            raise TakenOver
        return take(run, now=now)


def take(run: ImportRun, *, now: datetime) -> str:
    """Take a run that is locked, or not yet seen by anybody else; gives the claim."""
    run.claim = secrets.token_hex(8)
    run.state, run.seen_at = RunState.RUNNING, now
    run.started_at = run.started_at or now
    return run.claim


def carry_out(session: Session, run_id: int, claimed: str, kinds: Kinds, watch: Watch | None = None) -> None:
    """Carry out a claimed run to its end, from where it was left; a fault is recorded on it and raises nothing."""
    try:
        _Carrying(session, run_id, claimed, kinds, watch).to_the_end()
    except TakenOver:
        log.warning("import.taken_over", run=run_id)
    except Refused as no:
        _stop(session, run_id, claimed, no.message, no.params)
    except Exception as fault:
        log.exception("import.failed", run=run_id, trace=traceback.format_exc())
        message = N_("The import met a fault (%(fault)s). The rows booked before it are kept.")
        _stop(session, run_id, claimed, message, {"fault": type(fault).__name__})


def tidy(session: Session, now: datetime) -> int:
    """Forget drafts that nobody started, and the files of runs that ended long ago; says how many runs."""
    with transaction(session):
        drafts = session.scalars(
            select(ImportRun).where(ImportRun.state == RunState.DRAFT, ImportRun.asked_at < now - KEEP_DRAFTS)
        ).all()
        ended = session.scalars(select(ImportRun).where(ImportRun.ended_at < now - KEEP_FILES)).all()
        paths = [Path(file["path"]) for run in (*drafts, *ended) for file in run.files]
        there = [path for path in paths if path.exists()]
        for run in drafts:
            session.delete(run)
    for path in there:
        path.unlink(missing_ok=True)
    return len(drafts) + len(there)


class _Carrying:
    """One attempt at one run."""

    def __init__(
        self, session: Session, run_id: int, claimed: str, kinds: Kinds, watch: Watch | None
    ) -> None:
        self._session, self._id, self._claim, self._watch = session, run_id, claimed, watch
        run = session.get_one(ImportRun, run_id)
        self._kind = kinds[run.kind]
        self._opened = mappings_of(run.files, run.tables)
        by = session.get(User, run.by_id) if run.by_id else None
        mappings = {name: mapped for name, (_, mapped) in self._opened.items()}
        self._given = self._kind.given(run.options, mappings, by=by, now=clock.now())
        self._sums = Sums.read(run.sums)
        self._settled = run.rows_done
        self._done = 0
        session.expunge_all()  # pieces read what they need anew; the person asking stays readable

    def to_the_end(self) -> None:
        with transaction(self._session):
            self._hold()
            booking = self._kind.begin(self._session, self._given)
        sheets = [sheet for sheet in self._kind.sheets if sheet.name in self._opened]
        for place, sheet in enumerate(sheets):
            table, mapped = self._opened[sheet.name]
            reader = RowReader(mapped, sheet.columns, **self._given.options)
            for rows in self._pieces(sheet, table, reader):
                share = (place + table.progress()) / len(sheets)
                self._take(booking, sheet.name, rows, min(999, int(share * 1000)))
        self._end(booking)

    def _pieces(self, sheet: Sheet, table: Table, reader: RowReader) -> Iterator[list[Row]]:
        rows = _rows(sheet, table, reader, self._kind, self._given)
        while True:
            # What was settled by an earlier attempt comes in pieces of its own, never mixed with what is new.
            left = self._settled - self._done
            piece = list(islice(rows, min(PIECE, left) if left > 0 else PIECE))
            if not piece:
                return
            yield piece

    def _take(self, booking: Booking, sheet: str, rows: list[Row], progress: int) -> None:
        heard = self._done >= self._settled
        told = Told(self._sums, self._given.mappings, heard=heard)
        with transaction(self._session):
            self._hold()
            for row in rows:
                told.read(row)
            booking.take(self._session, sheet, rows, told)
            self._done += len(rows)
            if heard:
                self._note(told, rows_done=self._done, progress=progress)
            self._session.expunge_all()
        if self._watch:
            self._watch(progress, self._sums)

    def _end(self, booking: Booking) -> None:
        now = clock.now()
        told = Told(self._sums, self._given.mappings)
        with transaction(self._session):
            self._hold()
            booking.finish(self._session, told)
            self._note(
                told, rows_done=self._done, progress=1000, state=RunState.DONE, ended_at=now, claim=None
            )
            after: dict[str, Any] = {
                "booked": self._sums.rows("booked"),
                "unchanged": self._sums.rows("unchanged"),
                "reported": self._sums.rows("reported"),
            }
            audit.record(
                self._session, Verb.ENDED, "import", str(self._id), by=self._given.by, now=now, after=after
            )
        if self._watch:
            self._watch(1000, self._sums)

    def _hold(self) -> None:
        """Make sure that this run is still ours and that no other import writes until the piece is through."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        self._update(seen_at=clock.now())

    def _note(self, told: Told, **values: Any) -> None:
        if told.problems:
            noted = [
                {"run_id": self._id, **problem}
                for problem in sorted(told.problems, key=lambda one: one["row"])
            ]
            self._session.connection().execute(insert(ImportProblem), noted)
        self._update(sums=self._sums.written(), **values)

    def _update(self, **values: Any) -> None:
        ours = (
            ImportRun.id == self._id,
            ImportRun.claim == self._claim,
            ImportRun.state == RunState.RUNNING,
        )
        statement = (
            update(ImportRun).where(*ours).values(**values).execution_options(synchronize_session=False)
        )
        result = self._session.execute(statement)
        assert isinstance(result, CursorResult)
        if result.rowcount != 1:
            raise TakenOver


def _rows(sheet: Sheet, table: Table, reader: RowReader, kind: ImportKind, given: Given) -> Iterator[Row]:
    name, worth = sheet.name, kind.worth
    for number, cells in table:
        values, problems = reader.read(cells)
        yield Row(name, number, values, problems, worth(name, values, given))


def _stop(session: Session, run_id: int, claimed: str, message: str, params: Mapping[str, object]) -> None:
    session.rollback()
    session.expunge_all()
    values = {
        "state": RunState.FAILED,
        "message": message,
        "params": {name: str(value) for name, value in params.items()},
        "ended_at": clock.now(),
        "claim": None,
    }
    with transaction(session):
        session.execute(
            update(ImportRun).where(ImportRun.id == run_id, ImportRun.claim == claimed).values(**values)
        )
