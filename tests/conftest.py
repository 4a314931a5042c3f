"""The ground every test stands on: a fresh database of each kind, an application, signed-in clients."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from config import FEATURES, Settings
from portal.accounts import signing_in
from portal.db import Base, make_engine, make_sessions
from portal.feature import load
from tests import postgres

SECRET = "a-key-for-tests-only-0123456789-abcdef"
TEMPLATE = f"template_sanya_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
NOON = datetime(2026, 4, 1, 5, 0, tzinfo=UTC)
"""A Wednesday noon in Bangkok, before the cut-off."""
STATEMENTS = 20_000
_FIRST: dict[str, Engine] = {}
"""By kind of database, the first engine of this process."""

pytest.MonkeyPatch().setattr(signing_in, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
# A real hash at every sign-in would take a good part of the suite's time.


def settings_for(url: str, var: Path, *, demo: bool = False) -> Settings:
    """Settings of a test's own, on its own database and folder."""
    env = {"SECRET_KEY": SECRET, "DATABASE_URL": url, "SANYA_VAR": str(var), "DEMO": "1" if demo else "0"}
    return Settings.from_env(env)


@pytest.fixture(scope="session", autouse=True)
def _tables() -> None:
    load(FEATURES)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table, copied for each test."""
    load(FEATURES)
    file = tmp_path_factory.mktemp("template") / "empty.db"
    engine = make_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[postgres.Server]:
    """A running PostgreSQL with a template database that holds every table."""
    load(FEATURES)
    server = postgres.start()
    postgres.drop_database(server.admin_url, TEMPLATE)
    postgres.create_database(server.admin_url, TEMPLATE)
    engine = make_engine(server.url(TEMPLATE))
    Base.metadata.create_all(engine)
    engine.dispose()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database with every table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return _fresh_sqlite(request, tmp_path)
    return _fresh_postgres(request)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh SQLite database, for tests of what does not depend on the database."""
    return _fresh_sqlite(request, tmp_path)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A fresh PostgreSQL database, for tests of what only it can show."""
    return _fresh_postgres(request)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh database."""
    engine = _remembering(make_engine(database_url, query_cache_size=STATEMENTS))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on a fresh database."""
    with make_sessions(engine)() as session:
        yield session


@pytest.fixture
def now() -> datetime:
    """Noon of a plain working day."""
    return NOON


@pytest.fixture
def working_noon() -> Iterator[datetime]:
    """The clocks of this process show noon of a plain working day, and go on from there."""
    with time_machine.travel(NOON, tick=True):
        yield NOON


@pytest.fixture(scope="session")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole portal, made once a process: its routes and the templates it has read serve test after test."""
    from portal.app import create_app  # noqa: PLC0415 - the root is needed by few tests

    return create_app(settings_for("sqlite://", tmp_path_factory.mktemp("house")))


@pytest.fixture
def app(one_house: Flask, engine: Engine, tmp_path: Path) -> Iterator[Flask]:
    """The whole portal on a fresh database, without rate limits."""
    from portal.app import connect  # noqa: PLC0415 - the root is needed by few tests
    from portal.web.limits import limiter  # noqa: PLC0415 - of that root

    connect(one_house, settings_for(str(engine.url), tmp_path), engine)
    usual = dict(one_house.config)
    one_house.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    limiter.enabled = False
    yield one_house
    one_house.config.clear()
    one_house.config.update(usual)


def _remembering(engine: Engine) -> Engine:
    """An engine that knows the statements which earlier tests had compiled: that is most of what a test waits for."""
    first = _FIRST.setdefault(engine.dialect.name, engine)
    if first is engine:
        engine.connect().close()  # the dialect learns what server it speaks to
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine


def _fresh_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    file = tmp_path / "test.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


def _fresh_postgres(request: pytest.FixtureRequest) -> str:
    server: postgres.Server = request.getfixturevalue("postgres_template")
    name = f"t_{uuid.uuid4().hex[:16]}"
    postgres.create_database(server.admin_url, name, template=TEMPLATE)
    request.addfinalizer(lambda: postgres.drop_database(server.admin_url, name))
    return server.url(name)
