"""A page of a long list by its place in it, so that the last page costs as much as the first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 25
Row = TypeVar("Row")
Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Keyset(Generic[Row]):
    """A page of a list: `older` leads on, to what is older where the newest comes first, and `newer` leads back.

    Both are ids of rows shown, None at either end.
    """

    rows: list[Row]
    older: int | None
    newer: int | None

    def made(self, make: Callable[[Row], Shown]) -> "Keyset[Shown]":
        """The same page, each row made into what is shown of it."""
        return Keyset([make(row) for row in self.rows], self.older, self.newer)


def keyset(
    session: Session,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    *,
    by: InstrumentedAttribute[Any] | None = None,
    rising: bool = False,
    older_than: int | None = None,
    newer_than: int | None = None,
    most: int = PAGE,
) -> Keyset[Any]:
    """A page of the query's rows by the id `key`, the highest first, or the lowest where it is `rising`.

    Where `by` is given, a column of the table of `key` that is never NULL, it orders the rows before the id does. The
    query has no order of its own; where it asks for one thing the rows are these things.
    """
    back = newer_than is not None
    mark, up = newer_than if back else older_than, rising is not back
    order = (key,) if by is None else (by, key)
    if mark is not None:
        query = query.where(_beyond(order, key, mark, up=up))
    turned = query.order_by(*(column if up else column.desc() for column in order))
    found = list(session.execute(turned.add_columns(key).limit(most + 1)))
    more, found = len(found) > most, found[:most]
    if back:
        found.reverse()
    has_newer, has_older = (more, True) if back else (mark is not None, more)
    alone = len(query.column_descriptions) == 1
    return Keyset(
        [row[0] for row in found] if alone else found,
        older=found[-1][-1] if found and has_older else None,
        newer=found[0][-1] if found and has_newer else None,
    )


def _beyond(
    order: tuple[InstrumentedAttribute[Any], ...], key: InstrumentedAttribute[int], mark: int, *, up: bool
) -> ColumnElement[bool]:
    """That a row comes after the marked one, whose place is looked up, so that an address needs its id only."""
    if order == (key,):
        return key > mark if up else key < mark
    place = select(*order).where(key == mark).correlate(None).scalar_subquery()
    return tuple_(*order) > place if up else tuple_(*order) < place
