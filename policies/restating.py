"""A period is stated again when what was reported of it has changed since; both statements stay on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from policies.models import Policy
from policies.report_counts import Figures
from policies.report_figures import figures_of
from policies.report_sheets import COUNTS, Line, lines_of, money_of, period_of
from policies.reporting import figures_now, state
from policies.reports import ServiceReport, restated
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_, quantity_text
from portal.refusal import Refused

LONGEST_WHY = 500
MOST_OTHERS = 100
AMOUNTS = ("owed", "paid")
TITLES = {
    "cases": N_("Cases"),
    "kept": N_("Kept"),
    "missed": N_("Missed"),
    "exempt": N_("Exempt"),
    "open": N_("Open"),
    "owed": N_("Compensation owed"),
    "paid": N_("Compensation credited"),
}


@dataclass(frozen=True)
class Change:
    """One figure of a line that is otherwise now: what was reported, what it would be, and by how much that differs."""

    title: str
    before: str
    after: str
    by: str


@dataclass(frozen=True)
class Difference:
    """A line of a report some of whose figures would now be others."""

    line: Line
    changes: tuple[Change, ...]


def differences(session: Session, report: ServiceReport) -> list[Difference]:
    """Which lines of a report would now differ, and by how much; of one that was restated, none."""
    if not is_latest(session, report):
        return []
    period = period_of(report)
    return compare(report, figures_now(session, report.version, period, report.customer))


def others_differing(session: Session, report: ServiceReport) -> list[ServiceReport]:
    """The customers' reports of the period of a policy's own report whose promises would now differ too.

    The first of very many; none for the report of one customer.
    """
    if report.customer_id is not None:
        return []
    period = period_of(report)
    query = (
        select(ServiceReport)
        .where(
            ServiceReport.policy_code == report.policy_code,
            ServiceReport.every == report.every,
            ServiceReport.first_day == report.first_day,
            ServiceReport.customer_id.is_not(None),
            ~restated(),
        )
        .order_by(ServiceReport.id)
        .options(joinedload(ServiceReport.customer))
        .limit(MOST_OTHERS)
    )
    latest = session.scalars(query).all()
    customers = [one.customer for one in latest if one.customer is not None]
    figures = figures_of(session, report.version, period, customers, shares=False)
    return [one for one in latest if _promises_differ(one, figures[one.customer_id or 0])]


def _promises_differ(report: ServiceReport, figures: Figures) -> bool:
    return any(not one.line.base for one in compare(report, figures))


def compare(report: ServiceReport, figures: Mapping[str, Any]) -> list[Difference]:
    """What differs between a report and other figures of the same period."""
    every = period_of(report).every
    before = {line.key: line for line in lines_of(report.figures, every)}
    after = {line.key: line for line in lines_of(figures, every)}
    found = []
    for key in dict.fromkeys([*after, *before]):
        line = after.get(key) or before[key]
        changes = _changes(before.get(key), after.get(key))
        if changes:
            found.append(Difference(line, tuple(changes)))
    return found


def restate(session: Session, report: ServiceReport, why: str, *, by: User, now: datetime) -> ServiceReport:
    """State a reported period again with the figures as they are now, and send it as corrected to the same readers.

    Refused without a reason, when a later statement stands beside it already, and when nothing has changed.
    """
    why = why.strip()
    if not why:
        raise Refused(N_("Say why the period is stated again."), field="why")
    if len(why) > LONGEST_WHY:
        raise Refused(N_("At most %(most)s characters."), field="why", most=LONGEST_WHY)
    lock(session, Policy, [report.version.policy_id])
    if not is_latest(session, report):
        raise Refused(N_("This period has been stated again already; look at the latest statement."))
    period = period_of(report)
    figures: Figures = figures_now(session, report.version, period, report.customer)
    if not compare(report, figures):
        raise Refused(N_("The figures are still those of the report, so there is nothing to state again."))
    return state(
        session,
        report.version,
        period,
        report.customer,
        figures,
        report.statement + 1,
        why,
        by=by,
        now=now,
    )


def is_latest(session: Session, report: ServiceReport) -> bool:
    """Whether no later statement of the same period to the same reader is on record."""
    latest = select(func.max(ServiceReport.statement)).where(*same_period(report))
    return session.scalar(latest) == report.statement


def statements(session: Session, report: ServiceReport) -> Sequence[ServiceReport]:
    """Every statement of the period of a report to the same reader, the first first."""
    query = select(ServiceReport).where(*same_period(report)).order_by(ServiceReport.statement)
    return session.scalars(query).all()


def same_period(report: ServiceReport) -> list[Any]:
    """The statements of the period of a report to the same reader."""
    return [
        ServiceReport.policy_code == report.policy_code,
        ServiceReport.reader == report.reader,
        ServiceReport.every == report.every,
        ServiceReport.first_day == report.first_day,
    ]


def _changes(before: Line | None, after: Line | None) -> list[Change]:
    found = []
    for name in COUNTS:
        was, now = (getattr(line, name) if line else 0 for line in (before, after))
        if was != now:
            found.append(Change(TITLES[name], quantity_text(was), quantity_text(now), f"{now - was:+,}"))
    for name in AMOUNTS:
        sums: list[Mapping[str, int]] = [getattr(line, name) if line else {} for line in (before, after)]
        if sums[0] != sums[1]:
            more = {
                currency: sums[1].get(currency, 0) - sums[0].get(currency, 0)
                for currency in sorted({*sums[0], *sums[1]})
            }
            found.append(Change(TITLES[name], money_of(sums[0]), money_of(sums[1]), money_of(more)))
    return found
