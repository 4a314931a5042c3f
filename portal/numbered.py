"""A page of a list by its number, for lists of which nobody turns many pages: what a search ranks, a pool, a queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

PAGE = 25
Row = TypeVar("Row")
Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and where they stand in it; the first page is number 1."""

    rows: list[Row]
    total: int
    number: int = 1
    per_page: int = PAGE

    @property
    def has_next(self) -> bool:
        """Whether more rows follow."""
        return self.number * self.per_page < self.total

    @property
    def has_previous(self) -> bool:
        """Whether rows come before."""
        return self.number > 1

    def made(self, make: Callable[[list[Row]], list[Shown]]) -> "Page[Shown]":
        """The same page, its rows made into what is shown of them."""
        return Page(make(self.rows), self.total, self.number, self.per_page)


def numbered(
    session: Session,
    query: Select[*tuple[Any, ...]],
    counted: Select[int],
    *,
    page: int = 1,
    per_page: int = PAGE,
) -> Page[Any]:
    """A page of an ordered query, of as many rows as the other one counts; a page past the end is the last one.

    Two queries. Where the first asks for one thing the rows are these things.
    """
    total = session.scalar(counted) or 0
    number = max(1, min(page, -(-total // per_page)))
    found = list(session.execute(query.limit(per_page).offset((number - 1) * per_page)))
    alone = len(query.column_descriptions) == 1
    return Page([row[0] for row in found] if alone else found, total, number, per_page)
