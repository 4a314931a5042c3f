"""What a room offers the house, as frozen data, and the loading of the rooms that `config.FEATURES` names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.accounts.roles import Audience, Role

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from portal.accounts.models import User
    from portal.customers.models import Customer
    from portal.importing.kinds import ImportKind


HOUSE = ("portal.house", "portal.archive", "portal.installation", "portal.numbering", "portal.outbox")
"""The house's own tables are declared here; every database has them, whichever rooms there are."""


class BadFeature(Exception):
    """Two rooms offer the same name, or a room offers what cannot be: start-up stops."""


@dataclass(frozen=True)
class NavEntry:
    """One line of the navigation, shown to an audience that holds the permission."""

    title: str
    endpoint: str
    icon: str
    audience: Audience
    permission: StrEnum | None = None
    order: int = 50
    on_phone: bool = False
    count: Callable[[Session, User], int] | None = None


@dataclass(frozen=True)
class Job:
    """Work done on schedule: `act(session, now)` opens its own transactions and says how much it changed."""

    name: str
    title: str
    every: timedelta
    act: Callable[[Session, datetime], int]


@dataclass(frozen=True)
class Panel:
    """A part of a page that a room fills: a title, a template and the finished values it shows; lower `order` first."""

    title: str
    template: str
    facts: Mapping[str, Any]
    wide: bool = False
    order: int = 50


@dataclass(frozen=True)
class Hit:
    """One thing that a global search found."""

    kind: str
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Feature:
    """A room as the house sees it. `verbs` and `subjects` put into words what its audit trail says."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    nav: tuple[NavEntry, ...] = ()
    grants: Mapping[Role, frozenset[StrEnum]] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    home: tuple[Callable[[Session, User, datetime], Panel | None], ...] = ()
    customer_panels: tuple[Callable[[Session, Customer, User, datetime], Panel | None], ...] = ()
    searches: tuple[Callable[[Session, User, str], list[Hit]], ...] = ()
    imports: tuple[ImportKind, ...] = ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    demo: Callable[..., None] | None = None


def load(names: Iterable[str]) -> list[Feature]:
    """The features of the rooms named, in that order; raises BadFeature when two offer the same name."""
    for name in HOUSE:
        importlib.import_module(name)
    features: list[Feature] = [importlib.import_module(f"{name}.feature").FEATURE for name in names]
    check([importlib.import_module("portal.house").FEATURE, *features])
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
