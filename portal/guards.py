"""Rows that the database itself refuses to change: triggers for SQLite and PostgreSQL, in one vocabulary.

A guard is plain SQL text in both dialects. `attach` has `metadata.create_all` make it with its table; a migration
executes `guard.create(dialect)` after the table and `guard.drop(dialect)` before it goes. What is refused arrives as
an IntegrityError. TRUNCATE and DROP are left to whoever owns the tables.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, event

_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END$$"
)


@dataclass(frozen=True)
class Guard:
    """One refusal of the database: on which table, by which triggers, said in which dialect."""

    table: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]
    triggers: tuple[str, ...]
    functions: tuple[str, ...] = ()

    def create(self, dialect: str) -> tuple[str, ...]:
        """The statements that put the guard up; `dialect` is `sqlite` or `postgresql`."""
        return self.postgresql if dialect == "postgresql" else self.sqlite

    def drop(self, dialect: str) -> tuple[str, ...]:
        """The statements that take it down again; the function that all guards share stays."""
        if dialect != "postgresql":
            return tuple(f"DROP TRIGGER IF EXISTS {name}" for name in self.triggers)
        gone = [f"DROP TRIGGER IF EXISTS {name} ON {self.table}" for name in self.triggers]
        return (*gone, *(f"DROP FUNCTION IF EXISTS {name}()" for name in self.functions))


def append_only(table: str) -> Guard:
    """Rows are added and never changed or removed. Inserting costs nothing."""
    return frozen_when(table, "", said=f"{table} is append-only")


def frozen_when(table: str, condition: str, *, said: str = "") -> Guard:
    """Rows that satisfy `condition` (SQL over `OLD`, empty for all rows) are neither changed nor removed."""
    said = said or f"{table} is frozen"
    triggers = [
        _Trigger(f"frozen_{table}_{act.lower()}", table, act, condition, said) for act in ("UPDATE", "DELETE")
    ]
    return _guard(table, triggers)


def frozen_columns(table: str, columns: Sequence[str]) -> Guard:
    """These columns keep their first value; updates that do not name them pay nothing."""
    said = (
        f"{table}.{', '.join(columns)} never changes"
        if len(columns) == 1
        else f"{table} keeps {', '.join(columns)}"
    )
    act = f"UPDATE OF {', '.join(columns)}"
    name = f"frozen_{table}_columns"
    lite = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    full = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return Guard(
        table,
        (_Trigger(name, table, act, lite, said).sqlite(),),
        (_REFUSE, _Trigger(name, table, act, full, said).postgresql()),
        (name,),
    )


def frozen_with(table: str, parent: str, key: str, state: str) -> Guard:
    """Rows of `table` are neither added, changed nor removed once their parent (by `key`) is in `state`.

    On PostgreSQL the parent is share-locked first, so that a row cannot slip in while the parent changes its state.
    """
    said = f"{table} of a {state} {parent} is frozen"
    acts = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    lite, full, names = [], [], []
    for act, sides in acts.items():
        name = f"frozen_{table}_{act.lower()}"
        parents = ", ".join(f"{side}.{key}" for side in sides)
        asked = f"EXISTS (SELECT 1 FROM {parent} WHERE id IN ({parents}) AND state = '{state}')"  # noqa: S608 - names of ours
        lite.append(_Trigger(name, table, act, asked, said).sqlite())
        full.append(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
            f"PERFORM 1 FROM {parent} WHERE id IN ({parents}) FOR SHARE; "
            f"IF {asked} THEN RAISE EXCEPTION USING MESSAGE = '{said}', ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {'OLD' if act == 'DELETE' else 'NEW'}; END$$"
        )
        full.append(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        names.append(name)
    return Guard(table, tuple(lite), tuple(full), tuple(names), tuple(names))


def moves_only(table: str, column: str, moves: Mapping[Any, Collection[str]]) -> Guard:
    """A column goes from one value to another only as `moves` says; updates that do not name it pay nothing."""
    name = f"moves_{table}_{column}"
    allowed = " OR ".join(
        f"(OLD.{column} = '{old}' AND NEW.{column} IN ({_quoted(news)}))"
        for old, news in moves.items()
        if news
    )
    condition = f"OLD.{column} <> NEW.{column} AND NOT ({allowed})"
    trigger = _Trigger(name, table, f"UPDATE OF {column}", condition, f"{table}.{column} cannot move so")
    return Guard(table, (trigger.sqlite(),), (_REFUSE, trigger.postgresql()), (name,))


def attach(model: Any, *guards: Guard) -> None:
    """Have `create_all` put these guards up together with the model's table."""
    table: Table = model.__table__
    table.info["guards"] = (*table.info.get("guards", ()), *guards)

    def put_up(_table: Table, connection: Connection, **_options: Any) -> None:
        for guard in guards:
            for statement in guard.create(connection.dialect.name):
                connection.exec_driver_sql(statement)

    event.listen(table, "after_create", put_up)


@dataclass(frozen=True)
class _Trigger:
    """A trigger that refuses, before it happens, an act on rows which satisfy a condition."""

    name: str
    table: str
    act: str
    condition: str
    said: str

    def sqlite(self) -> str:
        when = f"WHEN {self.condition} " if self.condition else ""
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.act} ON {self.table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{self.said}'); END"
        )

    def postgresql(self) -> str:
        when = f"WHEN ({self.condition}) " if self.condition else ""
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.act} ON {self.table} FOR EACH ROW {when}"
            f"EXECUTE FUNCTION refuse_change('{self.said}')"
        )


def _guard(table: str, triggers: Sequence[_Trigger]) -> Guard:
    return Guard(
        table,
        tuple(trigger.sqlite() for trigger in triggers),
        (_REFUSE, *(trigger.postgresql() for trigger in triggers)),
        tuple(trigger.name for trigger in triggers),
    )


def _quoted(values: Collection[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))
