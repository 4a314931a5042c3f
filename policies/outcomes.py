"""Promises of which it is known as they are made whether they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from policies.happenings import note
from policies.models import ServiceLevel
from policies.places import working_hours
from policies.promises import Happening, Promise, PromiseState
from policies.promising import row_under
from policies.tolerating import judged_until, tolerance_of
from portal.accounts.models import User
from portal.batches import insert_all
from portal.clock import business_day


@dataclass(frozen=True)
class Outcome:
    """What was promised for a subject and is known already: from when it counted, when it was due, when it was done."""

    subject_no: str
    start: datetime
    due_at: datetime
    done_at: datetime


def record_outcomes(
    session: Session,
    level: ServiceLevel,
    customer_id: int,
    outcomes: Sequence[Outcome],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Promises of which it is known as they are made whether they are kept; gives each a full record."""
    until = _judged_until(session, level, [one.due_at for one in outcomes if one.done_at > one.due_at])
    rows = [
        row_under(level, customer_id, one.subject_no, one.start, one.due_at, now=now)
        | _judged(one.due_at, one.done_at, until.get(one.due_at))
        for one in outcomes
    ]
    ids = insert_all(session, Promise, rows)
    made = [
        (id_, one, row["state"] == PromiseState.KEPT)
        for id_, one, row in zip(ids, outcomes, rows, strict=True)
    ]
    note(session, [(id_, one.due_at) for id_, one, _ in made], Happening.MADE, by=by, now=now)
    for what, kept in ((Happening.KEPT, True), (Happening.MISSED, False), (Happening.FULFILLED_LATE, False)):
        theirs = [(id_, one.due_at) for id_, one, was_kept in made if was_kept is kept]
        note(session, theirs, what, by=by, now=now)


def _judged_until(
    session: Session, level: ServiceLevel, late: Sequence[datetime]
) -> dict[datetime, datetime]:
    """Until when a level judges as kept what was due at these times; asks nothing where it tolerates nothing."""
    tolerance = tolerance_of(level)
    if tolerance is None or not late:
        return {}
    hours = working_hours(session, business_day(min(late)))
    return {due_at: judged_until(due_at, tolerance, hours) for due_at in set(late)}


def _judged(due_at: datetime, done_at: datetime, until: datetime | None) -> dict[str, Any]:
    """What the row of a promise says of something done, which may be tolerated until a while after its due time."""
    late = done_at > due_at
    kept = not late or (until is not None and done_at <= until)
    return {
        "state": PromiseState.KEPT if kept else PromiseState.MISSED,
        "missed_at": None if kept else due_at,
        "fulfilled_at": done_at,
        "tolerated_until": until if kept and late else None,
    }
