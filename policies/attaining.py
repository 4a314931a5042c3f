"""Attainment: how many promises of each kind were kept, counted from the promises themselves and never typed in.

A promise counts in the period of its last agreed due time. What was withdrawn is no case; what was waived is a case but
neither kept nor missed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func, select
from sqlalchemy.orm import Session

from policies.kinds import Kind
from policies.promises import WATCHED, Promise, PromiseState
from portal.clock import at, business_day
from portal.customers.models import Customer
from portal.db import business_month

WORST = 5
A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Row:
    """The promises of one kind: all cases, and how many of them were kept, missed, are still open, or were waived."""

    kind: Kind
    cases: int = 0
    kept: int = 0
    missed: int = 0
    open: int = 0
    waived: int = 0

    @property
    def judged(self) -> int:
        """The cases that the share is taken of: those kept or missed."""
        return self.kept + self.missed

    @property
    def of_one(self) -> float | None:
        """The share kept, as a fraction of one; None while nothing is judged."""
        return self.kept / self.judged if self.judged else None


@dataclass(frozen=True)
class Month:
    """The promises of one kind that were due in a month."""

    first_day: date
    row: Row


@dataclass(frozen=True)
class Sufferer:
    """A customer to whom promises of a kind were missed."""

    customer: Customer
    row: Row


@dataclass(frozen=True)
class Miss:
    """A promise that was missed: what it was about, when it was due, and when it was done at last, if it was."""

    promise_id: int
    kind: Kind
    subject_no: str
    due_at: datetime
    fulfilled_at: datetime | None


def period(now: datetime, months: int) -> tuple[datetime, datetime]:
    """From the first moment of the month `months` - 1 ago to the end of this one, both in Bangkok."""
    this = business_day(now).replace(day=1)
    return at(_months_on(this, 1 - months)), at(_months_on(this, 1))


def attainment(
    session: Session, *, since: datetime, until: datetime, customer: Customer | None = None
) -> list[Row]:
    """Each kind of promise that fell due from `since` until before `until`, to everybody or to one customer."""
    query = _counted(select(Promise.kind), since, until, customer).group_by(Promise.kind)
    found = {Kind(row.kind): _row(row) for row in session.execute(query)}
    return [found[kind] for kind in Kind if kind in found]


def trend(
    session: Session, *, since: datetime, until: datetime, customer: Customer | None = None
) -> dict[Kind, list[Month]]:
    """The same month by month, oldest first, without gaps; kinds that nothing was promised of are left out."""
    month = business_month(Promise.due_at).label("month")
    query = _counted(select(month, Promise.kind), since, until, customer).group_by(month, Promise.kind)
    found: dict[Kind, dict[str, Row]] = {}
    for row in session.execute(query):
        found.setdefault(Kind(row.kind), {})[row.month] = _row(row)
    months = list(_months(business_day(since), business_day(until - A_MOMENT)))
    return {
        kind: [Month(first, found[kind].get(f"{first:%Y-%m}", Row(kind))) for first in months]
        for kind in Kind
        if kind in found
    }


def worst_customers(session: Session, *, since: datetime, until: datetime) -> dict[Kind, list[Sufferer]]:
    """By kind the customers with the most promises missed, at most five each; of equals those with fewer kept first."""
    missed, kept = _count(PromiseState.MISSED), _count(PromiseState.KEPT)
    counted = _counted(select(Promise.kind, Promise.customer_id), since, until, None)
    place = (
        func.row_number()
        .over(partition_by=Promise.kind, order_by=(missed.desc(), kept, Promise.customer_id))
        .label("place")
    )
    ranked = (
        counted.add_columns(place).group_by(Promise.kind, Promise.customer_id).having(missed > 0).subquery()
    )
    query = (
        select(Customer, ranked)
        .join(ranked, ranked.c.customer_id == Customer.id)
        .where(ranked.c.place <= WORST)
        .order_by(ranked.c.place)
    )
    found: dict[Kind, list[Sufferer]] = {}
    for row in session.execute(query):
        found.setdefault(Kind(row.kind), []).append(Sufferer(row[0], _row(row)))
    return found


def missed_most(
    session: Session, *, since: datetime, until: datetime, limit: int = WORST
) -> list[tuple[Customer, int, int]]:
    """The customers with the most promises missed of any kind: how many, of how many kept or missed."""
    counted = _counted(select(Promise.customer_id), since, until, None).group_by(Promise.customer_id)
    missed, kept = _count(PromiseState.MISSED), _count(PromiseState.KEPT)
    worst = (
        counted.having(missed > 0).order_by(missed.desc(), kept, Promise.customer_id).limit(limit).subquery()
    )
    query = (
        select(Customer, worst.c.missed, worst.c.missed + worst.c.kept)
        .join(worst, worst.c.customer_id == Customer.id)
        .order_by(worst.c.missed.desc(), worst.c.kept, Customer.id)
    )
    return [(customer, count, cases) for customer, count, cases in session.execute(query)]


def misses(
    session: Session, customer: Customer, *, since: datetime, until: datetime, limit: int = 10
) -> list[Miss]:
    """The promises to a customer that were missed in a period, the latest due first."""
    query = (
        select(Promise.id, Promise.kind, Promise.subject_no, Promise.due_at, Promise.fulfilled_at)
        .where(
            Promise.customer_id == customer.id,
            Promise.state == PromiseState.MISSED,
            Promise.due_at >= since,
            Promise.due_at < until,
        )
        .order_by(Promise.due_at.desc(), Promise.id.desc())
        .limit(limit)
    )
    return [
        Miss(row.id, Kind(row.kind), row.subject_no, row.due_at, row.fulfilled_at)
        for row in session.execute(query)
    ]


def _counted(query: Any, since: datetime, until: datetime, customer: Customer | None) -> Any:
    """The counts of a row, for the promises due in the period."""
    watched = cast(func.sum(case((Promise.state.in_(WATCHED), 1), else_=0)), Integer)
    counted = query.add_columns(
        func.count().label("cases"),
        _count(PromiseState.KEPT).label("kept"),
        _count(PromiseState.MISSED).label("missed"),
        watched.label("open"),
        _count(PromiseState.WAIVED).label("waived"),
    ).where(Promise.due_at >= since, Promise.due_at < until, Promise.state != PromiseState.WITHDRAWN)
    return counted if customer is None else counted.where(Promise.customer_id == customer.id)


def _count(state: PromiseState) -> ColumnElement[int]:
    return cast(func.sum(case((Promise.state == state, 1), else_=0)), Integer)


def _row(row: Any) -> Row:
    return Row(Kind(row.kind), row.cases, row.kept, row.missed, row.open, row.waived)


def _months(first: date, last: date) -> Iterable[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _months_on(month, 1)


def _months_on(month: date, count: int) -> date:
    """The first day of the month so many months later."""
    counted = month.year * 12 + month.month - 1 + count
    return date(counted // 12, counted % 12 + 1, 1)
