"""An import is prepared, put in the queue, taken up again or dropped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.importing.kinds import ImportKind
from portal.importing.mapping import Mapping as ColumnMapping
from portal.importing.models import ImportProblem, ImportRun, RunState
from portal.importing.tables import assigned, found_in, mappings_of
from portal.jobs import JobRequest
from portal.refusal import Refused, Unknown

JOB = "imports.run"
Columns = Mapping[str, ColumnMapping]


class Verb(StrEnum):
    """Acts on imports, for the audit trail."""

    ASKED = "import.asked"
    AGAIN = "import.again"
    ENDED = "import.ended"


def guessed_tables(kind: ImportKind, files: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The tables and columns of these files as far as they can be guessed; refuses files that hold no table.

    It reads the files through, so the edge calls it before it opens the transaction.
    """
    if not files:
        raise Refused(N_("Choose at least one file."), field="files")
    return assigned(kind, found_in(files))


def columns_of(files: Sequence[Mapping[str, str]], tables: Mapping[str, Any]) -> Columns:
    """The columns chosen, found in the files; refused where one is wrong. To be called before the transaction too."""
    return {name: mapped for name, (_, mapped) in mappings_of(files, tables).items()}


def prepare(
    session: Session,
    kind: ImportKind,
    files: Sequence[Mapping[str, str]],
    *,
    by: User | None,
    now: datetime,
    tables: Mapping[str, Any] | None = None,
) -> ImportRun:
    """A run that is not started yet, with the tables guessed beforehand, or guessed now."""
    tables = dict(guessed_tables(kind, files) if tables is None else tables)
    run = ImportRun(
        kind=kind.name,
        state=RunState.DRAFT,
        files=[dict(file) for file in files],
        tables=tables,
        options={option.name: option.default for option in kind.options},
        by_id=by.id if by else None,
        asked_at=now,
    )
    session.add(run)
    session.flush()
    return run


def ask(
    session: Session,
    run: ImportRun,
    kind: ImportKind,
    tables: Mapping[str, Any],
    options: Mapping[str, str],
    *,
    by: User | None,
    now: datetime,
    columns: Columns | None = None,
) -> None:
    """Put a prepared run in the queue with these tables, columns and options; refused where one is wrong or missing.

    `columns` are those of the tables, when the files were read before.
    """
    run = _locked(session, run)
    if run.state != RunState.DRAFT:
        raise Refused(N_("This import has been started already."))
    run.tables, run.options = dict(tables), dict(options)
    kind.given(run.options, columns_of(run.files, tables) if columns is None else columns, by=by, now=now)
    run.state, run.asked_at = RunState.QUEUED, now
    after = {"kind": run.kind, "files": run.names, "options": run.options}
    audit.record(session, Verb.ASKED, "import", str(run.id), by=by, now=now, after=after)
    _ring(session, by, now)


def again(session: Session, run: ImportRun, *, by: User, now: datetime) -> None:
    """Put a run that stopped back in the queue; it goes on where it stopped."""
    run = _locked(session, run)
    if run.state != RunState.FAILED:
        raise Refused(N_("Only an import that stopped can be taken up again."))
    run.state, run.message, run.params, run.ended_at = RunState.QUEUED, None, {}, None
    audit.record(session, Verb.AGAIN, "import", str(run.id), by=by, now=now)
    _ring(session, by, now)


def drop(session: Session, run: ImportRun) -> list[str]:
    """Forget a run that was not started; gives the paths of its files, for the edge to remove."""
    run = _locked(session, run)
    if run.state != RunState.DRAFT:
        raise Refused(N_("This import has been started already."))
    paths = [file["path"] for file in run.files]
    session.execute(delete(ImportProblem).where(ImportProblem.run_id == run.id))
    session.delete(run)
    return paths


def get_run(session: Session, run_id: int) -> ImportRun:
    """The run of this number; raises Unknown when there is none."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise Unknown(f"import {run_id}")
    return run


def _locked(session: Session, run: ImportRun) -> ImportRun:
    found = lock(session, ImportRun, [run.id])
    if not found:
        raise Unknown(f"import {run.id}")
    return found[0]


def _ring(session: Session, by: User | None, now: datetime) -> None:
    """Have the scheduler look at the queue at once instead of on its next round."""
    if by is not None:
        session.add(JobRequest(job=JOB, by_id=by.id, asked_at=now))
