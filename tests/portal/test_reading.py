"""Pages read without a transaction, and connections that rested are tried before they are used."""

import pytest
from sqlalchemy import text

from portal import db, installation
from portal.db import make_engine, make_sessions, read_freely, transaction


def test_what_is_changed_while_a_page_is_read_is_never_written(postgres_url, now):
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        read_freely(session)
        installation.mark_demo(session, now=now)
        assert not installation.is_demo(session)
        with pytest.raises(RuntimeError, match="outside of a transaction"):
            session.flush()
        with transaction(session):
            pass
        assert not installation.is_demo(session)
        with transaction(session):
            installation.mark_demo(session, now=now)
        assert installation.is_demo(session)
    engine.dispose()


def test_a_connection_lost_while_it_rested_is_replaced_unseen(postgres_url, monkeypatch):
    monkeypatch.setattr(db, "RESTED", 0.0)
    engine, other = make_engine(postgres_url), make_engine(postgres_url)
    with engine.connect() as connection:
        lost = connection.scalar(text("SELECT pg_backend_pid()"))
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:lost, 5000)"), {"lost": lost})
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    other.dispose()
