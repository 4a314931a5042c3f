"""Reports of what became of a policy's promises, made on the schedule of its own version and kept as they were made."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from policies.announcing import concerned
from policies.calendars import find_calendar, working_days
from policies.clocks import WorkingDays
from policies.kinds import Every
from policies.models import Policy, PolicyVersion, VersionState
from policies.periods import Due, Period, Schedule, due_periods
from policies.report_counts import Figures
from policies.report_figures import figures_of, figures_of_all, promised_to
from policies.report_telling import tell
from policies.reports import ServiceReport
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock, transaction
from portal.i18n import N_
from portal.numbering import next_numbers
from portal.refusal import Refused

SERIES = "SR"
EVERYBODY = "all"
"""The reader of a policy's own report, over all customers."""
_log = logging.getLogger(__name__)
BATCH = 25
"""Customers whose reports are made in one transaction."""


class Verb(StrEnum):
    """Reports, for the audit trail."""

    MADE = "report.made"
    RESTATED = "report.restated"


def reader_of(customer: Customer | None) -> str:
    """How a report says for whom it is: a customer, or everybody."""
    return EVERYBODY if customer is None else str(customer.id)


def make_due(session: Session, now: datetime) -> int:
    """Job: make and send every report that is due, each once; says how many were made.

    A policy's own report is made after those of its customers and so says that a period is done with: what was cut
    short goes on where it stopped, and who became a customer later gets no reports of the time before.
    """
    if find_calendar(session) is None:
        return 0
    today, days, made, faults = business_day(now), working_days(session), 0, list[Exception]()
    for policy_id in [policy.id for policy in reporting_policies(session)]:
        try:
            for due in left_to_report(session, session.get_one(Policy, policy_id), today, days):
                made += _make_all(session, policy_id, due, now)
        except Exception as fault:  # the other policies are reported on all the same
            session.rollback()
            _log.exception("reports of a policy could not be made")
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"reports of {len(faults)} policies failed, {made} reports made", faults)
    return made


def make_report(
    session: Session,
    policy: Policy,
    period: Period,
    reader: Customer | None,
    *,
    by: User | None,
    now: datetime,
) -> ServiceReport:
    """Make the first statement of a period to one customer, or over all of them, and send it.

    Refused while the period is not over, when no version that reports so often held on its last day, and when the
    report is there already.
    """
    lock(session, Policy, [policy.id])
    if now < period.until:
        raise Refused(N_("This period is not over yet."))
    version = _version_on(session, policy, period.last)
    if version is None or version.report_every != period.every:
        raise Refused(N_("The policy that held then has no reports made so often."))
    if _made(session, policy.code, period, [reader_of(reader)]):
        raise Refused(N_("This report has been made already."))
    figures = figures_now(session, version, period, reader)
    (report,) = _write(session, version, period, [(reader, figures)], by=by, now=now)
    return report


def figures_now(session: Session, version: PolicyVersion, period: Period, reader: Customer | None) -> Figures:
    """What a report of a period would say if it were made at this moment."""
    if reader is not None:
        return figures_of(session, version, period, [reader])[reader.id]
    return figures_of_all(session, version, period)


def covered_by(version: PolicyVersion, period: Period) -> ColumnElement[bool]:
    """Whom a version decides something for on the last day of a period, and who was promised something for it."""
    return or_(and_(*concerned(version, period.last)), promised_to(version, period))


def state(
    session: Session,
    version: PolicyVersion,
    period: Period,
    reader: Customer | None,
    figures: Figures,
    statement: int,
    why: str,
    *,
    by: User | None,
    now: datetime,
) -> ServiceReport:
    """Put a further statement on record, and send it."""
    (report,) = _write(
        session, version, period, [(reader, figures)], statement=statement, why=why, by=by, now=now
    )
    return report


def _make_all(session: Session, policy_id: int, due: Due, now: datetime) -> int:
    """The reports of one period: to each customer covered, in batches, and then the policy's own."""
    made = 0
    version = session.get_one(PolicyVersion, due.version_id)
    if version.report_to_customers:
        query = select(Customer.id).where(covered_by(version, due.period)).order_by(Customer.id)
        for ids in _batches(session.scalars(query).all()):
            with transaction(session):
                made += _make_batch(session, policy_id, due, ids, now)
    with transaction(session):
        lock(session, Policy, [policy_id])
        version = session.get_one(PolicyVersion, due.version_id)
        if not _made(session, version.policy.code, due.period, [EVERYBODY]):
            figures = figures_now(session, version, due.period, None)
            _write(session, version, due.period, [(None, figures)], by=None, now=now)
            made += 1
    return made


