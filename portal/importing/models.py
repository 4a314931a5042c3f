"""Tables of imports: each run with its files, mapping and sums, and every row that it reported."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Base, BigId
from portal.i18n import N_

ALIVE_WITHIN = timedelta(seconds=30)
"""A run that has shown no progress for longer than this was interrupted, and may be taken up by somebody else."""


class RunState(StrEnum):
    """How far a run has come."""

    DRAFT = "draft"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


STATE_TITLES = {
    RunState.DRAFT: N_("Not started yet"),
    RunState.QUEUED: N_("Waiting"),
    RunState.RUNNING: N_("Running"),
    RunState.DONE: N_("Done"),
    RunState.FAILED: N_("Stopped"),
}
INTERRUPTED_TITLE = N_("Interrupted")


class ImportRun(Base):
    """One import of one or more files.

    `files` lists name and stored path of each; `tables` says for each sheet of the kind which file and tab serve it and
    which header gives each field. `rows_done`, `sums` and the problems are written in the same transaction as the rows
    they count, so a run that was killed goes on exactly where it stopped. `claim` names who is at it.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'queued', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("progress BETWEEN 0 AND 1000", name="progress"),
        Index("ix_import_run_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8), default=RunState.DRAFT)
    files: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    tables: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    sums: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    rows_done: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(32))
    message: Mapped[str | None] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    by: Mapped[User | None] = relationship()

    def interrupted(self, now: datetime) -> bool:
        """Whether the run counts as running but nobody has been at it for a while."""
        return self.state == RunState.RUNNING and (self.seen_at is None or now - self.seen_at > ALIVE_WITHIN)

    @property
    def names(self) -> str:
        """The names of the files as they were given."""
        return ", ".join(file["name"] for file in self.files)


class ImportProblem(Base):
    """Why one row was not booked: an English msgid with its params, and the cell to blame where there is one."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_run", "run_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    sheet: Mapped[str] = mapped_column(String(40))
    row: Mapped[int]
    column: Mapped[str] = mapped_column(String(200))
    value: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(String(300))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
