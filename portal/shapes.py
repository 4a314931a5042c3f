"""How rows are written in bulk: the statement for each shape of rows on each database, and statements joined to one."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect, Table, TypeDecorator, select
from sqlalchemy.types import TypeEngine

from portal.db import Base

Rows = Sequence[Mapping[str, Any]]


class Step(Protocol):
    """A part of what is written together."""

    table: Table
    on_postgresql: str

    def payload(self, rows: Rows) -> str:
        """The rows as PostgreSQL reads them."""

    def put_on_sqlite(self, connection: Connection, rows: Rows) -> None:
        """Take the step row by row."""


class Increase:
    """How a number on rows of one table is raised."""

    def __init__(self, table: Table, column: str) -> None:
        self.table = table
        raised = f"UPDATE {table.name} SET {column} = {table.name}.{column}"  # noqa: S608 - names of our own
        read = "json_to_recordset(%s) AS r(id bigint, more bigint)"
        self.on_postgresql = f"{raised} + r.more FROM {read} WHERE {table.name}.id = r.id"
        self.on_sqlite = f"{raised} + :more WHERE id = :id"

    def payload(self, rows: Rows) -> str:
        """The rows as PostgreSQL reads them."""
        return json.dumps(list(rows))

    def put_on_sqlite(self, connection: Connection, rows: Rows) -> None:
        """Raise the numbers row by row."""
        connection.exec_driver_sql(self.on_sqlite, list(rows))


class Batch:
    """How rows of one shape are written on one kind of database."""

    def __init__(self, table: Table, names: tuple[str, ...], dialect: Dialect, key: str) -> None:
        self.table, self.names, self.dialect, self.key = table, names, dialect, key
        types = {name: table.c[name].type for name in names}
        self.decorators = {name: kind for name, kind in types.items() if isinstance(kind, TypeDecorator)}
        self.binders = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types.values()]
        given = {name: value for name, value in _defaults(table).items() if name not in names}
        values = [_literal(table.c[name].type, value, dialect) for name, value in given.items()]
        shape = ", ".join(f"{name} {kind.compile(dialect)}" for name, kind in types.items())
        into = f"INSERT INTO {table.name} ({', '.join((*names, *given))})"
        wanted = f"SELECT {', '.join((*names, *values))} FROM"
        skipped = f" ON CONFLICT ({key}) DO NOTHING" if key else ""
        self.on_postgresql = f"{into} {wanted} json_to_recordset(%s) AS r({shape}){skipped}"
        self.ordered = (
            f"{into} {wanted} ROWS FROM (json_to_recordset(%s) AS ({shape})) "
            f"WITH ORDINALITY AS r({', '.join(names)}, place) ORDER BY place{skipped} RETURNING id"
        )
        self.on_sqlite = f"{into} VALUES ({', '.join((*'?' * len(names), *values))}){skipped}"

    def put(self, connection: Connection, rows: Rows) -> list[int]:
        """Write the rows; gives the ids of those that were new, in order."""
        if self.dialect.name == "postgresql":
            # One statement, whatever the number of rows; their ids are drawn in the order of the batch.
            return sorted(connection.exec_driver_sql(self.ordered, (self.payload(rows),)).scalars())
        if self.key:
            rows = self._unknown(connection, rows)
        if not rows:
            return []
        first = _highest_id(connection, self.table) + 1
        numbered = [{"id": id_, **row} for id_, row in enumerate(rows, first)]
        _shaped(self.table, numbered, self.dialect).put_on_sqlite(connection, numbered)
        return [row["id"] for row in numbered]

    def payload(self, rows: Rows) -> str:
        """The rows as PostgreSQL reads them."""
        facts = [dict(row) for row in rows]
        for name, kind in self.decorators.items():
            # Most rows of a batch share their instants, which are written out once.
            bound = {value: self._written(kind, value) for value in {row[name] for row in facts}}
            for row in facts:
                row[name] = bound[row[name]]
        return json.dumps(facts, ensure_ascii=False, default=_text)

    def put_on_sqlite(self, connection: Connection, rows: Rows) -> None:
        """Write the rows one by one, by a statement prepared once."""
        bound = [
            tuple(
                value if bind is None else bind(value)
                for value, bind in zip(map(row.__getitem__, self.names), self.binders, strict=True)
            )
            for row in rows
        ]
        connection.exec_driver_sql(self.on_sqlite, bound)

    def _written(self, kind: TypeDecorator[Any], value: Any) -> Any:
        bound = kind.process_bind_param(value, self.dialect)
        return _text(bound) if isinstance(bound, date) else bound

    def _unknown(self, connection: Connection, rows: Rows) -> Rows:
        column = self.table.c[self.key]
        wanted: dict[Any, Mapping[str, Any]] = {}
        for row in rows:
            wanted.setdefault(row[self.key], row)  # as PostgreSQL has it, the first of a key twice wins
        keys = list(wanted)
        for start in range(0, len(keys), 5000):
            for known in connection.execute(
                select(column).where(column.in_(keys[start : start + 5000]))
            ).scalars():
                del wanted[known]
        return list(wanted.values())


class Gathered:
    """Rows of several tables, waiting to be written in one go, and the ids drawn for them."""

    def __init__(self, connection: Connection, expected: Mapping[type[Base], int]) -> None:
        self._connection, self._dialect = connection, connection.dialect
        self._rows: dict[Step, list[Mapping[str, Any]]] = {}
        self._highest: dict[type[Base], int] = {}
        self._ids = self._draw({model: count for model, count in expected.items() if count})

    def take_ids(self, model: type[Base], count: int) -> list[int]:
        """Ids for so many rows, from those drawn at the start as far as they go."""
        ids = self._ids.setdefault(model, [])
        if len(ids) < count:
            ids += self._draw({model: count - len(ids)})[model]
        taken, self._ids[model] = ids[:count], ids[count:]
        return taken

    def add(self, model: type[Base], rows: Rows, key: str = "") -> None:
        """Have rows written with the others."""
        self.put(batch_of(model, rows, self._dialect, key), rows)

    def put(self, step: Step, rows: Rows) -> None:
        """Have a step taken with the others."""
        self._rows.setdefault(step, []).extend(rows)

    def write(self) -> None:
        """Write everything. PostgreSQL checks what refers to what once all of it is there."""
        steps = tuple(self._rows)
        if not steps:
            return
        if self._dialect.name == "postgresql":
            payloads = tuple(step.payload(rows) for step, rows in self._rows.items())
            self._connection.exec_driver_sql(_joined(steps), payloads)
            return
        for step, rows in self._rows.items():
            step.put_on_sqlite(self._connection, rows)

    def _draw(self, wanted: Mapping[type[Base], int]) -> dict[type[Base], list[int]]:
        if self._dialect.name != "postgresql":
            return {model: self._next(model, count) for model, count in wanted.items()}
        numbers = ", ".join(
            f"ARRAY(SELECT nextval('{table_of(model).name}_id_seq') FROM generate_series(1, %s))"  # noqa: S608 - our own
            for model in wanted
        )
        row = self._connection.exec_driver_sql(f"SELECT {numbers}", tuple(wanted.values())).one()
        return dict(zip(wanted, row, strict=True))

    def _next(self, model: type[Base], count: int) -> list[int]:
        """The ids after the highest in the table, and after those given to rows that wait."""
        if model not in self._highest:
            self._highest[model] = _highest_id(self._connection, table_of(model))
        first = self._highest[model] + 1
        self._highest[model] += count
        return list(range(first, first + count))


_BATCHES: dict[tuple[Table, tuple[str, ...], str, str], Batch] = {}
_STATEMENTS: dict[tuple[Step, ...], str] = {}


@cache
def increase_of(table: Table, column: str) -> Increase:
    """How a number of a table is raised."""
    return Increase(table, column)


def batch_of(model: type[Base], rows: Rows, dialect: Dialect, key: str = "") -> Batch:
    """How rows that name the same columns as the first of these are written."""
    return _shaped(table_of(model), rows, dialect, key)


def _shaped(table: Table, rows: Rows, dialect: Dialect, key: str = "") -> Batch:
    names = tuple(rows[0])
    known = (table, names, dialect.name, key)
    if known not in _BATCHES:
        _BATCHES[known] = Batch(table, names, dialect, key)
    return _BATCHES[known]


def _joined(steps: tuple[Step, ...]) -> str:
    """One statement that takes all these steps."""
    if steps not in _STATEMENTS:
        *first, last = (step.on_postgresql for step in steps)
        parts = ", ".join(f"step{n} AS ({one})" for n, one in enumerate(first, 1))
        _STATEMENTS[steps] = f"WITH {parts} {last}" if parts else last
    return _STATEMENTS[steps]


def _highest_id(connection: Connection, table: Table) -> int:
    """The write lock that a transaction on SQLite holds keeps every other writer out, so ids can be said beforehand."""
    return connection.exec_driver_sql(f"SELECT max(id) FROM {table.name}").scalar() or 0  # noqa: S608 - our own


def _defaults(table: Table) -> dict[str, Any]:
    return {
        column.name: column.default.arg  # type: ignore[attr-defined]
        for column in table.columns
        if column.default is not None and column.default.is_scalar
    }


def _literal(kind: TypeEngine[Any], value: Any, dialect: Dialect) -> str:
    write = kind.dialect_impl(dialect).literal_processor(dialect)
    if write is None:
        raise TypeError(f"{kind} cannot be written into a statement")
    return write(value)


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _text(value: date | datetime) -> str:
    return value.isoformat()
