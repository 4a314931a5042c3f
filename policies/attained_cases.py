"""The cases behind each number of attainment: which promises it counts, and what became of each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from policies.attaining import KEPT_FIRST, Asked
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import WATCHED, Promise, PromiseExemption, PromiseState
from portal.customers.models import Customer
from portal.i18n import N_
from portal.keyset import Keyset, keyset


class Outcome(StrEnum):
    """Which cases a number counts."""

    ALL = "all"
    KEPT = "kept"
    MISSED = "missed"
    EXEMPT = "exempt"
    OPEN = "open"
    KEPT_FIRST = "kept_first"
    MOVED = "moved"
    OWED = "owed"


OUTCOME_TITLES = {
    Outcome.ALL: N_("All cases"),
    Outcome.KEPT: N_("Kept"),
    Outcome.MISSED: N_("Missed"),
    Outcome.EXEMPT: N_("Exempt"),
    Outcome.OPEN: N_("Open"),
    Outcome.KEPT_FIRST: N_("On time as first promised"),
    Outcome.MOVED: N_("Date was moved"),
    Outcome.OWED: N_("Compensation owed"),
}

_JUDGED = Promise.state.in_((PromiseState.KEPT, PromiseState.MISSED))
_CONDITIONS: dict[Outcome, list[ColumnElement[bool]]] = {
    Outcome.ALL: [],
    Outcome.KEPT: [Promise.state == PromiseState.KEPT],
    Outcome.MISSED: [Promise.state == PromiseState.MISSED],
    Outcome.EXEMPT: [Promise.state == PromiseState.WAIVED],
    Outcome.OPEN: [Promise.state.in_(WATCHED)],
    Outcome.KEPT_FIRST: [_JUDGED, KEPT_FIRST],
    Outcome.MOVED: [_JUDGED, Promise.due_at != Promise.original_due_at],
    Outcome.OWED: [(Promise.owed_minor > 0) | (Promise.paid_minor > 0)],
}


@dataclass(frozen=True)
class Case:
    """A promise that is counted, its customer, and why it is exempt, if it is."""

    promise: Promise
    customer: Customer
    exemption: PromiseExemption | None


@dataclass(frozen=True)
class Miss:
    """A promise that was missed: what it was about, when it was due, and when it was done at last, if it was."""

    promise_id: int
    kind: Kind
    subject_no: str
    due_at: datetime
    fulfilled_at: datetime | None


def cases(
    session: Session,
    asked: Asked,
    outcome: Outcome = Outcome.ALL,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Case]:
    """A page of the promises that a number counts, the latest due first; as many as the number over all pages."""
    query = (
        select(Promise, Customer, PromiseExemption)
        .join(Customer, Customer.id == Promise.customer_id)
        .outerjoin(PromiseExemption, PromiseExemption.promise_id == Promise.id)
        .where(*asked.conditions(), *_CONDITIONS[outcome])
        .options(joinedload(Promise.version))
    )
    found = keyset(
        session, query, Promise.id, by=Promise.due_at, older_than=older_than, newer_than=newer_than
    )
    return found.made(lambda row: Case(row[0], row[1], row[2]))


def misses(
    session: Session, customer: Customer, *, since: datetime, until: datetime, limit: int = 10
) -> list[Miss]:
    """The promises to a customer that were missed in a period, the latest due first."""
    query = (
        select(Promise.id, Promise.kind, Promise.subject_no, Promise.due_at, Promise.fulfilled_at)
        .where(*Asked(since, until, customer).conditions(), *_CONDITIONS[Outcome.MISSED])
        .order_by(Promise.due_at.desc(), Promise.id.desc())
        .limit(limit)
    )
    return [
        Miss(row.id, Kind(row.kind), row.subject_no, row.due_at, row.fulfilled_at)
        for row in session.execute(query)
    ]


def promised_under(session: Session, level: ServiceLevel, customer: Customer) -> bool:
    """Whether anything was ever promised to a customer under a service level, or settled by it."""
    theirs = select(Promise.id).where(
        Promise.customer_id == customer.id,
        Promise.kind.in_({level.kind, Kind.SETTLEMENT}),
        or_(Promise.service_level_id == level.id, Promise.settles_level_id == level.id),
    )
    return session.scalar(theirs.limit(1)) is not None
