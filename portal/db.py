"""The database: base class, column types, engine, and the one place where a transaction ends."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    bindparam,
    create_engine,
    event,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, InvalidatePoolError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

from portal.money import unit_price

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
RESTED = 2.0
"""Seconds after which a connection in the pool is no longer taken to work unseen."""
Row = TypeVar("Row", bound="Base")

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite only numbers rows by itself when the column is a plain INTEGER."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. A naive datetime is a bug and is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bind an instant as UTC; SQLite, which knows no zones, gets the naive UTC time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UnitPrice(TypeDecorator[Decimal]):
    """A price per unit with four decimals, stored as whole ten-thousandths so that no database rounds it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Store ten-thousandths of the currency's major unit."""
        return None if value is None else int(unit_price(value).scaleb(4))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give back the price with its four decimals."""
        return None if value is None else Decimal(value).scaleb(-4)


class Base(DeclarativeBase):
    """Every table of the house."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant()}  # noqa: RUF012 - SQLAlchemy reads it from the class


def make_engine(url: str, **options: Any) -> Engine:
    """An engine on SQLite or PostgreSQL with the house's guarantees switched on."""
    options.setdefault("hide_parameters", True)  # what people typed does not belong into the log of a fault
    if url.startswith("sqlite"):
        return _sqlite_engine(url, **options)
    engine = create_engine(url, **options)
    _try_rested_connections(engine)
    return engine


def _try_rested_connections(engine: Engine) -> None:
    """Try a connection that rested for a while before it is used; one in constant use has just shown that it works."""

    @event.listens_for(engine, "checkin")
    def _on_checkin(_connection: object, record: Any) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: Any, _proxy: object) -> None:
        if monotonic() - record.info.get("rests_since", monotonic()) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None  # the pool then connects anew


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions on an engine; rows stay readable after commit, so that a view can redirect by number."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    event.listen(sessions, "before_flush", _refuse_to_write_freely)
    return sessions


def read_freely(session: Session) -> None:
    """Have a new session read statement by statement until its first transaction, which spares two round trips.

    Nothing is written before that: what was changed by mistake is not flushed by reading, and flushing it is refused.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        session.info["reading"], session.autoflush = True, False


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """One act, whole or not at all: commits at the end, rolls back on any exception. Nesting is a bug.

    What was read before is read anew when it is looked at, but for who is asking (`session.info["asking"]`).
    On SQLite the write lock is taken at the start, so that what was read under it still holds when it is written.
    """
    if session.info.get("acting"):
        raise RuntimeError("a transaction is already open: the edge opens one, use-cases never do")
    _end_reading(session)
    session.connection(execution_options={"writing": True})
    session.info["acting"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["acting"] = False


def _end_reading(session: Session) -> None:
    known = [one for one in session.info.get("asking", ()) if one in session and not inspect(one).modified]
    for one in known:
        session.expunge(one)
    session.rollback()
    session.add_all(known)
    session.info["reading"], session.autoflush = False, True


def lock(session: Session, model: type[Row], ids: Iterable[int]) -> list[Row]:
    """The rows of `model` with these ids, locked in id order and read anew; call it before the check."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return list(session.scalars(_locking(model), {"ids": wanted}))


@contextmanager
def first_to_write(session: Session, otherwise: Exception) -> Iterator[None]:
    """Write what only one may; who comes second, because of a unique key, gets `otherwise` and has written nothing."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as fault:
        if not _is_taken(fault):
            raise
        raise otherwise from None


def _is_taken(fault: IntegrityError) -> bool:
    return getattr(fault.orig, "sqlstate", "") == "23505" or "UNIQUE constraint failed" in str(fault.orig)


@cache
def _locking(model: type[Row]) -> Select[Row]:
    key: Any = model.__mapper__.primary_key[0]
    # Nobody changes keys, and rows that refer to a locked one may be written meanwhile: PostgreSQL's weaker lock.
    query = select(model).where(key.in_(bindparam("ids", expanding=True))).order_by(key)
    query = query.with_for_update(key_share=True)
    return query.execution_options(populate_existing=True)


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT into a model's table that can say ON CONFLICT, in the database's own dialect."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def _refuse_to_write_freely(session: Session, _context: object, _instances: object) -> None:
    if session.info.get("reading"):
        raise RuntimeError("nothing is written outside of a transaction: the edge opens one")


def _sqlite_engine(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to protect what was read
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=20000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class business_month(GenericFunction[str]):  # noqa: N801 - SQL functions are named in lower case
    """The month of an instant in Bangkok as YYYY-MM, worked out by the database."""

    type = String()
    inherit_cache = True


class business_date(GenericFunction[date]):  # noqa: N801 - SQL functions are named in lower case
    """The day of an instant in Bangkok, worked out by the database."""

    type = Date()
    inherit_cache = True


class whole_seconds(GenericFunction[int]):  # noqa: N801 - SQL functions are named in lower case
    """The whole seconds from 1970 to an instant, worked out by the database."""

    type = BigInteger()
    inherit_cache = True


class days_after(GenericFunction[date]):  # noqa: N801 - SQL functions are named in lower case
    """The day so many days after another, worked out by the database."""

    type = Date()
    inherit_cache = True


@compiles(days_after, "postgresql")
def _days_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    day, days = (compiler.process(one, **options) for one in element.clauses)
    return f"(CAST({day} AS DATE) + ({days}))"


@compiles(days_after, "sqlite")
def _days_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    day, days = (compiler.process(one, **options) for one in element.clauses)
    return f"date({day}, ({days}) || ' days')"


@compiles(whole_seconds, "postgresql")
def _seconds_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"


@compiles(whole_seconds, "sqlite")
def _seconds_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(business_month, "postgresql")
def _month_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'Asia/Bangkok', 'YYYY-MM')"


@compiles(business_month, "sqlite")
def _month_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # Thailand has had one offset since 1920 and no summer time.
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **options)}, '+7 hours')"


@compiles(business_date, "postgresql")
def _date_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AT TIME ZONE 'Asia/Bangkok' AS DATE)"


@compiles(business_date, "sqlite")
def _date_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+7 hours')"
