"""Carrying out an import in a test the way the scheduler and the command line do."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.importing import running, runs
from portal.importing.kinds import ImportKind
from portal.importing.models import ImportProblem, ImportRun
from portal.importing.telling import Sums


@dataclass
class Outcome:
    """How a run ended."""

    run: ImportRun
    sums: Sums
    problems: list[ImportProblem]

    @property
    def rows(self) -> tuple[int, int, int]:
        """Rows booked, unchanged, reported."""
        return self.sums.rows("booked"), self.sums.rows("unchanged"), self.sums.rows("reported")

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """Row number, column and reason of each problem."""
        return [(p.row, p.column, p.message % p.params) for p in self.problems]


def table(*rows: Sequence[object]) -> bytes:
    """A CSV file of these rows, the first being its headers."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def prepared(
    session: Session,
    kind: ImportKind,
    files: Mapping[str, bytes | Path],
    folder: Path,
    *,
    now: datetime,
    options: Mapping[str, str] | None = None,
    maps: Mapping[str, str | None] | None = None,
) -> int:
    """A run in the queue; `maps` gives headers to `sheet.field`."""
    kept = []
    for name, content in files.items():
        path = content if isinstance(content, Path) else folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        kept.append({"name": name, "path": str(path)})
    with transaction(session):
        run = runs.prepare(session, kind, kept, by=None, now=now)
        tables = run.tables
        for field, header in (maps or {}).items():
            sheet, _, key = field.partition(".")
            tables[sheet]["columns"][key] = header
        runs.ask(session, run, kind, tables, {**run.options, **(options or {})}, by=None, now=now)
        return run.id


def bring_in(
    session: Session,
    kind: ImportKind,
    files: Mapping[str, bytes | Path],
    folder: Path,
    *,
    now: datetime,
    options: Mapping[str, str] | None = None,
    maps: Mapping[str, str | None] | None = None,
) -> Outcome:
    """Import these files and say what became of them."""
    run_id = prepared(session, kind, files, folder, now=now, options=options, maps=maps)
    claimed = running.claim(session, run_id, now=now)
    running.carry_out(session, run_id, claimed, {kind.name: kind})
    return outcome(session, run_id)


def outcome(session: Session, run_id: int) -> Outcome:
    """What became of a run."""
    session.rollback()
    session.expire_all()
    run = session.get_one(ImportRun, run_id)
    found = session.scalars(
        select(ImportProblem).where(ImportProblem.run_id == run_id).order_by(ImportProblem.id)
    )
    return Outcome(run, Sums.read(run.sums), list(found))
