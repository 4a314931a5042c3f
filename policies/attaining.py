"""Attainment: how many promises were kept, by clause and by kind, counted from the promises and never typed in.

A promise counts in the period of its last agreed due time, and is judged by the version it was made under. What was
withdrawn is no case; what is exempt is a case but neither kept nor missed:

    cases = kept + missed + exempt + open
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from policies.kinds import PLACE, Kind
from policies.models import PolicyVersion, ServiceLevel
from policies.owed import word
from policies.periods import months_on
from policies.promises import WATCHED, Promise, PromiseState
from portal.clock import at, business_day
from portal.customers.models import Customer
from portal.db import business_month
from portal.money import BASIS_POINTS

A_MOMENT = timedelta(microseconds=1)
NO_LEVEL = 0
"""Asked for in place of a service level: the promises that were brought in without one."""


Under = tuple[int | None, int | None]
"""The level that promises were made under, or else the one of which they settle what a miss is worth."""
UNDER = (Promise.service_level_id, Promise.settles_level_id)
KEPT_FIRST = (Promise.fulfilled_at <= Promise.original_due_at) | (
    Promise.tolerated_until.is_not(None) & (Promise.due_at == Promise.original_due_at)
)
"""Done by the time first promised: with the tolerance of its standard unless another time was agreed since."""


@dataclass(frozen=True)
class Row:
    """Promises of one kind: all cases, and how many of them were kept, missed, are still open, or are exempt.

    Of those kept or missed, `kept_first` were done by the time first promised, and `moved` had another time in the end.
    What is owed and paid for the misses is in minor units, by currency.
    """

    kind: Kind
    cases: int = 0
    kept: int = 0
    missed: int = 0
    open: int = 0
    exempt: int = 0
    kept_first: int = 0
    moved: int = 0
    owed: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        """The cases that the share is taken of: those kept or missed."""
        return self.kept + self.missed

    @property
    def of_one(self) -> float | None:
        """The share kept, as a fraction of one; None while nothing is judged."""
        return self.kept / self.judged if self.judged else None

    @property
    def first_of_one(self) -> float | None:
        """The share done by the time first promised, of the same cases."""
        return self.kept_first / self.judged if self.judged else None

    def __add__(self, other: "Row") -> "Row":
        return replace(self, **{f.name: _sum(getattr(self, f.name), getattr(other, f.name)) for f in _COUNTS})


_COUNTS = [one for one in fields(Row) if one.name != "kind"]


@dataclass(frozen=True)
class Attained:
    """What became of the promises of one clause; `level` is None for those brought in without a policy.

    Those to credit in time what a miss is worth may have no level either, but the one that they `settles` says of it.
    """

    level: ServiceLevel | None
    row: Row
    settles: ServiceLevel | None = None

    @property
    def kind(self) -> Kind:
        """What the clause measures."""
        return self.row.kind

    @property
    def target(self) -> float | None:
        """The share that the version promises, as a fraction of one."""
        return self.level.target_bp / BASIS_POINTS if self.level else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none or nothing is judged yet."""
        if self.target is None or self.row.of_one is None:
            return None
        return self.row.of_one >= self.target


@dataclass(frozen=True)
class Month:
    """The promises of one kind that were due in a month."""

    first_day: date
    row: Row


