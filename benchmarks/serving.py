"""Web servers as they run in the house, and clients that keep a signed-in session and one connection."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from benchmarks.harness import WrongAnswer
from config import Settings
from portal import clock
from portal.accounts import signing_in
from portal.accounts.models import User
from portal.app import create_app
from portal.db import transaction

WORKERS = 2
THREADS = 4
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Served:
    """A running web server."""

    port: int
    secret: str


@dataclass(frozen=True)
class SignedIn:
    """A person's signed-in session as a browser holds it, and the token its forms carry."""

    user_id: int
    cookie: str
    csrf: str


@contextmanager
def serve(url: str, app: str = "portal.wsgi:app") -> Iterator[Served]:
    """Gunicorn with two threaded workers serving an application on a database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = secrets.token_urlsafe(48)
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **_settings(url, secret, folder)}
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)]
        command += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "60"]
        command += ["--access-logfile", "/dev/null", "--log-level", "warning", app]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        try:
            _wait(port, process)
            yield Served(port, secret)
        finally:
            process.terminate()
            process.wait(20)


def sign_in(url: str, served: Served, user_ids: Sequence[int]) -> list[SignedIn]:
    """Sign people in through the use-case, and give them the cookie that the sign-in page would set."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env(_settings(url, served.secret, folder)))
        with app.extensions["sessions"]() as database, transaction(database):
            tokens = [
                signing_in.open_sign_in(database, database.get_one(User, id_), now=clock.now())
                for id_ in user_ids
            ]
        app.extensions["engine"].dispose()
        return [_cookie(app, user_id, token) for user_id, token in zip(user_ids, tokens, strict=True)]


class Browser:
    """One connection to a server; pages are asked for as a browser would, without fetching their pictures."""

    def __init__(self, served: Served) -> None:
        self._socket = socket.create_connection(("127.0.0.1", served.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, cookie: str = "") -> tuple[int, str]:
        """The status and the whole answer."""
        return self._ask(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())

    def post(self, path: str, fields: Mapping[str, str], cookie: str) -> tuple[int, str]:
        """The status and the whole answer."""
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self._ask(head.encode() + body)

    def _ask(self, request: bytes) -> tuple[int, str]:
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(headers[b"content-length"]):
            body += self._more()
        return int(head[9:12]), (head + b"\r\n\r\n" + body).decode()

    def _more(self) -> bytes:
        read = self._socket.recv(262144)
        if not read:
            raise WrongAnswer("the server closed the connection")
        return read


def _settings(url: str, secret: str, folder: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "SECRET_KEY": secret, "SANYA_VAR": folder, "DEMO": "0"}


def _cookie(app: Flask, user_id: int, token: str) -> SignedIn:
    with app.test_request_context():
        session.update({"_user_id": token, "_fresh": True, "_permanent": True})
        csrf = generate_csrf()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return SignedIn(
            user_id, f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}", csrf
        )


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise WrongAnswer("the web server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise WrongAnswer("the web server does not answer")
