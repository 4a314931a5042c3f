"""The commands say what keeps them from working, and leave nothing behind."""

import socket
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from config import BadSettings, Settings
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.cli import cli
from portal.db import make_engine, make_sessions, transaction
from portal.processes import run_together
from tests.conftest import SECRET
from tests.people import make_user


@pytest.fixture
def sanya(sqlite_url, tmp_path, monkeypatch):
    """The command line on a fresh database that has every migration; gives the exit code and what was printed."""
    monkeypatch.setattr("portal.cli.migrate_to_head", lambda settings: None)
    env = {"DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET, "SANYA_VAR": str(tmp_path / "var")}

    def run(*words, **more):
        result = CliRunner().invoke(cli, words, env=env | more, catch_exceptions=False)
        return result.exit_code, result.output

    return run


def people(url):
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        count = session.scalar(select(func.count()).select_from(User))
    engine.dispose()
    return count


def test_a_port_in_use_is_said_before_anything_is_started(sanya, sqlite_url):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = sanya("run", PORT=port, DEMO="1")
    assert code == 1
    assert f"port {port}" in said
    assert "Sanya is at" not in said
    assert people(sqlite_url) == 0


def test_the_demo_is_not_loaded_outside_demo_mode(sanya, sqlite_url):
    code, said = sanya("demo")
    assert (code, "DEMO=1" in said) == (1, True)
    assert people(sqlite_url) == 0


def test_the_demo_is_not_loaded_beside_real_accounts(sanya, sqlite_url, now):
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as session, transaction(session):
        make_user(session, Role.ADMIN, now=now)
    engine.dispose()
    code, said = sanya("demo", DEMO="1")
    assert (code, "real accounts" in said) == (1, True)
    assert people(sqlite_url) == 1


def test_when_one_process_fails_the_others_are_stopped_and_its_code_is_given(tmp_path):
    ended: list = []
    commands = {
        "waiting": [sys.executable, "-c", "import time; time.sleep(60)"],
        "failing": [sys.executable, "-c", "raise SystemExit(7)"],
    }
    code = run_together(commands, tmp_path, started=lambda: None, ended=lambda *what: ended.append(what))
    assert (code, ended) == (7, [("failing", 7)])


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "70000"), ("WEB_WORKERS", "0"), ("VAT_RATE_BP", "10001"), ("VAT_RATE_BP", "-1"),
     ("CURRENCY", "BAHT")],
)  # fmt: skip
def test_settings_that_cannot_work_stop_the_start(tmp_path, name, value):
    with pytest.raises(BadSettings, match=name):
        Settings.from_env({"SECRET_KEY": SECRET, "SANYA_VAR": str(tmp_path), name: value})


def test_the_demos_key_is_made_once_in_one_piece_and_an_empty_one_is_refused(tmp_path):
    env = {"DEMO": "1", "SANYA_VAR": str(tmp_path)}
    key = Settings.from_env(env).secret_key
    assert Settings.from_env(env).secret_key == key
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("")
    with pytest.raises(BadSettings, match="secret-key"):
        Settings.from_env(env)
