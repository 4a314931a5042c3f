"""Promises made at the very moment at which a calendar changed may have counted on the old one; they follow at once."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from policies.calendars import Verb
from policies.due_times import due_on, settled_by
from policies.models import ServiceLevel
from policies.places import MAIN, Places, places
from policies.promises import WATCHED, Promise
from policies.redating import Change, Move, move_all
from policies.sweeping import SWEPT
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction

LATELY = timedelta(days=3)
"""Changes of the last days are looked at every time, for the job may have stood still; nothing moves twice."""
AT_THAT_MOMENT = timedelta(minutes=10)
"""No act takes longer: whatever was promised so long before a change is seen by it."""
LOOK_BACK = timedelta(days=14)
CHANGES = (Verb.CLOSED, Verb.HOURS_CHANGED, Verb.REMOVED)

Finder = Callable[[Session, Places, datetime, datetime], Sequence[Move]]


def catch_up(session: Session, now: datetime) -> int:
    """Job: promised answers made while the calendar changed are due by the new one; says how many moved."""
    return catch_up_with(session, _answers, now=now)


def catch_up_with(session: Session, find: Finder, *, now: datetime) -> int:
    """Move what `find` gives of the promises made around each change of the last days; says how many.

    `find` is handed the calendars as they are, and from when until when the promises were made. Customers are told what
    changed: the day that was closed and why, or the hours.
    """
    changes = select(AuditEntry).where(
        AuditEntry.subject_kind == "calendar", AuditEntry.verb.in_(CHANGES), AuditEntry.at > now - LATELY
    )
    moved = 0
    for entry in session.scalars(changes.order_by(AuditEntry.at, AuditEntry.id)).all():
        at = entry.at
        with transaction(session):
            found = places(session, business_day(now) - LOOK_BACK, hours=True)
            moves = find(session, found, at - AT_THAT_MOMENT, at + AT_THAT_MOMENT)
            move_all(session, moves, _change(entry, found, now), by=None, now=now)
            moved += len(moves)
    return moved


def _change(entry: AuditEntry, found: Places, now: datetime) -> Change:
    """What the audit trail says of a change, for those who are told of it."""
    key = f"followed:{entry.id}:{now:%Y%m%d%H%M%S}"
    if entry.verb != Verb.CLOSED:
        return Change(MAIN, found, found, "", "", key)
    names, day = entry.after or {}, date.fromisoformat(entry.subject_no.rpartition(" ")[2])
    return Change(MAIN, found, found, names.get("name_th", ""), names.get("name_en", ""), key, day)


def _answers(session: Session, found: Places, since: datetime, until: datetime) -> list[Move]:
    own, settles = aliased(ServiceLevel), aliased(ServiceLevel)
    query = (
        select(Promise, own, settles.settle_days)
        .outerjoin(own, own.id == Promise.service_level_id)
        .outerjoin(settles, settles.id == Promise.settles_level_id)
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
    rows: Sequence[Any] = session.execute(query).all()  # either may be missing
    for promise, level, settle_days in rows:
        start = promise.clock_start_at or promise.made_at
        if level is not None:
            due_at = due_on(level, start, found.hours())
        elif settle_days is not None:
            due_at = settled_by(settle_days, start, found.days())
        else:
            continue  # nobody knows any more how its time was counted
        if due_at > promise.due_at:
            facts = (promise.id, promise.customer_id, promise.kind, promise.subject_no)
            moves.append(Move(*facts, promise.due_at, due_at))
    return moves
