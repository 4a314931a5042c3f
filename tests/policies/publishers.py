"""What a reviewer does in a process of their own."""

from datetime import datetime
from typing import Any

from config import FEATURES
from policies import revising
from policies.models import PolicyVersion
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction
from portal.feature import load
from portal.refusal import Refused

_together: list[Any] = []


def wait_at(barrier: Any) -> None:
    """Everyone waits here, so that all start at the same moment."""
    load(FEATURES)
    _together.append(barrier)


def act(task: tuple[str, str, int, int, datetime]) -> str:
    """Publish a version or send it back; says what came of it."""
    url, verb, reviewer_id, version_id, now = task
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        version, by = session.get_one(PolicyVersion, version_id), session.get_one(User, reviewer_id)
        _together[0].wait(timeout=60)
        try:
            with transaction(session):
                if verb == "publish":
                    revising.publish(session, version, business_day(now), f"By {by.name}", by=by, now=now)
                else:
                    revising.send_back(session, version, "Not yet", by=by, now=now)
            said = verb
        except Refused as no:
            said = str(no)
    engine.dispose()
    return said