def _make_batch(session: Session, policy_id: int, due: Due, ids: Sequence[int], now: datetime) -> int:
    lock(session, Policy, [policy_id])
    version = session.get_one(PolicyVersion, due.version_id)
    there = _made(session, version.policy.code, due.period, [str(id_) for id_ in ids])
    left = [id_ for id_ in ids if str(id_) not in there]
    customers = session.scalars(select(Customer).where(Customer.id.in_(left)).order_by(Customer.id)).all()
    figures = figures_of(session, version, due.period, customers)
    readers = [(customer, figures[customer.id]) for customer in customers]
    return len(_write(session, version, due.period, readers, by=None, now=now))


def _write(
    session: Session,
    version: PolicyVersion,
    period: Period,
    readers: Sequence[tuple[Customer | None, Figures]],
    *,
    statement: int = 1,
    why: str = "",
    by: User | None,
    now: datetime,
) -> list[ServiceReport]:
    numbers = next_numbers(session, SERIES, business_day(now), len(readers))
    reports = [
        ServiceReport(
            number=number,
            policy_code=version.policy.code,
            version=version,
            reader=reader_of(reader),
            customer=reader,
            every=period.every,
            first_day=period.first,
            last_day=period.last,
            statement=statement,
            why=why,
            figures=figures,
            made_at=now,
            made_by=by,
        )
        for number, (reader, figures) in zip(numbers, readers, strict=True)
    ]
    session.add_all(reports)
    verb = Verb.MADE if statement == 1 else Verb.RESTATED
    for report in reports:
        after = {
            "version": version.number,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
        }
        after |= {"statement": statement} | ({"reason": why} if why else {})
        audit.record(session, verb, "service_report", report.number, by=by, now=now, after=after)
    session.flush()  # their notices are told apart by number
    tell(session, reports, now=now)
    return reports


def left_to_report(session: Session, policy: Policy, today: date, days: WorkingDays) -> list[Due]:
    """The periods of a policy that are due by today and not done with, the oldest first."""
    published = [one for one in policy.versions if one.state == VersionState.PUBLISHED]
    done = _done(session, policy)
    return [
        due
        for due in due_periods(map(_schedule, published), today, days)
        if (due.period.every, due.period.first) not in done
    ]


def _made(session: Session, code: str, period: Period, readers: Sequence[str]) -> set[str]:
    query = select(ServiceReport.reader).where(
        ServiceReport.policy_code == code,
        ServiceReport.reader.in_(readers),
        ServiceReport.every == period.every,
        ServiceReport.first_day == period.first,
    )
    return set(session.scalars(query))


def _done(session: Session, policy: Policy) -> set[tuple[Every, date]]:
    query = select(ServiceReport.every, ServiceReport.first_day).where(
        ServiceReport.policy_code == policy.code,
        ServiceReport.reader == EVERYBODY,
        ServiceReport.statement == 1,
    )
    return {(Every(every), first) for every, first in session.execute(query)}


def reporting_policies(session: Session) -> list[Policy]:
    """The policies of which some published version has reports made, with their versions."""
    query = reporting().order_by(Policy.id)
    return list(session.scalars(query.options(selectinload(Policy.versions))))


def reporting() -> Select[Policy]:
    """Selects the policies of which some published version has reports made."""
    reports = select(PolicyVersion.policy_id).where(
        PolicyVersion.state == VersionState.PUBLISHED, PolicyVersion.report_every != ""
    )
    return select(Policy).where(Policy.id.in_(reports))


def _version_on(session: Session, policy: Policy, day: date) -> PolicyVersion | None:
    """The version of a policy that held on a day."""
    query = select(PolicyVersion).where(
        PolicyVersion.policy_id == policy.id,
        PolicyVersion.state == VersionState.PUBLISHED,
        PolicyVersion.valid_from <= day,
    )
    return session.scalars(query.order_by(PolicyVersion.valid_from.desc()).limit(1)).first()


def _schedule(version: PolicyVersion) -> Schedule:
    if version.valid_from is None:
        raise LookupError(f"version {version.id} is published without a day")
    every = Every(version.report_every) if version.report_every else None
    return Schedule(version.id, version.valid_from, every)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
