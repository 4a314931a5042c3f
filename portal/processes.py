"""Several processes as one: started together, and all stopped as soon as one of them ends."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

PATIENCE = 20
"""Seconds that a process gets to stop by itself."""


class PortTaken(Exception):
    """Nothing can be served at this address."""


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken, with the reason, unless a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host.strip("[]"), port))
    except OSError as fault:
        raise PortTaken(fault.strerror or str(fault)) from None


def run_together(
    commands: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    started: Callable[[], None],
    ended: Callable[[str, int], None],
) -> int:
    """Run these commands until a person stops them or one ends; gives the exit code for all.

    `ended` is told the name and code of a process that ended by itself.
    """
    children: dict[str, subprocess.Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, _leave)
    try:
        for name, command in commands.items():
            children[name] = subprocess.Popen(command, cwd=folder)
        started()
        while True:
            for name, child in children.items():
                code = child.poll()
                if code is not None:
                    ended(name, code)
                    return 128 - code if code < 0 else code or 1
            time.sleep(0.3)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(children.values())


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _stop(children: Iterable[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
