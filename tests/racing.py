"""Two acts of which one comes upon what the other has locked, on PostgreSQL."""

from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.db import make_sessions, transaction

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
LOOKS = 500


def meet(
    engine: Engine,
    begin: Callable[[Session], object],
    go_on: Callable[[Session], object],
    other: Callable[[Session], object],
) -> list[str]:
    """Begin an act, have another one run into it until it waits, and go on with the first.

    Gives for the first and the other what went wrong, empty when nothing did.
    """
    begun, said = Event(), ["", ""]

    def run(n: int, act: Callable[[Session], object]) -> None:
        with make_sessions(engine)() as session:
            try:
                with transaction(session):
                    act(session)
            except Exception as fault:
                said[n] = repr(fault)

    def first(session: Session) -> None:
        begin(session)
        begun.set()
        assert _waits(engine), "the other act does not wait for the first"
        go_on(session)

    def second(session: Session) -> None:
        assert begun.wait(20)
        other(session)

    threads = [Thread(target=run, args=one) for one in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def _waits(engine: Engine) -> bool:
    """Whether somebody waits for a lock by and by; the server itself lets the time pass between two looks."""
    with engine.connect() as connection:
        looking = connection.execution_options(isolation_level="AUTOCOMMIT")
        for _ in range(LOOKS):
            if looking.scalar(WAITING):
                return True
            looking.execute(text("SELECT pg_sleep(0.02)"))
    return False
