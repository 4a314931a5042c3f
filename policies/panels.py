"""What the rule book adds to the page of a customer."""

from datetime import datetime

from sqlalchemy.orm import Session

from policies.book import standing
from policies.wording import brief, covers_text
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_


def policy_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """Which policy holds for the customer today, for the people who serve them."""
    holds = standing(session, customer, business_day(now))
    versions = [(version, covers_text(version.policy), brief(version)) for version in holds.versions]
    facts = {"versions": versions, "customer": customer}
    return Panel(N_("Service policy"), "policies/manager/panel.html", facts)
