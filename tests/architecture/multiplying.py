"""A world of a handful of things made into one of thousands: its rows copied by the database, one statement a table.

What hangs together is copied together: an order with its lines, parts, promises and shipments becomes another order
with lines, parts, promises and shipments of its own. Most copies belong to the same company as before, a tenth to
others; the copies are about thousands of products.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from portal.db import Base, Instant

MANY = 11_200
"""Rows of a table afterwards, at least: the company of the world then has ten thousand of them."""
STRIDE = 100_000
"""How far the keys of one copy lie from those of the next."""
OTHERS = 10
"""Every so manieth copy belongs to another company."""
FEW = 100
"""Copies of what a distributor has a handful of."""
HANDFULS = {"warehouse", "supplier", "fast_service", "service_unit"}
LEFT = {"basket", "basket_line", "business_calendar", "calendar_closure", "category", "expedite_rule"} | {
    *("heartbeat", "installation_fact", "job_request", "number_series", "price_list", "service_area"),
    *("service_matter", "sign_in", "substitution_consent", "stock_out", "product_follow"),
    *("approval_limit", "calendar_block", "consultant", "disruption_step", "duty_shift", "policy_news"),
    "dealing_rule",
}
"""Tables with one row for the whole house, for a day or for a person; they stay as they are."""
SHARED = {"customer", "user_account", "product", "policy", "policy_version", "service_level", "disruption"}
SHARED |= HANDFULS
"""What many things point to: those that point to the same one do not hang together by that."""
PRODUCTS_OWN = {
    "catalogue_rule",
    "product_pack",
    "replenishment_proposal",
    "stock",
    "stock_alert",
    "substitute",
}
"""Tables with one row for a product and a place, a size of pack, another product, or whom it is shown to."""
DAY_BY_DAY = {"consulting_slot"}
"""Tables of which no two rows of one person are at the same time: each copy is a day earlier."""
COMPANIES_OWN = {"customer_address", "policy"}
AGREEMENT = {"policy_version", "service_level"}
NAMED = {"number", "code", "sku", "email", "key", "idempotency_key", "subject_no", "cause_no", "purpose"}
NAMED |= {"paper_no", "reader"}
"""Columns that name a thing, or refer to one by its name."""
UNNAMED = {"order_line", "policy_version"}
"""Tables whose names are copies of another's, or counted anew for each."""
Row = tuple[str, int]

_own = MetaData()
_times = Table("copied", _own, Column("of", String), Column("row", Integer), Column("times", Integer))
_nth = Table("nth", _own, Column("n", Integer, primary_key=True))


