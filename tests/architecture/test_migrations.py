"""Migrations lead to exactly the tables the models describe, and back to nothing."""

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from config import ROOT
from portal.db import Base, make_engine
from tests import postgres

MIGRATIONS = ROOT / "migrations"
SEARCHED = ("product_search", "ix_product_search")
"""What the search is kept in: of each kind of database something of its own, and compared below."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path):
    """An engine on a database without any table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        server: postgres.Server = request.getfixturevalue("postgres_template")
        name = f"m_{tmp_path.name.lower().replace('-', '_')[:40]}"
        engine = make_engine(postgres.create_database(server.admin_url, name))
    yield engine
    engine.dispose()


def migrate(engine: Engine, to: str) -> None:
    """Bring a database to a revision, forwards or back."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    (command.downgrade if to == "base" else command.upgrade)(config, to)


def triggers(connection: Connection) -> dict[str, str]:
    """The triggers of a database and what they say."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    return {name: re.sub(r"\s+", " ", said) for name, said in connection.execute(text(query))}


def functions(connection: Connection) -> dict[str, str]:
    """The functions that triggers of PostgreSQL call; SQLite's triggers hold their own text."""
    if connection.dialect.name == "sqlite":
        return {}
    query = (
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND probin IS NULL"
    )
    return {row.proname: row.prosrc for row in connection.execute(text(query))}


def checks(connection: Connection, table: str) -> dict[str, str]:
    """The checks of a table and what they say."""
    found = inspect(connection).get_check_constraints(table)
    return {str(check["name"]): re.sub(r"\s+", " ", check["sqltext"]) for check in found}


def indexes(connection: Connection, table: str) -> dict[str, tuple[object, ...]]:
    """The indexes of a table: their columns, whether they are unique, and which rows they cover."""
    return {
        str(index["name"]): (
            index["column_names"],
            index["unique"],
            {
                name: str(rows)
                for name, rows in index.get("dialect_options", {}).items()
                if name.endswith("_where")
            },
        )
        for index in inspect(connection).get_indexes(table)
    }


def test_the_newest_migration_leaves_no_difference_to_the_models(empty_engine):
    migrate(empty_engine, "head")
    with empty_engine.connect() as connection:
        options = {
            "compare_type": False,
            "include_object": lambda _, name, *__: not name.startswith(SEARCHED),
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_make_the_same_checks_and_triggers_as_the_models(empty_engine, request):
    kind = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[empty_engine.dialect.name]
    engine = make_engine(request.getfixturevalue(kind))
    migrate(empty_engine, "head")
    with empty_engine.connect() as migrated, engine.connect() as modelled:
        assert triggers(migrated) == triggers(modelled)
        assert functions(migrated) == functions(modelled)
        for table in Base.metadata.tables:
            assert checks(migrated, table) == checks(modelled, table), table
            assert indexes(migrated, table) == indexes(modelled, table), table
    engine.dispose()


def test_migrations_lead_back_to_an_empty_database_and_forward_again(empty_engine):
    migrate(empty_engine, "head")
    migrate(empty_engine, "base")
    with empty_engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrate(empty_engine, "head")


def test_current_names_the_newest_migration():
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert (MIGRATIONS / "CURRENT").read_text().strip() == head


def test_migrations_import_nothing_of_the_portal():
    for file in (MIGRATIONS / "versions").glob("*.py"):
        assert not re.search(
            r"^\s*(from|import) (portal|policies|inventory|orders|aftersales|config)\b",
            file.read_text(),
            re.MULTILINE,
        )
