"""A change of the business calendar moves the open promises that counted on it, never to an earlier time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from policies.clocks import day_counted_from
from policies.happenings import note
from policies.kinds import KINDS, Convention, Kind
from policies.models import ServiceLevel
from policies.places import MAIN, Places
from policies.promises import WATCHED, Cause, Happening, Promise, PromiseState
from policies.shifting import Postponed, later_in_minutes
from policies.sweeping import SWEPT
from portal import outbox
from portal.accounts.models import User
from portal.clock import business_day

MOST_LISTED = 25
"""How many of a customer's promises a notice lists."""


@dataclass(frozen=True)
class Change:
    """The calendars before and after something changed at one place, and its reason in both languages.

    `key` tells this change from every other; `day` is what was closed, None when the hours changed.
    """

    place: str
    before: Places
    after: Places
    what_th: str
    what_en: str
    key: str
    day: date | None = None


@dataclass(frozen=True)
class Move:
    """A promise that a change of the calendar moves to a later time."""

    promise_id: int
    customer_id: int
    kind: str
    subject_no: str
    due_before: datetime
    due_after: datetime


class Follower(Protocol):
    """What a room has dated by the calendars."""

    def __call__(self, session: Session, change: Change, *, now: datetime, act: bool) -> Sequence[Move]:
        """The promises of the room that move; told to `act`, what goes with them moves."""


@dataclass(frozen=True)
class Effect:
    """What a change of the calendar would move: how many promises of each kind, of how many customers."""

    kinds: Mapping[Kind, int]
    customers: int
    last: datetime | None

    @property
    def promises(self) -> int:
        """How many promises move."""
        return sum(self.kinds.values())


def effect_of(session: Session, change: Change, followers: Sequence[Follower], *, now: datetime) -> Effect:
    """What a change of the calendar would move; nothing is written."""
    return _effect(_moves(session, change, followers, now=now, act=False))


def redate(
    session: Session, change: Change, followers: Sequence[Follower], *, by: User | None, now: datetime
) -> Effect:
    """Move every open promise that counted on what has changed, in the act that changes it.

    The original due time stays; each move is an event with its cause and author, and a customer is told of all theirs
    at once. What is settled, or late already, stays as it is.
    """
    moves = _moves(session, change, followers, now=now, act=True)
    move_all(session, moves, change, by=by, now=now)
    return _effect(moves)


def move_all(
    session: Session, moves: Sequence[Move], change: Change, *, by: User | None, now: datetime
) -> None:
    """Move locked promises because of a change: each with its event, and a customer is told of all theirs at once."""
    if not moves:
        return
    facts = {"state": PromiseState.OPEN, "cause": None, "risk_since": None}
    session.execute(
        update(Promise), [{"id": move.promise_id, "due_at": move.due_after, **facts} for move in moves]
    )
    for row in session.identity_map.values():
        if isinstance(row, Promise):
            session.expire(row)
    moved = ((move.promise_id, move.due_after) for move in moves)
    note(session, moved, Happening.REPROMISED, cause=Cause.CALENDAR, by=by, now=now)
    _tell(session, change, moves, now=now)


def _moves(
    session: Session, change: Change, followers: Sequence[Follower], *, now: datetime, act: bool
) -> list[Move]:
    found = [move for follow in followers for move in follow(session, change, now=now, act=act)]
    if change.place == MAIN:
        found += _cases(session, change, now=now, act=act)
    return found


def _cases(session: Session, change: Change, *, now: datetime, act: bool) -> list[Move]:
    """The promised answers that move; they count on the distributor's own calendar."""
    query = (
        select(
            Promise.id,
            Promise.customer_id,
            Promise.kind,
            Promise.subject_no,
            Promise.due_at,
            Promise.made_at,
            Promise.clock_start_at,
            Promise.paused_since,
            Promise.service_level_id,
        )
        .where(Promise.state.in_(WATCHED), Promise.kind.in_(SWEPT), Promise.due_at >= now)
        .order_by(Promise.id)
    )
    levels = {level.id: level for level in session.scalars(select(ServiceLevel))}
    days = Postponed(change.before.days(), change.after.days())
    moves = []
    for row in session.execute(query.with_for_update(of=Promise) if act else query):
        level = levels.get(row.service_level_id)
        since = row.paused_since or now
        if level is not None and level.minutes is not None:
            due_at = later_in_minutes(since, row.due_at, change.before.hours(), change.after.hours())
        elif level is None or level.convention == Convention.WORKING:
            cut_off = level.cut_off if level else None
            counted = day_counted_from(
                row.clock_start_at or row.made_at, Convention.WORKING, cut_off, change.before.days()
            )
            due = business_day(row.due_at)
            due_at = row.due_at + (days.later(max(counted, business_day(since)), due) - due)
        else:
            continue  # calendar days go on
        if due_at > row.due_at:
            moves.append(Move(row.id, row.customer_id, row.kind, row.subject_no, row.due_at, due_at))
    return moves


def _effect(moves: Sequence[Move]) -> Effect:
    kinds = Counter(Kind(move.kind) for move in moves)
    last = max((move.due_after for move in moves), default=None)
    return Effect(
        {kind: kinds[kind] for kind in Kind if kind in kinds}, len({move.customer_id for move in moves}), last
    )


def _tell(session: Session, change: Change, moves: Sequence[Move], *, now: datetime) -> None:
    """One notice to each person of every customer whose promises moved."""
    theirs: dict[int, list[Move]] = {}
    for move in sorted(moves, key=lambda one: (one.due_before, one.promise_id)):
        theirs.setdefault(move.customer_id, []).append(move)
    people = select(User.id, User.customer_id).where(User.customer_id.in_(theirs), User.active)
    notices: list[outbox.Message] = []
    for user_id, customer_id in session.execute(people.order_by(User.id)):
        mine = theirs[customer_id or 0]
        facts = {
            "day": change.day.isoformat() if change.day else "",
            "what_th": change.what_th,
            "what_en": change.what_en,
            "count": len(mine),
            "promises": [_told(move) for move in mine[:MOST_LISTED]],
        }
        notices.append((user_id, facts, f"calendar:{change.key}:{user_id}", None))
    outbox.post_all(session, notices, "policies/notices/calendar.txt", now=now)


def _told(move: Move) -> dict[str, str]:
    return {
        "kind": KINDS[Kind(move.kind)].title,
        "subject": move.subject_no,
        "due_before": move.due_before.isoformat(),
        "due_after": move.due_after.isoformat(),
    }
