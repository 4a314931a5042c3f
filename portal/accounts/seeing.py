"""Who sees whose things: the distributor's people everybody's, the people of a company what is their company's."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.refusal import Unknown

Thing = TypeVar("Thing")


def sees(person: User, customer_id: int) -> bool:
    """Whether a person may see the things of a company."""
    return person.audience is Audience.STAFF or person.customer_id == customer_id


def the_one_for(
    session: Session, person: User, query: Select[Thing], customer_of: Callable[[Thing], int], named: str
) -> Thing:
    """The one thing that a query finds, if the person may see its company's things.

    Else Unknown, which names it for the log: what belongs to others does not exist.
    """
    found = session.scalars(query).one_or_none()
    if found is None or not sees(person, customer_of(found)):
        raise Unknown(named)
    return found
