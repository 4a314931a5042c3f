"""The figures of a service report: what became of the promises of a period, and how each standard was kept before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session, joinedload

from policies.attaining import UNDER, Asked, Row, Under, counted, row_of, under_of
from policies.kinds import PLACE, RATE_KINDS, Every, Kind
from policies.models import PolicyVersion, Scope, ServiceLevel
from policies.periods import Period, period_with
from policies.promises import Promise
from policies.terms import Clause, clause_of
from portal.customers.models import Customer
from portal.feature import Rate
from portal.money import BASIS_POINTS
from portal.recording import EVERYBODY, rates_of

BACK = {Every.WEEK: 12, Every.MONTH: 6, Every.QUARTER: 4}
"""Over how many periods, the one reported on included, a report shows how a standard was kept."""
SETTLES = "settles-"
"""Before the level of a line about crediting in time what its misses are worth."""
ALL = EVERYBODY
"""In place of a customer's id: everybody whom the policy promised something."""

Figures = dict[str, Any]
Standard = tuple[str, str]
"""A kind and where it holds: the same over all versions of a policy."""
Counted = dict[tuple[int, Under], Row]
"""Promises by the place of their period in the trend, and by what they were made under."""


def figures_of(
    session: Session,
    version: PolicyVersion,
    period: Period,
    customers: Sequence[Customer],
    *,
    shares: bool = True,
) -> dict[int, Figures]:
    """The figures of each of these customers, by their id.

    Without the `shares` of what was done it takes as many questions for many customers as for one.
    """
    ids = [customer.id for customer in customers]
    found = _counted(session, version, period, ids)
    levels = _levels(session, version)
    shared = _rates(session, version, period, ids) if shares else {}
    return {
        customer.id: _figures(
            version,
            period,
            levels,
            found.get(customer.id, {}),
            _together(shared.get(customer.id, [])),
        )
        for customer in customers
    }


def figures_of_all(session: Session, version: PolicyVersion, period: Period) -> Figures:
    """The figures over all customers; shares of what was done are those of the customers promised something.

    For the policy for everybody they are those of all customers there are.
    """
    found = _counted(session, version, period, None).get(ALL, {})
    promised: Collection[int] | None = None
    if version.policy.scope != Scope.DEFAULT and _promises_shares(version):
        promised = session.scalars(select(Customer.id).where(promised_to(version, period))).all()
    theirs = _rates(session, version, period, promised)
    shared = _together(rate for rates in theirs.values() for rate in rates)
    return _figures(version, period, _levels(session, version), found, shared)


def promised_to(version: PolicyVersion, period: Period) -> ColumnElement[bool]:
    """The customers who had a promise under a policy that fell due in a period."""
    asked = Asked(period.since, period.until, policy_id=version.policy_id)
    return Customer.id.in_(select(Promise.customer_id).where(*asked.conditions()))


def _counted(
    session: Session, version: PolicyVersion, period: Period, customers: Collection[int] | None
) -> Mapping[int, Counted]:
    periods = period.ending_here(BACK[period.every])
    nth = case(
        *((Promise.due_at < one.until, place) for place, one in enumerate(periods[:-1])),
        else_=len(periods) - 1,
    )
    asked = Asked(periods[0].since, period.until, policy_id=version.policy_id)
    key = [nth.label("nth"), Promise.kind, *UNDER, Promise.owed_currency]
    groups: list[Any] = ["nth", *key[1:]]
    if customers is not None:
        key.append(Promise.customer_id)
        groups.append(Promise.customer_id)
    query = counted(select(*key), asked).group_by(*groups)
    if customers is not None:
        query = query.where(Promise.customer_id.in_(customers))
    found: dict[int, Counted] = {}
    for row in session.execute(query):
        whose = found.setdefault(row.customer_id if customers is not None else ALL, {})
        place = row.nth, under_of(row)
        whose[place] = row_of(row) + whose[place] if place in whose else row_of(row)
    return found


def _levels(session: Session, version: PolicyVersion) -> dict[int, ServiceLevel]:
    query = (
        select(ServiceLevel)
        .join(ServiceLevel.version)
        .where(PolicyVersion.policy_id == version.policy_id)
        .options(joinedload(ServiceLevel.version))
    )
    return {level.id: level for level in session.scalars(query)}


