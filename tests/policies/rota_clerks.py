"""Managers in processes of their own who put the same person on duty at the same moment."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy.pool import NullPool

from policies.rota import Duty, put_on_duty
from policies.units import ServiceUnit
from portal.accounts.models import User
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused

_gate: Any = None


def wait_at(gate: Any) -> None:
    """Remember the gate at which all of this test wait for each other."""
    global _gate  # noqa: PLW0603 - a process of the pool is told it once, at its start
    _gate = gate


def act(task: tuple[str, int, int, int, date, int, datetime]) -> str:
    """Put a person on duty for a unit from an hour on; says `there`, or `told` that it is not to be."""
    url, manager_id, unit_id, person_id, day, hour, now = task
    engine = make_engine(url, poolclass=NullPool)
    with make_sessions(engine)() as session:
        manager, person = session.get_one(User, manager_id), session.get_one(User, person_id)
        unit = session.get_one(ServiceUnit, unit_id)
        session.rollback()
        _gate.wait()
        try:
            with transaction(session):
                duty = Duty(person, day, time(hour), time(hour + 3))
                put_on_duty(session, unit, duty, by=manager, now=now)
            return "there"
        except Refused:
            return "told"
        finally:
            engine.dispose()