@dataclass(frozen=True)
class Asked:
    """Which promises are counted: due from `since` until before `until`, and all of them but for what else is said."""

    since: datetime
    until: datetime
    customer: Customer | None = None
    kind: Kind | None = None
    policy_id: int | None = None
    version_id: int | None = None
    level_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as the database is asked it; withdrawn promises are no cases."""
        said = [
            Promise.due_at >= self.since,
            Promise.due_at < self.until,
            Promise.state != word(PromiseState.WITHDRAWN),
        ]
        if self.customer is not None:
            said.append(Promise.customer_id == self.customer.id)
        if self.kind is not None:
            said.append(Promise.kind == self.kind)
        if self.policy_id is not None:
            of_policy = select(PolicyVersion.id).where(PolicyVersion.policy_id == self.policy_id)
            said.append(Promise.version_id.in_(of_policy))
        if self.version_id is not None:
            said.append(Promise.version_id == self.version_id)
        if self.level_id == NO_LEVEL:
            said += [Promise.service_level_id.is_(None), Promise.settles_level_id.is_(None)]
        elif self.level_id is not None and self.kind is Kind.SETTLEMENT:
            said.append(
                or_(*(one == self.level_id for one in (Promise.service_level_id, Promise.settles_level_id)))
            )
        elif self.level_id is not None:
            said.append(Promise.service_level_id == self.level_id)
        return said


def period(now: datetime, months: int) -> tuple[datetime, datetime]:
    """From the first moment of the month `months` - 1 ago to the end of this one, both in Bangkok."""
    this = business_day(now).replace(day=1)
    return at(months_on(this, 1 - months)), at(months_on(this, 1))


def month_of(first: date) -> tuple[datetime, datetime]:
    """From the first moment of a month to its end, in Bangkok."""
    return at(first.replace(day=1)), at(months_on(first, 1))


def by_clause(session: Session, asked: Asked) -> list[Attained]:
    """Each clause under which something was promised, kind by kind, the latest version first.

    Promises that were brought in come last of their kind. Each clause is judged by its own version for ever.
    """
    found = rows_by_clause(session, asked)
    levels = _levels(session, [id_ for _, under in found for id_ in under if id_ is not None])
    made = [
        Attained(levels.get(level_id or 0), row, levels.get(settles_id or 0))
        for (_, (level_id, settles_id)), row in found.items()
    ]
    return sorted(made, key=_place)


def rows_by_clause(session: Session, asked: Asked) -> dict[tuple[str, Under], Row]:
    """The figures of what was promised, by its kind and what it was made under; one query."""
    key = (Promise.kind, *UNDER, Promise.owed_currency)
    found: dict[tuple[str, Under], Row] = {}
    for row in session.execute(counted(select(*key), asked).group_by(*key)):
        clause = row.kind, under_of(row)
        found[clause] = row_of(row) + found[clause] if clause in found else row_of(row)
    return found


def under_of(row: Any) -> Under:
    """What the promises of a row that was counted by `UNDER` were made under."""
    return row.service_level_id, row.settles_level_id


def attainment(
    session: Session, *, since: datetime, until: datetime, customer: Customer | None = None
) -> list[Row]:
    """Each kind of promise that fell due from `since` until before `until`, to everybody or to one customer."""
    key = (Promise.kind, Promise.owed_currency)
    asked = Asked(since, until, customer)
    return together([row_of(row) for row in session.execute(counted(select(*key), asked).group_by(*key))])


def together(rows: Iterable[Row]) -> list[Row]:
    """One row for each kind, in the order of the kinds."""
    found: dict[Kind, Row] = {}
    for row in rows:
        found[row.kind] = found[row.kind] + row if row.kind in found else row
    return [found[kind] for kind in Kind if kind in found]


def trend(
    session: Session, *, since: datetime, until: datetime, customer: Customer | None = None
) -> dict[Kind, list[Month]]:
    """The same month by month, oldest first, without gaps; kinds that nothing was promised of are left out."""
    return trend_of(session, Asked(since, until, customer))


def trend_of(session: Session, asked: Asked) -> dict[Kind, list[Month]]:
    """The promises asked for month by month, as with `trend`."""
    month = business_month(Promise.due_at).label("month")
    key = (month, Promise.kind, Promise.owed_currency)
    found: dict[Kind, dict[str, Row]] = {}
    for row in session.execute(counted(select(*key), asked).group_by(*key)):
        of_kind = found.setdefault(Kind(row.kind), {})
        of_kind[row.month] = of_kind[row.month] + row_of(row) if row.month in of_kind else row_of(row)
    months = list(_months(business_day(asked.since), business_day(asked.until - A_MOMENT)))
    return {
        kind: [Month(first, found[kind].get(f"{first:%Y-%m}", Row(kind))) for first in months]
        for kind in Kind
        if kind in found
    }


def counted(query: Select[*tuple[Any, ...]], asked: Asked, *, money: bool = True) -> Select[*tuple[Any, ...]]:
    """The counts of a row added to a question, for the promises asked for."""
    judged = Promise.state.in_((word(PromiseState.KEPT), word(PromiseState.MISSED)))
    counts = [
        func.count().label("cases"),
        count_of(PromiseState.KEPT).label("kept"),
        count_of(PromiseState.MISSED).label("missed"),
        func.count().filter(Promise.state.in_([word(one) for one in WATCHED])).label("open"),
        count_of(PromiseState.WAIVED).label("exempt"),
        func.count().filter(judged, KEPT_FIRST).label("kept_first"),
        func.count().filter(judged, Promise.due_at != Promise.original_due_at).label("moved"),
    ]
    if money:
        counts += [func.sum(Promise.owed_minor).label("owed"), func.sum(Promise.paid_minor).label("paid")]
    return query.add_columns(*counts).where(*asked.conditions())


def count_of(state: PromiseState) -> ColumnElement[int]:
    """How many are in a state."""
    return func.count().filter(Promise.state == word(state))


def row_of(row: Any, *, money: bool = True) -> Row:
    """The row of what `counted` was answered."""
    facts = (row.cases, row.kept, row.missed, row.open, row.exempt, row.kept_first, row.moved)
    if not money or not row.owed_currency:
        return Row(Kind(row.kind), *facts)
    owed, paid = int(row.owed or 0), int(row.paid or 0)
    return Row(
        Kind(row.kind),
        *facts,
        {row.owed_currency: owed} if owed else {},
        {row.owed_currency: paid} if paid else {},
    )


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {
            currency: one.get(currency, 0) + other.get(currency, 0) for currency in sorted({*one, *other})
        }
    return one + other


def _levels(session: Session, ids: Sequence[int]) -> dict[int, ServiceLevel]:
    query = select(ServiceLevel).where(ServiceLevel.id.in_(ids))
    with_policy = query.options(joinedload(ServiceLevel.version).joinedload(PolicyVersion.policy))
    return {level.id: level for level in session.scalars(with_policy)} if ids else {}


def _place(one: Attained) -> tuple[int, bool, str, int, int]:
    level = one.level or one.settles
    if level is None:
        return PLACE[one.kind], True, "", 0, 0
    return PLACE[one.kind], False, level.version.policy.code, -level.version.number, level.id


def _months(first: date, last: date) -> Iterable[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = months_on(month, 1)