def _figures(
    version: PolicyVersion,
    period: Period,
    levels: Mapping[int, ServiceLevel],
    found: Counted,
    shared: Mapping[Kind, Rate],
) -> Figures:
    periods = period.ending_here(BACK[period.every])
    here = len(periods) - 1
    trend: dict[Standard, list[list[int]]] = {}
    for (nth, under), row in found.items():
        points = trend.setdefault(_standard(levels, under), [[0, 0] for _one in periods])
        points[nth] = [points[nth][0] + row.kept, points[nth][1] + row.judged]
    current = {under: row for (nth, under), row in found.items() if nth == here}
    shown = {level_id: levels[level_id] for level_id, _settles in current if level_id is not None}
    shown |= {level.id: level for level in levels.values() if level.version_id == version.id}
    empty = [[0, 0] for _one in periods]
    lines = []
    for level in sorted(shown.values(), key=_place):
        kind = Kind(level.kind)
        if kind in RATE_KINDS:
            if kind in shared:
                lines.append(_rate_line(level, shared[kind], periods))
            continue
        under = level.id, None
        row = current.get(under, Row(kind))
        lines.append(_line(level, row, trend.get(_standard(levels, under), empty)))
    settled = [levels[settles_id] for _level, settles_id in current if settles_id is not None]
    for level in sorted(settled, key=_place):
        under = None, level.id
        lines.append(_settling_line(level, current[under], trend[_standard(levels, under)]))
    return {"periods": [one.first.isoformat() for one in periods], "lines": lines}


def _line(level: ServiceLevel, row: Row, trend: Sequence[Sequence[int]]) -> Figures:
    return {
        "key": str(level.id),
        "version": level.version.number,
        "clause": clause_of(level).as_facts(),
        "cases": row.cases,
        "kept": row.kept,
        "missed": row.missed,
        "exempt": row.exempt,
        "open": row.open,
        "kept_first": row.kept_first,
        "moved": row.moved,
        "owed": row.owed,
        "paid": row.paid,
        "base": "",
        "trend": [list(point) for point in trend],
    }


def _settling_line(level: ServiceLevel, row: Row, trend: Sequence[Sequence[int]]) -> Figures:
    """The promises to credit in time what a miss of this level is worth; of them a version allows none to be late."""
    clause = Clause(
        Kind.SETTLEMENT,
        level.settle_days,
        target_bp=BASIS_POINTS,
        provinces=clause_of(level).provinces,
        review_every=Every(level.review_every),
    )
    key = f"{SETTLES}{level.id}"
    return {**_line(level, row, trend), "key": key, "clause": clause.as_facts()}


def _rate_line(level: ServiceLevel, rate: Rate, periods: Sequence[Period]) -> Figures:
    points = _points(rate, periods)
    good, cases = points[-1]
    row = Row(Kind(level.kind), cases=cases, kept=good, missed=cases - good)
    return {**_line(level, row, points), "base": rate.base}


def _points(rate: Rate, periods: Sequence[Period]) -> list[list[int]]:
    """How many cases of each period were good, of how many; of weeks only the last is counted."""
    if periods[-1].every is Every.WEEK:
        return [[0, 0] for _one in periods[:-1]] + [[rate.good, rate.cases]]
    return [_within(rate, one) for one in periods]


def _within(rate: Rate, period: Period) -> list[int]:
    months = [
        counts for month, counts in rate.months.items() if period.first <= _first_of(month) <= period.last
    ]
    return [sum(good for _cases, good in months), sum(cases for cases, _good in months)]


def _promises_shares(version: PolicyVersion) -> bool:
    return any(Kind(level.kind) in RATE_KINDS for level in version.levels)


def _rates(
    session: Session, version: PolicyVersion, period: Period, customers: Collection[int] | None
) -> Mapping[int, Sequence[Rate]]:
    """The shares of these customers by id, or of everybody, with their months; none where none is promised."""
    if not _promises_shares(version):
        return {}
    whole = period if period.every is Every.WEEK else period.ending_here(BACK[period.every])[0]
    return rates_of(session, whole.since, period.until, customers)


def _together(rates: Iterable[Rate]) -> dict[Kind, Rate]:
    """One share for each kind, over all of these."""
    found: dict[Kind, Rate] = {}
    for rate in rates:
        kind = Kind(rate.kind)
        found[kind] = _sum(found[kind], rate) if kind in found else rate
    return found


def _sum(one: Rate, other: Rate) -> Rate:
    months = dict(one.months)
    for month, (cases, good) in other.months.items():
        before = months.get(month, (0, 0))
        months[month] = (before[0] + cases, before[1] + good)
    return Rate(one.kind, one.cases + other.cases, one.good + other.good, months, one.base)


def _first_of(month: str) -> date:
    year, number = month.split("-")
    return date(int(year), int(number), 1)


def _standard(levels: Mapping[int, ServiceLevel], under: Under) -> Standard:
    level_id, settles_id = under
    level = levels[level_id or settles_id or 0]
    kind = level.kind if settles_id is None else f"{SETTLES}{level.kind}"
    return kind, level.provinces


def _place(level: ServiceLevel) -> tuple[int, bool, str, int]:
    return PLACE[Kind(level.kind)], bool(level.provinces), level.provinces, -level.version.number


def periods_of(figures: Figures, every: Every) -> list[Period]:
    """The periods of the trend that figures hold, the oldest first."""
    return [period_with(every, date.fromisoformat(first)) for first in figures["periods"]]
