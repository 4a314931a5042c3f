"""Makers of service reports: a policy that is reported on every month, its cases, and the reports of April 2026."""

from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies import promising
from policies.kinds import Convention, Every, Kind
from policies.models import PolicyVersion
from policies.promises import Promise
from policies.report_sheets import Line, sheet_of
from policies.reporting import make_due
from policies.reports import ServiceReport
from policies.terms import Clause
from portal.clock import at
from portal.customers.models import Customer
from tests.policies.makers import LEAD_TIME, House, only

ANSWER = Clause(Kind.COMPLAINT_ANSWER, 2, Convention.WORKING, 9000, 50_00, 500_00)
REPORTED = at(date(2026, 5, 5), time(9))
"""The first working day after April 2026, after two holidays and a weekend."""
OUTSIDER = "quality@partner.example.com"
A_WEEK = timedelta(days=7)


def published(house: House, every: Every = Every.MONTH, *, to_customers: bool = True) -> PolicyVersion:
    """The policy for everybody, reported on to a manager, an outsider and the customers."""
    to = (house.manager.email, OUTSIDER)
    version = house.published(
        only(LEAD_TIME, ANSWER, report_every=every, report_to=to, report_to_customers=to_customers)
    )
    house.session.commit()
    return version


def case_of(
    house: House,
    no: int,
    *,
    late: bool | None = None,
    on: date = date(2026, 4, 7),
    customer: Customer | None = None,
) -> Promise:
    """A complaint of ten in the morning of a day; answered in time, or late, or not at all."""
    start = at(on, time(10))
    promise = house.case(subject=f"CP-{no}", start=start, customer=customer)
    if late is not None:
        done = promise.due_at + timedelta(hours=1) if late else promise.due_at - timedelta(hours=1)
        promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    house.session.commit()
    return promise


def all_reports(session: Session) -> list[ServiceReport]:
    """Every report, the first made first."""
    return list(session.scalars(select(ServiceReport).order_by(ServiceReport.id)))


def answer_line(report: ServiceReport) -> Line:
    """The line of a report about answers to complaints; nothing was promised of lead times."""
    lead_time, answer = sheet_of(report).lines
    assert lead_time.cases == 0
    return answer


def made(house: House) -> tuple[ServiceReport, ServiceReport]:
    """The reports of April: over all customers, and to the one."""
    make_due(house.session, REPORTED)
    reports = {report.customer_id: report for report in all_reports(house.session)}
    return reports[None], reports[house.customer.id]
