"""What people are told of seminars: invited, moved up, moved to another day, cancelled, each once."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from policies.seminars import SIGNED_UP, Seminar, SignUp, SignUpState
from portal import outbox
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.outbox import Message

BATCH = 1000


class Whom(StrEnum):
    """By what the companies are chosen whose people are invited."""

    EVERYBODY = "everybody"
    TIER = "tier"
    GROUP = "group"


@dataclass(frozen=True)
class Invited:
    """Companies whose people are told of a seminar: all, those of a tier (by its name), or of a group (by its id)."""

    whom: Whom
    tier: str = ""
    group_id: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.whom, self.tier or self.group_id) if part)

    def condition(self) -> ColumnElement[bool]:
        """That a company is among them."""
        match self.whom:
            case Whom.TIER:
                return Customer.tier == self.tier
            case Whom.GROUP:
                return Customer.group_id == self.group_id
            case _:
                return true()


def path_of(seminar_no: str) -> str:
    """Where a customer reads of a seminar."""
    return f"/my/events/seminars/{seminar_no}"


def facts_of(seminar: Seminar) -> dict[str, Any]:
    """What every notice says of a seminar."""
    return {
        "seminar": seminar.number,
        "title": seminar.title,
        "place": seminar.place,
        "starts_at": seminar.starts_at.isoformat(),
    }


def tell_invited(session: Session, seminar: Seminar, invited: Collection[Invited], *, now: datetime) -> int:
    """Tell everybody who is invited; says how many people."""
    if not invited:
        return 0
    query = (
        select(User.id)
        .join(Customer, User.customer_id == Customer.id)
        .where(User.active, or_(*(one.condition() for one in invited)))
        .order_by(User.id)
    )
    return _tell(session, seminar, session.scalars(query), "announced", "announced", now=now)


def tell_changed(session: Session, seminar: Seminar, *, now: datetime) -> int:
    """Tell who signed up of another time or place; says how many people."""
    said = f"changed:{now.isoformat()}"
    return _tell(session, seminar, _signed_up(session, seminar), "changed", said, now=now)


def tell_cancelled(session: Session, seminar: Seminar, reason: str, *, now: datetime) -> int:
    """Tell who signed up that it is cancelled, and why; says how many people."""
    people = _signed_up(session, seminar)
    return _tell(session, seminar, people, "cancelled", "cancelled", now=now, reason=reason)


def tell_reminded(session: Session, seminar: Seminar, user_ids: Iterable[int], *, now: datetime) -> int:
    """Remind people of a seminar, once for each time it was set for; says how many were new."""
    said = f"reminded:{seminar.starts_at.isoformat()}"
    return _tell(session, seminar, user_ids, "reminded", said, now=now)


def tell_place(session: Session, seminar: Seminar, sign_ups: Collection[SignUp], *, now: datetime) -> None:
    """Tell each that they moved up from the waiting list and have a place."""
    _tell_each(session, seminar, sign_ups, "moved_up", now=now)


def tell_signed_up(session: Session, seminar: Seminar, sign_up: SignUp, ahead: int, *, now: datetime) -> None:
    """Tell a person that they have a place, or their number on the waiting list."""
    template = "waiting" if sign_up.state == SignUpState.WAITING else "signed_up"
    _tell_each(session, seminar, [sign_up], template, now=now, number=ahead + 1)


def _signed_up(session: Session, seminar: Seminar) -> Iterable[int]:
    query = select(SignUp.user_id).where(SignUp.seminar_id == seminar.id, SignUp.state.in_(SIGNED_UP))
    return session.scalars(query.order_by(SignUp.queue_no))


def _tell_each(
    session: Session,
    seminar: Seminar,
    sign_ups: Collection[SignUp],
    template: str,
    *,
    now: datetime,
    **more: Any,
) -> None:
    facts = facts_of(seminar) | more
    messages = [
        (one.user_id, facts, f"seminar:{seminar.number}:{template}:{one.queue_no}", path_of(seminar.number))
        for one in sign_ups
    ]
    outbox.post_all(session, messages, f"policies/notices/seminar_{template}.txt", now=now)


def _tell(
    session: Session,
    seminar: Seminar,
    user_ids: Iterable[int],
    template: str,
    said: str,
    *,
    now: datetime,
    **more: Any,
) -> int:
    facts, path = facts_of(seminar) | more, path_of(seminar.number)
    told, template = 0, f"policies/notices/seminar_{template}.txt"
    messages: Iterator[Message] = (
        (user_id, facts, f"seminar:{seminar.number}:{said}:{user_id}", path) for user_id in user_ids
    )
    while batch := list(islice(messages, BATCH)):
        told += outbox.post_all(session, batch, template, now=now)
    return told
