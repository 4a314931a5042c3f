"""The reports of the last months in the demo, made on the days on which they were due; one was stated again."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.calendars import working_days
from policies.models import PolicyVersion
from policies.reporting import covered_by, left_to_report, make_report, reporting_policies
from policies.reports import ServiceReport
from policies.restating import differences, restate
from portal.clock import at
from portal.customers.models import Customer
from portal.demo.cast import Cast

MADE_AT = time(6)
WHY = "มีเรื่องที่บันทึกหลังปิดเดือน (cases were recorded after the month was closed)"


def load_reports(session: Session, cast: Cast) -> None:
    """Every report that is due by today, each made on the morning of its day."""
    days = working_days(session)
    for policy in reporting_policies(session):
        for due in left_to_report(session, policy, cast.today, days):
            now = min(at(due.period.reported_on(days), MADE_AT), cast.now)
            version = session.get_one(PolicyVersion, due.version_id)
            query = select(Customer).where(covered_by(version, due.period)).order_by(Customer.id)
            covered = session.scalars(query).all() if version.report_to_customers else []
            for reader in [*covered, None]:
                make_report(session, policy, due.period, reader, by=None, now=now)


def restate_one(session: Session, cast: Cast) -> None:
    """The first customer's report that has changed since is stated again; others are left for a manager to see."""
    query = select(ServiceReport).where(ServiceReport.customer_id.is_not(None))
    for report in session.scalars(query.order_by(ServiceReport.id)).all():
        if differences(session, report):
            restate(session, report, WHY, by=cast.managers[0], now=cast.now)
            return
