"""Reading reports for screens: the archive, narrowed, and what one customer got."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from policies.access_reports import REPORT_PARTS
from policies.models import Policy, PolicyVersion
from policies.report_sheets import period_of
from policies.reporting import EVERYBODY, reporting
from policies.reports import ServiceReport, restated
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset

MOST_POLICIES = 100


@dataclass(frozen=True)
class Listed:
    """A report in a list; `replaced` when a later statement of the same period is on record."""

    report: ServiceReport
    replaced: bool

    @property
    def period_text(self) -> str:
        """The period as people write it, in the language being spoken."""
        return period_of(self.report).text


@dataclass(frozen=True)
class Narrowed:
    """What the archive is narrowed to: a policy, a customer (by code, `all` for reports over all) and a day within."""

    policy: str = ""
    customer: str = ""
    day: date | None = None


def archive(
    session: Session, narrowed: Narrowed, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Listed]:
    """A page of reports, the latest made first."""
    query = select(ServiceReport).options(*REPORT_PARTS)
    if narrowed.policy:
        query = query.where(ServiceReport.policy_code == narrowed.policy)
    if narrowed.customer == EVERYBODY:
        query = query.where(ServiceReport.reader == EVERYBODY)
    elif narrowed.customer:
        query = query.join(ServiceReport.customer).where(Customer.code == narrowed.customer)
    if narrowed.day:
        query = query.where(ServiceReport.first_day <= narrowed.day, ServiceReport.last_day >= narrowed.day)
    found = keyset(
        session,
        query,
        ServiceReport.id,
        by=ServiceReport.made_at,
        older_than=older_than,
        newer_than=newer_than,
    )
    return _listed(session, found)


def reports_of(
    session: Session, customer: Customer, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Listed]:
    """A page of the reports to one customer, the latest period first."""
    found = keyset(
        session,
        _of(customer),
        ServiceReport.id,
        by=ServiceReport.first_day,
        older_than=older_than,
        newer_than=newer_than,
    )
    return _listed(session, found)


def latest_of(session: Session, customer: Customer, limit: int) -> list[ServiceReport]:
    """The latest reports to one customer, each by its last statement."""
    query = _of(customer).where(~restated())
    return list(
        session.scalars(query.order_by(ServiceReport.first_day.desc(), ServiceReport.id.desc()).limit(limit))
    )


def reported_policies(session: Session) -> list[Policy]:
    """The policies that reports are made of, by code; the first of very many."""
    return list(session.scalars(reporting().order_by(Policy.code).limit(MOST_POLICIES)))


def _of(customer: Customer) -> Select[ServiceReport]:
    with_policy = joinedload(ServiceReport.version).joinedload(PolicyVersion.policy)
    return select(ServiceReport).where(ServiceReport.customer_id == customer.id).options(with_policy)


def _listed(session: Session, found: Keyset[ServiceReport]) -> Keyset[Listed]:
    """With which of them were stated again: a later statement has the same key. One query more."""
    query = select(
        ServiceReport.policy_code,
        ServiceReport.reader,
        ServiceReport.every,
        ServiceReport.first_day,
        ServiceReport.statement,
    ).where(
        ServiceReport.policy_code.in_({one.policy_code for one in found.rows}),
        ServiceReport.reader.in_({one.reader for one in found.rows}),
        ServiceReport.first_day.in_({one.first_day for one in found.rows}),
        ServiceReport.statement > 1,
    )
    latest: dict[tuple[str, str, str, date], int] = {}
    for code, reader, every, first, statement in session.execute(query):
        key = code, reader, every, first
        latest[key] = max(latest.get(key, 1), statement)
    return found.made(
        lambda one: Listed(
            one,
            latest.get((one.policy_code, one.reader, one.every, one.first_day), 1) > one.statement,
        )
    )
