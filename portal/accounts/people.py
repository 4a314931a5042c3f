"""Reading who is who: people of the distributor, and people of one company."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn, User
from portal.accounts.roles import Role
from portal.customers.models import Customer
from portal.i18n import N_
from portal.numbered import Page, numbered
from portal.refusal import Unknown

PAGE = 50
MOST = 200


class Standing(StrEnum):
    """Whether a person can sign in, and if not, why."""

    ACTIVE = "active"
    INVITED = "invited"
    LOCKED = "locked"
    DEACTIVATED = "deactivated"


STANDING_TITLES = {
    Standing.ACTIVE: N_("May sign in"),
    Standing.INVITED: N_("Has not chosen a password yet"),
    Standing.LOCKED: N_("Locked after failed attempts"),
    Standing.DEACTIVATED: N_("Deactivated"),
}


@dataclass(frozen=True)
class Person:
    """A person as a list shows them."""

    user: User
    standing: Standing
    seen_at: datetime | None


def colleagues(session: Session, *, now: datetime, page: int = 1) -> Page[Person]:
    """A page of the people of the distributor, by name."""
    ours = User.customer_id.is_(None)
    counted = select(func.count(User.id)).where(ours)
    found = numbered(session, _people(ours), counted, page=page, per_page=PAGE)
    return found.made(lambda rows: _standing(rows, now))


def people_of(session: Session, customer: Customer, *, now: datetime) -> list[Person]:
    """The people of a company, by name; the first of very many."""
    return _standing(session.execute(_people(User.customer_id == customer.id).limit(MOST)), now)


def get_colleague(session: Session, user_id: int) -> User:
    """A person of the distributor; raises Unknown for anybody else."""
    return _get(session, user_id, User.customer_id.is_(None))


def any_buyer(session: Session) -> bool:
    """Whether any company has somebody who may order."""
    buyers = select(User.id).where(User.role == Role.BUYER, User.active)
    return session.scalar(buyers.limit(1)) is not None


def get_person_of(session: Session, customer: Customer, user_id: int) -> User:
    """A person of a company; raises Unknown for anybody else."""
    return _get(session, user_id, User.customer_id == customer.id)


def standing_of(user: User, *, now: datetime) -> Standing:
    """Whether a person can sign in at an instant."""
    if not user.active:
        return Standing.DEACTIVATED
    if user.password_hash is None:
        return Standing.INVITED
    if user.locked_until is not None and user.locked_until > now:
        return Standing.LOCKED
    return Standing.ACTIVE


def _people(which: ColumnElement[bool]) -> Select[User, datetime | None]:
    # Asked for each person shown: everybody's sign-ins together are far more.
    seen = select(func.max(SignIn.seen_at)).where(SignIn.user_id == User.id).scalar_subquery()
    return select(User, seen).where(which).order_by(User.active.desc(), User.name, User.id)


def _standing(rows: Iterable[Row[User, datetime | None]], now: datetime) -> list[Person]:
    return [Person(user, standing_of(user, now=now), at) for user, at in rows]


def _get(session: Session, user_id: int, which: ColumnElement[bool]) -> User:
    found = session.scalars(select(User).where(User.id == user_id, which)).one_or_none()
    if found is None:
        raise Unknown(f"person {user_id}")
    return found
