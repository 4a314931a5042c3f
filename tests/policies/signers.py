"""People in processes of their own who sign up for a seminar, or book a time, at the same moment."""

from datetime import datetime
from typing import Any

from sqlalchemy.pool import NullPool

from policies.booking import book
from policies.consultations import Slot
from policies.seminars import Seminar
from policies.signing_up import sign_off, sign_up
from portal.accounts.models import User
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused

_gate: Any = None


def wait_at(gate: Any) -> None:
    """Remember the gate at which all of this test wait for each other."""
    global _gate  # noqa: PLW0603 - a process of the pool is told it once, at its start
    _gate = gate


def act(task: tuple[str, str, int, int, datetime]) -> str:
    """Do one thing with one seminar or slot; says what came of it: a state, or `told` that it is not to be."""
    url, what, person_id, thing_id, now = task
    engine = make_engine(url, poolclass=NullPool)
    with make_sessions(engine)() as session:
        person = session.get_one(User, person_id)
        assert person.company is not None
        session.rollback()
        _gate.wait()
        try:
            with transaction(session):
                if what == "book":
                    slot = session.get_one(Slot, thing_id)
                    return str(book(session, slot, "How much to order", by=person, now=now).state)
                seminar = session.get_one(Seminar, thing_id)
                if what == "off":
                    sign_off(session, seminar, by=person, now=now)
                    return "off"
                return str(sign_up(session, seminar, by=person, now=now).state)
        except Refused:
            return "told"
        finally:
            engine.dispose()
