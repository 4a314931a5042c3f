"""Uploaded files are read before the database is held, and none is left when something goes wrong."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.roles import Role
from portal.cli import cli
from portal.db import make_engine, make_sessions, transaction
from portal.importing import running, runs
from portal.importing.models import ImportRun, RunState
from tests.conftest import SECRET
from tests.importing.runners import table
from tests.people import make_user, sign_in

CUSTOMERS = table(("code", "name_en", "name_th"), ("C9", "Nine", "เก้า"))


@pytest.fixture
def desk(app: Flask, session: Session, now: datetime):
    with transaction(session):
        staff = make_user(session, Role.ADMIN, now=now)
    client = app.test_client()
    sign_in(client, staff)
    return client


def files(*names: str):
    return {"kind": "customers", "files": [(io.BytesIO(CUSTOMERS), name) for name in names]}


def kept(folder: Path) -> list[Path]:
    return list((folder / "uploads").glob("*"))


def test_the_files_are_read_while_nothing_is_locked(desk, session, monkeypatch) -> None:
    def read(*args):
        with transaction(session):  # on SQLite it would wait for the lock in vain
            read_before.append(1)
        return real(*args)

    read_before: list = []
    real: Any = getattr(runs, "found_in")  # noqa: B009 - what the module itself imported
    monkeypatch.setattr(runs, "found_in", read)
    assert desk.post("/desk/imports/new", data=files("a.csv")).status_code == 302
    assert read_before == [1]


def test_an_upload_that_breaks_at_its_second_file_leaves_none(
    app, desk, session, tmp_path, monkeypatch
) -> None:
    def save(self, path, *args):
        if self.filename == "b.csv":
            Path(path).write_bytes(b"half")
            raise OSError("no space left")
        return real(self, path, *args)

    real = FileStorage.save
    monkeypatch.setattr(FileStorage, "save", save)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert desk.post("/desk/imports/new", data=files("a.csv", "b.csv")).status_code == 500
    assert kept(tmp_path) == []
    assert session.scalars(select(ImportRun)).all() == []


def test_an_import_of_the_command_line_is_its_own_from_the_start(sqlite_url, tmp_path, monkeypatch) -> None:
    def carry_out(session, run_id, claimed, *_):
        run = session.get_one(ImportRun, run_id)
        states.append((run.state, run.claim == claimed, running.claim_next(session, now=run.seen_at)))

    states: list = []
    monkeypatch.setattr(running, "carry_out", carry_out)
    file = tmp_path / "customers.csv"
    file.write_bytes(CUSTOMERS)
    env = {"DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET, "SANYA_VAR": str(tmp_path / "var")}
    said = CliRunner().invoke(cli, ["import", "customers", str(file)], env=env).output
    assert states == [(RunState.RUNNING, True, None)], said
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as session:
        assert len(session.scalars(select(ImportRun)).all()) == 1
    engine.dispose()
