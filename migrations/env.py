"""Alembic's way in: the tables of every room that `config.FEATURES` names, on the database the settings name."""

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import text

from config import FEATURES, Settings
from portal.db import Base, BigId, Instant, UnitPrice, make_engine
from portal.feature import load

LOCK_TIMEOUT = "5s"

load(FEATURES)


def same_type(_context: Any, _inspected: Any, _ours: Any, inspected_type: Any, our_type: Any) -> bool | None:
    """Whether the type of a column differs; on SQLite a big key is a plain INTEGER, which is no difference."""
    if context.get_bind().dialect.name == "sqlite" and "INT" in str(inspected_type).upper():
        return False
    del our_type
    return None


def in_plain_types(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database, for a migration imports nothing of the portal."""
    if kind != "type":
        return False
    if isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, UnitPrice):
        return "sa.BigInteger()"
    if thing is BigId:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return False


def run() -> None:
    """Run migrations in one transaction; on PostgreSQL a lock that is not had quickly ends it rather than block the portal."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run_on(given)
        return
    url = context.config.attributes.get("url") or Settings.from_env(os.environ).database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        _run_on(connection)
        connection.commit()
    engine.dispose()


def _run_on(connection: Any) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if (
        sqlite
    ):  # a rebuilt table is dropped while others refer to it; the switch has no effect inside a transaction
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    else:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=same_type,
        render_item=in_plain_types,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
            raise RuntimeError(f"rows refer to others that are not there: {broken[:5]}")


run()
