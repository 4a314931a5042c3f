"""What the rule book adds to the home page and to the page of a customer."""

from datetime import datetime

from sqlalchemy.orm import Session

from policies.book import lead_time_in_force, standing
from policies.calendars import find_calendar
from policies.wording import brief, covers_text
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_


def getting_started(session: Session, viewer: User, now: datetime) -> Panel | None:
    """What is missing of the rules before any day can be promised, for those who set them up."""
    if viewer.role not in MANAGING_ROLES:
        return None
    missing = []
    if not lead_time_in_force(session, business_day(now)):
        missing.append(
            (
                N_("Publish a service policy with a lead time: without one no order can be confirmed."),
                "policies_manager.index",
                N_("Write a policy"),
            )
        )
    if find_calendar(session) is None:
        missing.append(
            (
                N_(
                    "The business calendar is filled in by the scheduler; you can also add the holidays yourself."
                ),
                "policies_calendar.year",
                N_("Look at the calendar"),
            )
        )
    if not missing:
        return None
    return Panel(
        N_("Getting started: what is promised"), "house/getting_started.html", {"missing": missing}, order=0
    )


def policy_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """Which policy holds for the customer today, for the people who serve them."""
    holds = standing(session, customer, business_day(now))
    versions = [(version, covers_text(version.policy), brief(version)) for version in holds.versions]
    facts = {"versions": versions, "customer": customer}
    return Panel(N_("Service policy"), "policies/manager/panel.html", facts)
