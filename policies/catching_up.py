"""Promises made at the very moment at which a calendar changed may have counted on the old one; they follow at once."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.calendars import Verb
from policies.due_times import due_on
from policies.models import ServiceLevel
from policies.places import MAIN, Places, places
from policies.promises import WATCHED, Promise
from policies.redating import Change, Move, move_all
from policies.sweeping import SWEPT
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction

LATELY = timedelta(minutes=30)
AT_THAT_MOMENT = timedelta(minutes=10)
"""No act takes longer: whatever was promised so long before a change is seen by it."""
LOOK_BACK = timedelta(days=7)
CHANGES = (Verb.CLOSED, Verb.HOURS_CHANGED, Verb.REMOVED)

Finder = Callable[[Session, Places, datetime, datetime], Sequence[Move]]


def catch_up(session: Session, now: datetime) -> int:
    """Job: promised answers made while the calendar changed are due by the new one; says how many moved."""
    return catch_up_with(session, _answers, now=now)


def catch_up_with(session: Session, find: Finder, *, now: datetime) -> int:
    """Move what `find` gives of the promises made around each change of the last half hour; says how many.

    `find` is handed the calendars as they are, and from when until when the promises were made.
    """
    changed = select(AuditEntry.at).where(
        AuditEntry.subject_kind == "calendar", AuditEntry.verb.in_(CHANGES), AuditEntry.at > now - LATELY
    )
    moved = 0
    for at in session.scalars(changed.distinct().order_by(AuditEntry.at)).all():
        with transaction(session):
            found = places(session, business_day(now) - LOOK_BACK, hours=True)
            moves = find(session, found, at - AT_THAT_MOMENT, at + AT_THAT_MOMENT)
            change = Change(MAIN, found, found, "", "", f"followed:{at:%Y%m%d%H%M%S}:{now:%Y%m%d%H%M%S}")
            move_all(session, moves, change, by=None, now=now)
            moved += len(moves)
    return moved


def _answers(session: Session, found: Places, since: datetime, until: datetime) -> list[Move]:
    query = (
        select(Promise, ServiceLevel)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state.in_(WATCHED),
            Promise.kind.in_(SWEPT),
            Promise.paused_since.is_(None),
            Promise.made_at.between(since, until),
            Promise.clock_start_at.is_not(None),
            Promise.due_at == Promise.original_due_at,
        )
        .order_by(Promise.id)
        .with_for_update(of=Promise)
    )
    moves = []
    for promise, level in session.execute(query):
        due_at = due_on(level, promise.clock_start_at or promise.made_at, found.hours())
        if due_at > promise.due_at:
            facts = (promise.id, promise.customer_id, promise.kind, promise.subject_no)
            moves.append(Move(*facts, promise.due_at, due_at))
    return moves
