"""Writing several rows at once without a word per row: one statement for the batch, asked of the driver itself."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Dialect, Table, TypeDecorator, select
from sqlalchemy.orm import Session

from portal.db import Base

Rows = Sequence[Mapping[str, Any]]


def insert_all(session: Session, model: type[Base], rows: Rows) -> list[int]:
    """Insert rows that all name the same columns, and give their ids in the same order.

    Columns left out get the model's plain default, or stay empty. Rows they refer to by id are in the database already.
    """
    if not rows:
        return []
    connection = session.connection()
    return _batch(model, rows, connection.dialect).put(connection, rows)


def insert_new(session: Session, model: type[Base], rows: Rows, key: str) -> int:
    """Insert the rows whose `key` (a unique column) is not taken yet; says how many those were."""
    if not rows:
        return 0
    session.flush()
    connection = session.connection()
    return len(_batch(model, rows, connection.dialect, key).put(connection, rows))


class _Batch:
    """How rows of one shape are written on one kind of database."""

    def __init__(self, table: Table, names: tuple[str, ...], dialect: Dialect, key: str) -> None:
        self.table, self.names, self.dialect, self.key = table, names, dialect, key
        self.given = {
            column.name: column.default.arg  # type: ignore[attr-defined]
            for column in table.columns
            if column.name not in names and column.default is not None and column.default.is_scalar
        }
        columns = (*names, *self.given)
        types = {name: table.c[name].type for name in columns}
        self.decorators = {name: kind for name, kind in types.items() if isinstance(kind, TypeDecorator)}
        self.binders = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types.values()]
        listed, skipped = ", ".join(columns), f"ON CONFLICT ({key}) DO NOTHING" if key else ""
        shape = ", ".join(f"{name} {kind.compile(dialect)}" for name, kind in types.items())
        self.on_postgresql = (
            f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM "  # noqa: S608 - names of our own
            f"ROWS FROM (json_to_recordset(%s) AS ({shape})) WITH ORDINALITY AS r({listed}, place) "
            f"ORDER BY place {skipped} RETURNING id"
        )
        self.on_sqlite = (
            f"INSERT INTO {table.name} (id, {listed}) VALUES ({', '.join('?' * (len(columns) + 1))})"  # noqa: S608
        )

    def put(self, connection: Connection, rows: Rows) -> list[int]:
        """Write the rows; gives the ids of those that were new, in order."""
        if self.dialect.name == "postgresql":
            return self._to_postgresql(connection, rows)
        return self._to_sqlite(connection, self._unknown(connection, rows) if self.key else rows)

    def _to_postgresql(self, connection: Connection, rows: Rows) -> list[int]:
        """One statement, whatever the number of rows; their ids are drawn in the order of the batch."""
        facts = [{**self.given, **row} for row in rows]
        for name, kind in self.decorators.items():
            for row in facts:
                row[name] = kind.process_bind_param(row[name], self.dialect)
        payload = json.dumps(facts, ensure_ascii=False, default=_text)
        return sorted(connection.exec_driver_sql(self.on_postgresql, (payload,)).scalars())

    def _to_sqlite(self, connection: Connection, rows: Rows) -> list[int]:
        """The write lock that a transaction holds keeps every other writer out, so the ids can be said beforehand."""
        if not rows:
            return []
        last = connection.exec_driver_sql(f"SELECT max(id) FROM {self.table.name}").scalar() or 0  # noqa: S608
        ids = list(range(last + 1, last + 1 + len(rows)))
        default = tuple(self.given.values())
        bound = [
            (
                id_,
                *(
                    value if bind is None else bind(value)
                    for value, bind in zip(
                        (*map(row.__getitem__, self.names), *default), self.binders, strict=True
                    )
                ),
            )
            for id_, row in zip(ids, rows, strict=True)
        ]
        connection.exec_driver_sql(self.on_sqlite, bound)
        return ids

    def _unknown(self, connection: Connection, rows: Rows) -> Rows:
        column = self.table.c[self.key]
        wanted = {row[self.key]: row for row in rows}
        keys = list(wanted)
        for start in range(0, len(keys), 5000):
            for known in connection.execute(
                select(column).where(column.in_(keys[start : start + 5000]))
            ).scalars():
                del wanted[known]
        return list(wanted.values())


_batches: dict[tuple[type[Base], tuple[str, ...], str, str], _Batch] = {}


def _batch(model: type[Base], rows: Rows, dialect: Dialect, key: str = "") -> _Batch:
    names = tuple(rows[0])
    known = (model, names, dialect.name, key)
    if known not in _batches:
        table = model.__table__
        assert isinstance(table, Table)
        _batches[known] = _Batch(table, names, dialect, key)
    return _batches[known]


def _text(value: date | datetime) -> str:
    return value.isoformat()
