"""Whether each target was reached: judged on the last whole week, month or quarter, as its version says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from policies.attaining import Asked, Attained, Row, rows_by_clause
from policies.kinds import Every, Kind
from policies.models import ServiceLevel
from policies.periods import Period, period_with
from portal.clock import business_day
from portal.customers.models import Customer
from portal.money import BASIS_POINTS
from portal.recording import rates


@dataclass(frozen=True)
class Verdict:
    """How a standard was kept in the period on which its target is judged; `of_one` is None where nothing fell due."""

    every: Every
    period: Period
    judged: int
    of_one: float | None
    target: float

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None where nothing was judged."""
        return None if self.of_one is None else self.of_one >= self.target


def last_whole(every: Every, now: datetime) -> Period:
    """The last week, month or quarter that is over."""
    return period_with(every, business_day(now)).back(1)


def verdicts(
    session: Session, clauses: Iterable[Attained], asked: Asked, *, now: datetime
) -> dict[int, Verdict]:
    """Each of these clauses on its last whole period of review, by the id of its level.

    For those customers and policies that are asked for, whatever the time asked for. One question for each length.
    """
    levels = {one.level.id: one.level for one in clauses if one.level is not None}
    found: dict[int, Verdict] = {}
    for every in sorted({Every(level.review_every) for level in levels.values()}):
        period = last_whole(every, now)
        counted = rows_by_clause(session, replace(asked, since=period.since, until=period.until))
        rows = {level_id: row for (_, (level_id, _)), row in counted.items() if level_id is not None}
        for level in levels.values():
            if level.review_every == every:
                row = rows.get(level.id, Row(Kind(level.kind)))
                found[level.id] = _verdict(level, period, row.judged, row.of_one)
    return found


def rate_verdicts(
    session: Session,
    levels: Mapping[Kind, ServiceLevel],
    kinds: Iterable[str],
    customer: Customer | None,
    *,
    now: datetime,
) -> dict[Kind, Verdict]:
    """The same of those of these levels that promise a share of one of these kinds."""
    promised = [levels[Kind(kind)] for kind in kinds if Kind(kind) in levels]
    found: dict[Kind, Verdict] = {}
    for every in sorted({Every(level.review_every) for level in promised}):
        period = last_whole(every, now)
        counted = {rate.kind: rate for rate in rates(session, period.since, period.until, customer)}
        for level in promised:
            if level.review_every == every:
                rate = counted.get(level.kind)
                share = (rate.cases, rate.of_one) if rate else (0, None)
                found[Kind(level.kind)] = _verdict(level, period, *share)
    return found


def _verdict(level: ServiceLevel, period: Period, judged: int, of_one: float | None) -> Verdict:
    return Verdict(period.every, period, judged, of_one, level.target_bp / BASIS_POINTS)
