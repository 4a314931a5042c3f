"""A page of a long list by its place in it, so that the last page costs as much as the first."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 25
Row = TypeVar("Row")


@dataclass(frozen=True)
class Keyset(Generic[Row]):
    """A page, newest first; `older` and `newer` are the places to page on from, None at either end."""

    rows: list[Row]
    older: int | None
    newer: int | None


def keyset(
    session: Session,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
    most: int = PAGE,
) -> Keyset[Any]:
    """A page of the query's rows; the query selects `key` last, and has no order of its own."""
    backwards = newer_than is not None
    if backwards:
        query = query.where(key > newer_than).order_by(key)
    else:
        if older_than is not None:
            query = query.where(key < older_than)
        query = query.order_by(key.desc())
    found = list(session.execute(query.limit(most + 1)))
    more, found = len(found) > most, found[:most]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (older_than is not None, more)
    return Keyset(
        found,
        older=found[-1][-1] if found and has_older else None,
        newer=found[0][-1] if found and has_newer else None,
    )
