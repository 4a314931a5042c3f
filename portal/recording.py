"""What the rooms of this house put on record, gathered from their features when they are loaded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from config import Seller
    from portal.accounts.models import User
    from portal.customers.models import Customer
    from portal.feature import Excuse, Feature, Rate

EVERYBODY = 0
"""In place of a customer's id: all together."""
_recorded: set[str] = set()
_excuses: dict[str, str] = {}
_offering: dict[str, "Feature"] = {}


def gather(features: Iterable["Feature"]) -> None:
    """Note what these rooms record and count, and which disruptions they declare."""
    for feature in features:
        _recorded.update(feature.records)
        _excuses.update(feature.excuses)
        _offering[feature.name] = feature


def recorded() -> frozenset[str]:
    """The events that some room records whenever they happen."""
    return frozenset(_recorded)


def excuses() -> Mapping[str, str]:
    """The kinds of disruption that some room declares, with their titles: they can excuse a miss."""
    return MappingProxyType(_excuses)


def excuse_of(session: Session, number: str, now: datetime) -> "Excuse | None":
    """The declared disruption of this number, in whichever room it was declared, as far as it has held until now."""
    asked = (find(session, number, now) for room in _offering.values() for find in room.excusing)
    return next((found for found in asked if found is not None), None)


def excuses_between(session: Session, since: datetime, until: datetime, now: datetime) -> list["Excuse"]:
    """The declared disruptions of all rooms that held at some time from `since` to `until`, as far as until now."""
    return [
        found
        for room in _offering.values()
        for find in room.excuses_between
        for found in find(session, since, until, now)
    ]


def rates(
    session: Session, since: datetime, until: datetime, customer: "Customer | None" = None
) -> list["Rate"]:
    """The figures of all rooms that are shares of what was done from `since` until before `until`."""
    ids = None if customer is None else [customer.id]
    return rates_of(session, since, until, ids).get(customer.id if customer else EVERYBODY, [])


def rates_of(
    session: Session, since: datetime, until: datetime, customers: Collection[int] | None
) -> dict[int, list["Rate"]]:
    """The same of each of these customers by id, or of everybody together; as many questions for many as for one."""
    found: dict[int, list[Rate]] = {}
    for count in (count for room in _offering.values() for count in room.rates):
        for customer_id, theirs in count(session, since, until, customers).items():
            found.setdefault(customer_id, []).extend(theirs)
    return found


def subject_pages(session: Session, viewer: "User", numbers: Sequence[str]) -> Mapping[str, str]:
    """Where a viewer looks at what promises are about, by its number; what no room knows is left out."""
    found: dict[str, str] = {}
    for room in _offering.values():
        for find in room.subject_pages:
            found.update(find(session, viewer, numbers))
    return found


def unanswered() -> Sequence[Any]:
    """What every room offers of its cases that wait for an answer of ours, in the order of the rooms."""
    return [source for room in _offering.values() for source in room.unanswered]


def paper_of(session: Session, paper: str, language: str, seller: "Seller") -> tuple[str, bytes]:
    """A document of some room, named by its kind and its number, as a file name and a PDF in a language."""
    kind, _colon, number = paper.partition(":")
    make = next(room.papers[kind] for room in _offering.values() if kind in room.papers)
    return make(session, number, language, seller)
