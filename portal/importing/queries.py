"""Reading imports: the list of runs, and a page of what one reported."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.importing.models import ImportProblem, ImportRun

RUNS_PAGE = 25
PROBLEMS_PAGE = 100
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A page of rows, its number from 1, and how many rows there are in all."""

    rows: list[Row]
    total: int
    number: int
    more: bool


def runs_page(session: Session, number: int = 1) -> Page[ImportRun]:
    """The imports, newest first; a page past the end is the last one."""
    total = session.scalar(select(func.count()).select_from(ImportRun)) or 0
    number = _within(number, total, RUNS_PAGE)
    query = select(ImportRun).options(joinedload(ImportRun.by)).order_by(ImportRun.id.desc())
    rows = session.scalars(query.limit(RUNS_PAGE).offset((number - 1) * RUNS_PAGE)).all()
    return Page(list(rows), total, number, number * RUNS_PAGE < total)


def problems_page(session: Session, run: ImportRun, number: int = 1, reason: str = "") -> Page[ImportProblem]:
    """What a run reported, in the order of its rows, all of it or for one reason."""
    query = select(ImportProblem).where(ImportProblem.run_id == run.id)
    if reason:
        query = query.where(ImportProblem.message == reason)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = _within(number, total, PROBLEMS_PAGE)
    page = query.order_by(ImportProblem.id).limit(PROBLEMS_PAGE).offset((number - 1) * PROBLEMS_PAGE)
    return Page(list(session.scalars(page)), total, number, number * PROBLEMS_PAGE < total)


def all_problems(session: Session, run_id: int) -> Iterator[ImportProblem]:
    """Everything a run reported, a thousand at a time."""
    query = select(ImportProblem).where(ImportProblem.run_id == run_id).order_by(ImportProblem.id)
    last = 0
    while rows := session.scalars(query.where(ImportProblem.id > last).limit(1000)).all():
        yield from rows
        last = rows[-1].id


def _within(number: int, total: int, size: int) -> int:
    return min(max(number, 1), max(1, -(-total // size)))
