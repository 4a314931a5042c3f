"""What service reports add to the page of a customer."""

from datetime import datetime

from sqlalchemy.orm import Session

from policies.permissions import GRANTS, Policies
from policies.report_lists import latest_of
from policies.report_sheets import period_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_

SHOWN = 4


def reports_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """The latest reports to a customer, for those who may read reports."""
    if Policies.ATTAINMENT not in GRANTS.get(Role(viewer.role), frozenset()):
        return None
    rows = [(report, period_of(report)) for report in latest_of(session, customer, SHOWN)]
    facts = {"rows": rows, "customer": customer}
    return Panel(N_("Service reports"), "policies/reports/company_panel.html", facts, order=61)
