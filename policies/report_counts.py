"""What a service report counts: promises by period and by what they were made under, and shares, of its customers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, literal, select
from sqlalchemy.orm import Session

from policies.attaining import UNDER, Asked, Row, Under, counted, row_of, under_of
from policies.kinds import RATE_KINDS, Every, Kind
from policies.models import PolicyVersion, ServiceLevel
from policies.periods import Period
from policies.promises import Promise
from portal.feature import Rate
from portal.recording import EVERYBODY, rates_of

ALL = EVERYBODY
"""In place of a customer's id: everybody whom the policy promised something."""
Figures = dict[str, Any]
Counted = dict[tuple[int, Under], Row]
"""Promises by the place of their period in the trend, and by what they were made under."""


@dataclass(frozen=True)
class Judged:
    """The promises and the shares of the period on which targets are judged, by customer."""

    period: Period
    found: Mapping[int, Counted]
    shared: Mapping[int, Sequence[Rate]]

    def of(self, customer_id: int) -> "Judged":
        """The same of one customer; of ALL the promises are counted together, and the shares added up."""
        theirs = self.shared.values() if customer_id == ALL else [self.shared.get(customer_id, [])]
        return Judged(
            self.period,
            {ALL: self.found.get(customer_id, {})},
            {ALL: [rate for one in theirs for rate in one]},
        )

    def of_level(self, level: ServiceLevel, under: Under) -> Figures:
        """How a level was kept in it: how many of how many cases that were kept or missed."""
        kind = Kind(level.kind)
        if kind in RATE_KINDS:
            rate = together(self.shared[ALL]).get(kind)
            kept, cases = (rate.good, rate.cases) if rate else (0, 0)
        else:
            row = self.found[ALL].get((0, under), Row(kind))
            kept, cases = row.kept, row.judged
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        return {"every": self.period.every, "first": first, "last": last, "kept": kept, "judged": cases}


def judged_elsewhere(
    session: Session,
    version: PolicyVersion,
    levels: Mapping[int, ServiceLevel],
    period: Period,
    customers: Collection[int] | None,
    sharing: Collection[int] | None,
    *,
    shares: bool = True,
) -> dict[Every, Judged]:
    """For each length of time on which a target is judged, but for that of the report: how it was kept then."""
    found: dict[Every, Judged] = {}
    for every in sorted({Every(level.review_every) for level in levels.values()} - {period.every}):
        last = period.judges(every)
        rates = (
            rates_of(session, last.since, last.until, sharing) if shares and promises_shares(version) else {}
        )
        found[every] = Judged(last, counted_in(session, version, [last], customers), rates)
    return found


def counted_in(
    session: Session, version: PolicyVersion, periods: Sequence[Period], customers: Collection[int] | None
) -> Mapping[int, Counted]:
    """The promises of a policy by the place of these periods, and by customer, or of ALL together; one query."""
    last = literal(len(periods) - 1)
    ends = [(Promise.due_at < one.until, place) for place, one in enumerate(periods[:-1])]
    nth = case(*ends, else_=last) if ends else last
    asked = Asked(periods[0].since, periods[-1].until, policy_id=version.policy_id)
    key = [nth.label("nth"), Promise.kind, *UNDER, Promise.owed_currency]
    groups: list[Any] = [*(["nth"] if ends else []), *key[1:]]
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


def promises_shares(version: PolicyVersion) -> bool:
    """Whether a version promises a share of what is done."""
    return any(Kind(level.kind) in RATE_KINDS for level in version.levels)


def together(rates: Iterable[Rate]) -> dict[Kind, Rate]:
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
