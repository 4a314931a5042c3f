"""Acts of several people at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db import make_sessions, transaction
from portal.refusal import Refused


def at_once(engine: Engine, *acts: Callable[[Session], object]) -> list[str]:
    """Run these acts at the same moment, each in a transaction of its own; `done`, `refused` or what went wrong."""
    gate, said = Barrier(len(acts)), [""] * len(acts)

    def run(n: int, act: Callable[[Session], object]) -> None:
        with make_sessions(engine)() as session:
            gate.wait()
            try:
                with transaction(session):
                    act(session)
                said[n] = "done"
            except Refused:
                said[n] = "refused"
            except Exception as fault:
                said[n] = repr(fault)

    threads = [Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)
