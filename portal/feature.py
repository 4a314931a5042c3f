"""What a room offers the house, as frozen data, and the loading of the rooms that `config.FEATURES` names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import false

from portal import recording
from portal.accounts.roles import Audience, Role

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from config import Seller
    from portal.accounts.models import User
    from portal.customers.models import Customer
    from portal.importing.kinds import ImportKind


HOUSE = ("portal.house", "portal.archive", "portal.installation", "portal.numbering", "portal.outbox")
"""The house's own tables are declared here; every database has them, whichever rooms there are."""


class BadFeature(Exception):
    """Two rooms offer the same name, or a room offers what cannot be: start-up stops."""


@dataclass(frozen=True)
class NavEntry:
    """One line of the navigation, shown to an audience that holds the permission.

    `count` selects the one number that stands beside it; in it, `person` and `company` are the ids of who is asking.
    Entries of one `section` stand together. One that stands `under` another's endpoint is not in the navigation: the
    pages of such a family show its entries on top, and the head of the family counts for all of them.
    """

    title: str
    endpoint: str
    icon: str
    audience: Audience
    permission: StrEnum | None = None
    order: int = 50
    on_phone: bool = False
    count: Select[int] | None = None
    section: str = ""
    under: str = ""


@dataclass(frozen=True)
class Job:
    """Work done on schedule: `act(session, now)` opens its own transactions and says how much it changed.

    `does` tells in a sentence what it does, and what the number of changes counts.
    """

    name: str
    title: str
    every: timedelta
    act: Callable[[Session, datetime], int]
    does: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of a page that a room fills: a title, a template and the finished values it shows; lower `order` first.

    Two that are not `wide` stand side by side where there is room.
    """

    title: str
    template: str
    facts: Mapping[str, Any]
    wide: bool = False
    order: int = 50


class Standing(StrEnum):
    """How what waits stands against the time promised for it."""

    IN_TIME = "in_time"
    AT_RISK = "at_risk"
    LATE = "late"


@dataclass(frozen=True)
class Task:
    """One thing that waits for its reader, and the one act that ends it, in words of the language being spoken.

    `act` leads to `endpoint` with `args`. It waits `since` then and is wanted by `due_at`, where there is a deadline;
    what is `first` stands before everything else. `who` is the company it is done for, `why` what threatens it. It
    stands for `cases` of what its kind counts.
    """

    kind: str
    number: str
    what: str
    act: str
    endpoint: str
    args: Mapping[str, str]
    since: datetime
    due_at: datetime | None = None
    standing: Standing = Standing.IN_TIME
    first: bool = False
    who: str = ""
    why: str = ""
    cases: int = 1


@dataclass(frozen=True)
class Danger:
    """What is late or at risk of one kind: how many, where all of them stand, and those due first."""

    title: str
    endpoint: str
    args: Mapping[str, str]
    late: int
    at_risk: int
    tasks: Sequence[Task]


@dataclass(frozen=True)
class Queue:
    """Work of one kind that waits for the distributor's people, and the page on which it is done.

    The oldest waits `since` then; the first is due on `due_on`, and `late` of them are past it. What is done by hand in
    the warehouse or the workshop is `today`'s work, the rest waits for an answer.
    """

    title: str
    act: str
    endpoint: str
    args: Mapping[str, str]
    count: int
    since: datetime | None = None
    due_on: date | None = None
    late: int = 0
    today: bool = False
    order: int = 50


@dataclass(frozen=True)
class Hit:
    """One thing that a global search found."""

    kind: str
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Excuse:
    """A disruption that was declared: its number, its kind, and the time in which it held things up.

    `place` is where, with its names in both languages; `elsewhere` holds of promises of another place, which it
    cannot have held up.
    """

    number: str
    kind: str
    since: datetime
    until: datetime
    place: Any = field(default=None, compare=False)
    elsewhere: ColumnElement[bool] = field(default_factory=false, compare=False)


@dataclass(frozen=True)
class Rate:
    """A share of what was done, not of promises: how many cases of a kind, and how many of them were good.

    `months` has the same by month, such as 2026-04; `base` says by which day a case counts in its month.
    """

    kind: str
    cases: int
    good: int
    months: Mapping[str, tuple[int, int]]
    base: str

    @property
    def of_one(self) -> float | None:
        """The share as a fraction of one; None without cases."""
        return self.good / self.cases if self.cases else None


@dataclass(frozen=True)
class Feature:
    """A room as the house sees it. `verbs`, `subjects` and `facts` put into words what its audit trail says: acts,
    what they were done to, and the names of what they changed.

    `order_panels` are shown on the page of an order, which a room above the one of orders can so add to. The house
    makes one list of what all rooms say is to be answered by a buyer (`answers`), is late or at risk, of one company or
    of all (`dangers`), and waits for the distributor's people (`queues`). `records` are the events by which a standard
    may be measured, `excuses` the kinds of disruption (with titles) that may excuse a miss; `excusing` finds one by
    its number, and `excuses_between` those that held between two moments. `rates` count the figures that are no
    promises, from a moment until before another, of each of some companies or of all; `subject_pages` say where a
    viewer looks at what promises are about, by its number. `papers` make the documents that go with mails, by the
    name of their kind: a file name and a PDF of a number in a language. `followers` say what a change of the business
    calendar moves in a room and, when told to act, move what goes with it; `reclassing` brings what a room keeps by a
    company's allocation class up to date. `unanswered` are the kinds of cases that are passed on when their unit
    leaves them unanswered for too long. `proofs` recompute what a room carries from its records, and name in words
    each figure that differs.
    """

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    nav: tuple[NavEntry, ...] = ()
    grants: Mapping[Role, frozenset[StrEnum]] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    home: tuple[Callable[[Session, User, datetime], Panel | None], ...] = ()
    answers: tuple[Callable[[Session, User, datetime], Sequence[Task]], ...] = ()
    dangers: tuple[Callable[[Session, User, datetime, Customer | None], Sequence[Danger]], ...] = ()
    queues: tuple[Callable[[Session, User, datetime], Sequence[Queue]], ...] = ()
    customer_panels: tuple[Callable[[Session, Customer, User, datetime], Panel | None], ...] = ()
    order_panels: tuple[Callable[[Session, Any, User, datetime], Panel | None], ...] = ()
    followers: tuple[Callable[..., Sequence[Any]], ...] = ()
    reclassing: tuple[Callable[[Session, Customer], None], ...] = ()
    searches: tuple[Callable[[Session, User, str], list[Hit]], ...] = ()
    imports: tuple[ImportKind, ...] = ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    records: frozenset[str] = frozenset()
    excuses: Mapping[str, str] = field(default_factory=dict)
    unanswered: tuple[Any, ...] = ()
    excusing: tuple[Callable[[Session, str, datetime], Excuse | None], ...] = ()
    excuses_between: tuple[Callable[[Session, datetime, datetime, datetime], Sequence[Excuse]], ...] = ()
    rates: tuple[
        Callable[[Session, datetime, datetime, Collection[int] | None], Mapping[int, Sequence[Rate]]], ...
    ] = ()
    subject_pages: tuple[Callable[[Session, User, Sequence[str]], Mapping[str, str]], ...] = ()
    papers: Mapping[str, Callable[[Session, str, str, Seller], tuple[str, bytes]]] = field(
        default_factory=dict
    )
    proofs: tuple[Callable[[Session], Sequence[str]], ...] = ()
    demo: Callable[..., None] | None = None


def load(names: Iterable[str]) -> list[Feature]:
    """The features of the rooms named, in that order; raises BadFeature when two offer the same name."""
    for name in HOUSE:
        importlib.import_module(name)
    features: list[Feature] = [importlib.import_module(f"{name}.feature").FEATURE for name in names]
    check([importlib.import_module("portal.house").FEATURE, *features])
    recording.gather(features)
    return features


def check(features: Sequence[Feature]) -> None:
    """Raise BadFeature when two of these, the house among them, offer the same name."""
    _all_different("feature", (feature.name for feature in features))
    _all_different("blueprint", (bp.name for feature in features for bp in feature.blueprints))
    _all_different("import", (kind.name for feature in features for kind in feature.imports))
    _all_different("permission", (right for feature in features for right in _rights(feature)))
    jobs_by_name(job for feature in features for job in feature.jobs)


def jobs_by_name(jobs: Iterable[Job]) -> dict[str, Job]:
    """Jobs by their names; raises BadFeature when two have the same."""
    jobs = list(jobs)
    _all_different("job", (job.name for job in jobs))
    return {job.name: job for job in jobs}


def grants_of(features: Iterable[Feature]) -> dict[Role, frozenset[StrEnum]]:
    """Which permissions each role holds, over all rooms."""
    features = list(features)
    return {role: frozenset().union(*(f.grants.get(role, frozenset()) for f in features)) for role in Role}


def _rights(feature: Feature) -> set[str]:
    return {str(right) for held in feature.grants.values() for right in held}


def _all_different(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadFeature(f"two rooms offer the {what} {name!r}")
        seen.add(name)