def multiply(engine: Engine) -> None:
    """Copy every row of a small world until each table has `MANY` rows, or as many as there are products."""
    with engine.connect() as connection:
        checks = ("PRAGMA foreign_keys=ON", "PRAGMA foreign_keys=OFF")
        if engine.dialect.name == "postgresql":
            checks = ("SET session_replication_role = origin", "SET session_replication_role = replica")
        driver = connection.connection.dbapi_connection
        assert driver is not None
        _directly(connection, checks[1])
        with connection.begin():
            _copy_all(connection)
        _directly(connection, checks[0])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _directly(connection: Connection, statement: str) -> None:
    """A setting of the connection itself, outside of any transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.connection.commit()


def _copy_all(connection: Connection) -> None:
    for table in (_times, _nth):
        connection.execute(text(f"CREATE TEMPORARY TABLE {table.name} ({_columns(table)})"))
    connection.execute(insert(_nth), [{"n": n} for n in range(1, MANY + 1)])
    times = _how_often(connection)
    connection.execute(insert(_times), [{"of": of, "row": row, "times": n} for (of, row), n in times.items()])
    products = max((n for (of, _), n in times.items() if of == "product"), default=0)
    # A published version takes no more levels, so that its levels are there first.
    for table in sorted(Base.metadata.sorted_tables, key=lambda table: table.name == "policy_version"):
        if table.name not in LEFT:
            _copy(connection, table, products)
    for table in (_times, _nth):
        connection.execute(text(f"DROP TABLE {table.name}"))


def _columns(table: Table) -> str:
    kinds = {String: "VARCHAR", Integer: "INTEGER"}
    return ", ".join(f'"{column.name}" {kinds[type(column.type)]}' for column in table.columns)


def _how_often(connection: Connection) -> dict[Row, int]:
    """How often each row is copied: as often as the rarest of the rows it hangs together with needs."""
    together = _together(connection)
    rows = Counter(table for table, _ in together)
    products = _up(rows["product"])
    needed: dict[Row, int] = defaultdict(int)
    for (table, _), root in together.items():
        most = FEW if table in HANDFULS else MANY
        if table in PRODUCTS_OWN:
            most = products
        needed[root] = max(needed[root], min(most, _up(rows[table])) if table not in PRODUCTS_OWN else most)
    times = {row: needed[root] for row, root in together.items()}
    times |= {row: MANY for row in times if row[0] == "customer"}
    return times | _agreements(connection)


def _up(rows: int) -> int:
    return -(-MANY // max(rows, 1))


def _agreements(connection: Connection) -> dict[Row, int]:
    """The agreements with one company alone, of which every company gets one; the others are there once."""
    policy, version, level = (
        Base.metadata.tables[name] for name in ("policy", "policy_version", "service_level")
    )
    own = select(policy.c.id).where(policy.c.customer_id.is_not(None))
    versions = select(version.c.id).where(version.c.policy_id.in_(own))
    chosen = {"policy": own, "policy_version": versions}
    chosen["service_level"] = select(level.c.id).where(level.c.version_id.in_(versions))
    times = dict.fromkeys(
        (
            (table.name, key)
            for table in (policy, version, level)
            for key in connection.scalars(select(table.c.id))
        ),
        0,
    )
    return times | {(name, key): MANY for name, query in chosen.items() for key in connection.scalars(query)}


def _together(connection: Connection) -> dict[Row, Row]:
    """For each row the one that stands for all that hang together with it."""
    parent: dict[Row, Row] = {}

    def root(row: Row) -> Row:
        while parent.setdefault(row, row) != row:
            row = parent[row]
        return row

    for table in Base.metadata.sorted_tables:
        links = [] if table.name in SHARED | LEFT else list(_links(table))
        keys = [(table.c.id, table.name)] if "id" in table.c and table.name not in LEFT else []
        for row in (
            connection.execute(select(*(column for column, _ in keys + links))) if keys + links else ()
        ):
            ends = [(name, key) for (_, name), key in zip(keys + links, row, strict=True) if key is not None]
            for end in ends:
                parent[root(end)] = root(ends[0])
    return {row: root(row) for row in list(parent)}


def _links(table: Table) -> Iterator[tuple[Column[int], str]]:
    """The columns of a table that point to something it hangs together with, and to which table."""
    for column in table.columns:
        target = _target(column)
        if target is not None and target not in SHARED | LEFT:
            yield column, target


def _target(column: Column[int]) -> str | None:
    key: ForeignKey | None = next(iter(column.foreign_keys), None)
    return None if key is None else key.column.table.name


def _copy(connection: Connection, table: Table, products: int) -> None:
    if "id" in table.c:
        copied = (_times.c.of == table.name) & (_times.c.row == table.c.id)
    else:
        links = list(_links(table)) or [(table.c.product_id, "product")]
        copied = (_times.c.of == links[0][1]) & (_times.c.row == links[0][0])
    values = [_value(table, column, products).label(column.name) for column in table.columns]
    rows = select(*values).select_from(table).join(_times, copied).join(_nth, _nth.c.n <= _times.c.times)
    connection.execute(insert(table).from_select(list(table.columns.keys()), rows, include_defaults=False))


class _earlier(GenericFunction[datetime]):  # noqa: N801 - SQL functions are named in lower case
    """So many minutes earlier as copies came before; SQLite, which plans without looking, keeps the instant."""

    inherit_cache = True


class _days_earlier(GenericFunction[datetime]):  # noqa: N801 - SQL functions are named in lower case
    """So many days earlier as copies came before, on either database."""

    inherit_cache = True


@compiles(_days_earlier, "postgresql")
def _days_earlier_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.clauses, **options)} - nth.n * INTERVAL '1 day'"


@compiles(_days_earlier, "sqlite")
def _days_earlier_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    instant = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%S', {instant}, '-' || nth.n || ' days') || '.000000'"


@compiles(_earlier, "postgresql")
def _earlier_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.clauses, **options)} - nth.n * INTERVAL '1 minute'"


@compiles(_earlier, "sqlite")
def _earlier_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


def _value(table: Table, column: Column[int], products: int) -> ColumnElement[Any]:
    """What the nth copy of a row has in this column."""
    n, target = _nth.c.n, _target(column)
    if column.name == "id":
        return column + n * STRIDE
    if target == "product":
        return column + (n % (products + 1)) * STRIDE
    if target == "customer" and table.name not in COMPANIES_OWN:
        return case((n % OTHERS == 0, column + n * STRIDE), else_=column)
    if target is not None:
        shared = target in LEFT or (target in SHARED and table.name not in COMPANIES_OWN | AGREEMENT)
        return column if shared or target == "user_account" else column + n * STRIDE
    if isinstance(column.type, Instant):
        return _days_earlier(column) if table.name in DAY_BY_DAY else _earlier(column)
    if column.name in NAMED and table.name not in UNNAMED:
        name, at = cast(column, String), cast(n, String)
        numbered = func.substr(name, 1, 13) + "-" + at + func.substr(name, 14)
        return case((name.like("__-____-_____%"), numbered), else_=name + "-" + at)
    return column
