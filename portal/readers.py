"""Who of a company reads what it is told: the person it is meant for, or else everybody there who can sign in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import User
from portal.outbox import Message


class Told(NamedTuple):
    """A message to one person (by id) of a company; nobody where that person is unknown or cannot sign in any more."""

    person_id: int | None
    customer_id: int
    facts: dict[str, Any]
    key: str
    path: str | None


def active(person: User | None) -> int | None:
    """The id of a person who can sign in, else None."""
    return person.id if person is not None and person.active else None


def active_id(person_id: Any) -> ColumnElement[int | None]:
    """The same in a query that has joined the person, if there is one, as `User`."""
    return case((User.active, person_id), else_=None)


def people_of(session: Session, customer_ids: Iterable[int]) -> list[int]:
    """The ids of everybody who can sign in for these companies."""
    return [person_id for person_id, _ in _people(session, customer_ids)]


def addressed(session: Session, told: Iterable[Told]) -> list[Message]:
    """The messages as they are posted: one to the person, or one to each active person of a company without.

    The latter have keys of their own. One query, and none where everybody meant can sign in.
    """
    told = list(told)
    people: dict[int, list[int]] = {}
    for person_id, customer_id in _people(session, (one.customer_id for one in told if not one.person_id)):
        people.setdefault(customer_id, []).append(person_id)
    messages: list[Message] = []
    for one in told:
        if one.person_id:
            messages.append((one.person_id, one.facts, one.key, one.path))
        else:
            messages += [
                (person_id, one.facts, f"{one.key}:for:{person_id}", one.path)
                for person_id in people.get(one.customer_id, ())
            ]
    return messages


def post(
    session: Session,
    person: User | None,
    customer_id: int,
    template: str,
    facts: Mapping[str, Any],
    *,
    key: str,
    path: str | None,
    now: datetime,
) -> None:
    """Tell one person of a company something once per `key`, or everybody there when that person cannot read it."""
    if person is not None and person.active:
        outbox.post(session, person, template, facts, key=key, path=path, now=now)
        return
    messages = addressed(session, [Told(None, customer_id, dict(facts), key, path)])
    outbox.post_all(session, messages, template, now=now)


def _people(session: Session, customer_ids: Iterable[int]) -> list[tuple[int, int]]:
    wanted = set(customer_ids)
    if not wanted:
        return []
    query = select(User.id, User.customer_id).where(User.customer_id.in_(wanted), User.active)
    found = session.execute(query.order_by(User.id))
    return [(person_id, customer_id) for person_id, customer_id in found if customer_id is not None]
