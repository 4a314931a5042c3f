"""The figures of a service report: what became of the promises of a period, and how each standard was kept before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from policies.attaining import Asked, Row, Under
from policies.kinds import PLACE, RATE_KINDS, Every, Kind
from policies.models import PolicyVersion, Scope, ServiceLevel
from policies.periods import Period, period_with
from policies.promises import Promise
from policies.report_counts import (
    ALL,
    Counted,
    Figures,
    Judged,
    counted_in,
    judged_elsewhere,
    promises_shares,
    together,
)
from policies.terms import Clause, clause_of
from portal.customers.models import Customer
from portal.feature import Rate
from portal.money import BASIS_POINTS
from portal.recording import rates_of

BACK = {Every.WEEK: 12, Every.MONTH: 6, Every.QUARTER: 4}
"""Over how many periods, the one reported on included, a report shows how a standard was kept."""
SETTLES = "settles-"
"""Before the level of a line about crediting in time what its misses are worth."""

Standard = tuple[str, str]
"""A kind and where it holds: the same over all versions of a policy."""


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
    found = counted_in(session, version, period.ending_here(BACK[period.every]), ids)
    levels = _levels(session, version)
    shared = _rates(session, version, period, ids) if shares else {}
    judged = judged_elsewhere(session, version, levels, period, ids, ids, shares=shares)
    return {
        customer.id: _figures(
            version,
            period,
            levels,
            found.get(customer.id, {}),
            together(shared.get(customer.id, [])),
            {every: one.of(customer.id) for every, one in judged.items()},
        )
        for customer in customers
    }


def figures_of_all(session: Session, version: PolicyVersion, period: Period) -> Figures:
    """The figures over all customers; shares of what was done are those of the customers promised something.

    For the policy for everybody they are those of all customers there are.
    """
    found = counted_in(session, version, period.ending_here(BACK[period.every]), None).get(ALL, {})
    promised: Collection[int] | None = None
    if version.policy.scope != Scope.DEFAULT and promises_shares(version):
        promised = session.scalars(select(Customer.id).where(promised_to(version, period))).all()
    theirs = _rates(session, version, period, promised)
    shared = together(rate for rates in theirs.values() for rate in rates)
    levels = _levels(session, version)
    judged = judged_elsewhere(session, version, levels, period, None, promised)
    return _figures(
        version, period, levels, found, shared, {every: one.of(ALL) for every, one in judged.items()}
    )


def promised_to(version: PolicyVersion, period: Period) -> ColumnElement[bool]:
    """The customers who had a promise under a policy that fell due in a period."""
    asked = Asked(period.since, period.until, policy_id=version.policy_id)
    return Customer.id.in_(select(Promise.customer_id).where(*asked.conditions()))


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
    judged: Mapping[Every, Judged],
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
                line = _rate_line(level, shared[kind], periods)
                lines.append(line | _verdict(level, (level.id, None), judged))
            continue
        under = level.id, None
        row = current.get(under, Row(kind))
        line = _line(level, row, trend.get(_standard(levels, under), empty))
        lines.append(line | _verdict(level, under, judged))
    settled = [levels[settles_id] for _level, settles_id in current if settles_id is not None]
    for level in sorted(settled, key=_place):
        under = None, level.id
        line = _settling_line(level, current[under], trend[_standard(levels, under)])
        lines.append(line | _verdict(level, under, judged))
    return {"periods": [one.first.isoformat() for one in periods], "lines": lines}


def _verdict(level: ServiceLevel, under: Under, judged: Mapping[Every, Judged]) -> Figures:
    """On what the target of a level is judged, where that is another period than the report's."""
    other = judged.get(Every(level.review_every))
    return {"judged_on": other.of_level(level, under)} if other else {}


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


def _rates(
    session: Session, version: PolicyVersion, period: Period, customers: Collection[int] | None
) -> Mapping[int, Sequence[Rate]]:
    """The shares of these customers by id, or of everybody, with their months; none where none is promised."""
    if not promises_shares(version):
        return {}
    whole = period if period.every is Every.WEEK else period.ending_here(BACK[period.every])[0]
    return rates_of(session, whole.since, period.until, customers)


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
