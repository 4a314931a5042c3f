"""Writing several rows at once without a word per row: one statement for the batch, asked of the driver itself.

An act that writes rows of several tables can have them written `together`, by one statement for all of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session, make_transient_to_detached, object_mapper
from sqlalchemy.orm.attributes import set_committed_value

from portal.db import Base, Row
from portal.shapes import Gathered, Rows, batch_of, increase_of, table_of

_TOGETHER = "written together"


def insert_all(session: Session, model: type[Base], rows: Rows) -> list[int]:
    """Insert rows that all name the same columns, and give their ids in the same order.

    Columns left out get the model's plain default, or stay empty. Rows they refer to by id are in the database already,
    or are written together with these.
    """
    if not rows:
        return []
    gathered: Gathered | None = session.info.get(_TOGETHER)
    if gathered is not None:
        ids = gathered.take_ids(model, len(rows))
        gathered.add(model, [{"id": id_, **row} for id_, row in zip(ids, rows, strict=True)])
        return ids
    connection = session.connection()
    return batch_of(model, rows, connection.dialect).put(connection, rows)


def insert_new(session: Session, model: type[Base], rows: Rows, key: str) -> int:
    """Insert the rows whose `key` (a unique column) is not taken yet; says how many those were."""
    if not rows:
        return 0
    session.flush()
    connection = session.connection()
    batch = batch_of(model, rows, connection.dialect, key)
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(batch.on_postgresql, (batch.payload(rows),)).rowcount
    return len(batch.put(connection, rows))


def insert_object(session: Session, row: Base) -> None:
    """Insert an object that the session does not know yet; it has its id and belongs to the session afterwards."""
    model, table = type(row), table_of(type(row))
    facts = {name: value for name, value in vars(row).items() if name in table.columns}
    (row.id,) = insert_all(session, model, [facts])  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    session.add(row)


def append(session: Session, model: type[Base], rows: Rows, *, key: str = "") -> None:
    """Insert rows whose ids nobody asks for; those whose `key` (a unique column) is taken already are left out."""
    if not rows:
        return
    gathered: Gathered | None = session.info.get(_TOGETHER)
    if gathered is not None:
        gathered.add(model, rows, key)
    elif key:
        insert_new(session, model, rows, key)
    else:
        insert_all(session, model, rows)


def add(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """Insert one row by the next flush, or with the others of an act that are written together."""
    gathered: Gathered | None = session.info.get(_TOGETHER)
    if gathered is not None:
        gathered.add(model, [row])
    else:
        session.add(model(**row))


@contextmanager
def together(session: Session, expected: Mapping[type[Base], int]) -> Iterator[None]:
    """What is inserted in here is written at the end, on PostgreSQL by one statement, and not at all if an act fails.

    `expected` says of how many rows the ids will be asked for, so that they are drawn at once. Until the end the rows
    cannot be read or changed.
    """
    if _TOGETHER in session.info:
        yield  # an act within an act: all of it is written at the end of the outer one
        return
    session.flush()  # what they refer to is there before them
    gathered = session.info[_TOGETHER] = Gathered(session.connection(), expected)
    try:
        yield
    finally:
        del session.info[_TOGETHER]
    gathered.write()


def increase(session: Session, column: str, changes: Mapping[Row, int]) -> None:
    """Raise a number on rows that are loaded and locked, all of one table, by so much each."""
    if not changes:
        return
    session.flush()
    key = object_mapper(next(iter(changes))).primary_key_from_instance
    raised = [{"id": key(row)[0], "more": more} for row, more in changes.items()]
    for row, more in changes.items():
        set_committed_value(row, column, getattr(row, column) + more)
    connection = session.connection()
    step = increase_of(table_of(type(next(iter(changes)))), column)
    gathered: Gathered | None = session.info.get(_TOGETHER)
    if gathered is not None:
        gathered.put(step, raised)
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(step.on_postgresql, (step.payload(raised),))
    else:
        step.put_on_sqlite(connection, raised)
