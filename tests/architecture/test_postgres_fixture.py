"""The throw-away PostgreSQL that other tests stand on."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.postgres import DURABLE, Server, create_database, drop_database, start

pytestmark = pytest.mark.postgres
given_server = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="the server is not ours to stop")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for the tests of this file."""
    server = start()
    yield server
    server.stop()


def _ask(url: str, question: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(question))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_a_copy_of_a_template_holds_its_rows_and_is_its_own_database(server: Server) -> None:
    template, copy = f"t{uuid4().hex}", f"t{uuid4().hex}"
    try:
        original = create_database(server.admin_url, template)
        _ask(original, "CREATE TABLE goods AS SELECT 'สบู่' AS name")
        url = create_database(server.admin_url, copy, template=template)
        assert url == server.url(copy)
        _ask(url, "INSERT INTO goods VALUES ('แชมพู')")
        assert _ask(url, "SELECT count(*) FROM goods") == 2
        assert _ask(original, "SELECT string_agg(name, ',') FROM goods") == "สบู่"
    finally:
        drop_database(server.admin_url, copy)
        drop_database(server.admin_url, template)


@given_server
def test_a_stopped_server_is_gone_and_can_be_stopped_again() -> None:
    server = start(*DURABLE)
    assert _ask(server.url("postgres"), "SHOW fsync") == "on"
    server.stop()
    server.stop()
    with pytest.raises(OperationalError):
        _ask(server.url("postgres"), "SELECT 1")
