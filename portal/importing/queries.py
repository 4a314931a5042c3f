"""Reading imports: the list of runs, and a page of what one reported."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.importing.models import ImportProblem, ImportRun
from portal.keyset import Keyset, keyset

PROBLEMS_PAGE = 100


def runs_page(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[ImportRun]:
    """The imports, newest first."""
    query = select(ImportRun).options(joinedload(ImportRun.by))
    return keyset(session, query, ImportRun.id, older_than=older_than, newer_than=newer_than)


def problems_page(
    session: Session,
    run: ImportRun,
    reason: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[ImportProblem]:
    """What a run reported, in the order of its rows, all of it or for one reason."""
    return keyset(
        session,
        _reported(run, reason),
        ImportProblem.id,
        rising=True,
        older_than=older_than,
        newer_than=newer_than,
        most=PROBLEMS_PAGE,
    )


def count_problems(session: Session, run: ImportRun, reason: str = "") -> int:
    """How many rows a run reported, in all or for one reason."""
    return session.scalar(_reported(run, reason).with_only_columns(func.count(ImportProblem.id))) or 0


def all_problems(session: Session, run_id: int) -> Iterator[ImportProblem]:
    """Everything a run reported, a thousand at a time."""
    query = select(ImportProblem).where(ImportProblem.run_id == run_id).order_by(ImportProblem.id)
    last = 0
    while rows := session.scalars(query.where(ImportProblem.id > last).limit(1000)).all():
        yield from rows
        last = rows[-1].id


def _reported(run: ImportRun, reason: str) -> Select[ImportProblem]:
    query = select(ImportProblem).where(ImportProblem.run_id == run.id)
    return query.where(ImportProblem.message == reason) if reason else query
