"""Cases of any room beside what was promised for them: which are late or at risk, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from policies.owed import IN_DANGER, OWED
from policies.promises import Promise, PromiseState
from portal.customers.models import Customer


@dataclass(frozen=True)
class Endangered:
    """A case whose promise is late and still owed, or at risk; `about_th` and `about_en` say what it is about."""

    kind: str
    number: str
    about_th: str
    about_en: str
    customer_th: str
    customer_en: str
    since: datetime
    due_at: datetime
    late: bool
    cause: str | None


@dataclass(frozen=True)
class Count:
    """How many cases of a kind are late, and how many are at risk."""

    late: int
    at_risk: int


@dataclass(frozen=True)
class Pile:
    """How many cases of a kind wait, since when the oldest, when the first owed one is due, and how many are late."""

    count: int
    since: datetime
    due_at: datetime | None
    late: int


def case_of(
    kind: str, number: Any, about_th: Any, about_en: Any, customer_id: Any, since: Any, promise_id: Any
) -> Select[Any]:
    """The open cases of one kind, to be narrowed by their state; `promise_id` is what was promised, if anything."""
    return select(
        cast(literal(kind), String(24)).label("kind"),
        number.label("number"),
        about_th.label("about_th"),
        about_en.label("about_en"),
        customer_id.label("customer_id"),
        since.label("since"),
        promise_id.label("promise_id"),
    )


def together(cases: Sequence[Select[Any]]) -> Subquery:
    """The cases of several kinds in one question."""
    joined: CompoundSelect[Any] = union_all(*cases)
    return joined.subquery("cases")


def endangered(
    session: Session, cases: Subquery, *, customer: Customer | None = None, limit: int = 12
) -> list[Endangered]:
    """The cases whose promise is late or at risk, the longest overdue on top. One query."""
    query = _in_danger(
        cases,
        customer,
        cases.c.kind,
        cases.c.number,
        cases.c.about_th,
        cases.c.about_en,
        Customer.name_th,
        Customer.name_en,
        cases.c.since,
        Promise.due_at,
        (Promise.state == PromiseState.MISSED).label("late"),
        Promise.cause,
    ).join(Customer, Customer.id == cases.c.customer_id)
    rows = session.execute(query.order_by(Promise.due_at, Promise.id).limit(limit))
    return [Endangered(*row) for row in rows]


def count_endangered(
    session: Session, cases: Subquery, *, customer: Customer | None = None
) -> dict[str, Count]:
    """How many cases of each kind are late or at risk. One query."""
    query = _in_danger(cases, customer, cases.c.kind, _missed(), func.count()).group_by(cases.c.kind)
    return {kind: Count(late, total - late) for kind, late, total in session.execute(query)}


def piles(session: Session, cases: Subquery, *, now: datetime) -> dict[str, Pile]:
    """How many cases of each kind wait. One query."""
    owed = case((OWED, Promise.due_at))
    late = func.count(case((owed < now, 1)))
    query = (
        select(cases.c.kind, func.count(), func.min(cases.c.since), func.min(owed), late)
        .select_from(cases)
        .outerjoin(Promise, Promise.id == cases.c.promise_id)
        .group_by(cases.c.kind)
    )
    return {kind: Pile(*facts) for kind, *facts in session.execute(query)}


def _in_danger(cases: Subquery, customer: Customer | None, *columns: Any) -> Select[Any]:
    query = (
        select(*columns).select_from(cases).join(Promise, Promise.id == cases.c.promise_id).where(IN_DANGER)
    )
    return query if customer is None else query.where(cases.c.customer_id == customer.id)


def _missed() -> Any:
    return cast(func.coalesce(func.sum(case((Promise.state == PromiseState.MISSED, 1), else_=0)), 0), Integer)
