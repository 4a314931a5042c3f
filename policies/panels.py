"""What the rule book adds to the home page and to the page of a customer."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from policies import attaining, most_missed
from policies.answering import who_answers
from policies.book import lead_time_in_force, levels_for_everybody, standing
from policies.calendars import find_calendar
from policies.directory import has_units
from policies.kinds import KINDS, Kind
from policies.units import Matter
from policies.wording import brief, covers_text
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_
from portal.money import BASIS_POINTS

MONTHS_AT_HOME = 3
MONTHS_OF_TREND = 6
LATELY = timedelta(days=90)
MONTHS_FOR_CUSTOMER = 12


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
    if missing and not has_units(session):  # worth doing while one sets up, but nothing waits for it
        missing.append(
            (
                N_("Name who answers customers' questions: it then stands beside every order and case."),
                "units.index",
                N_("Open the service directory"),
            )
        )
    if not missing:
        return None
    return Panel(
        N_("Getting started: what is promised"), "house/getting_started.html", {"missing": missing}, order=0
    )


def attained(session: Session, viewer: User, now: datetime) -> Panel | None:
    """How each standard was kept of late, against its target and by month, for those who answer for it."""
    if viewer.role not in MANAGING_ROLES:
        return None
    since, until = attaining.period(now, MONTHS_AT_HOME)
    rows = {row.kind: row for row in attaining.attainment(session, since=since, until=until)}
    levels = levels_for_everybody(session, business_day(now))
    shown = [kind for kind in Kind if kind in rows or (kind in levels and kind is not Kind.LINE_FILL)]
    begin, end = attaining.period(now, MONTHS_OF_TREND)
    facts = {
        "rows": [rows.get(kind, attaining.Row(kind)) for kind in shown],
        "targets": {kind: level.target_bp / BASIS_POINTS for kind, level in levels.items()},
        "trend": attaining.trend(session, since=begin, until=end),
        "kinds": KINDS,
        "since": since,
        "months": MONTHS_AT_HOME,
    }
    return Panel(N_("Attainment"), "policies/manager/home_attainment.html", facts, wide=True, order=10)


def missed_most(session: Session, viewer: User, now: datetime) -> Panel | None:
    """The customers to whom most was missed of late, for those who answer for it."""
    if viewer.role not in MANAGING_ROLES:
        return None
    facts = {"rows": most_missed.missed_most(session, since=now - LATELY, until=now)}
    return Panel(N_("Customers missed most"), "policies/manager/home_worst.html", facts, order=20)


def attained_for(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """How each standard was kept for one customer, for the people who serve them."""
    since, until = attaining.period(now, MONTHS_FOR_CUSTOMER)
    rows = attaining.attainment(session, since=since, until=until, customer=customer)
    facts = {"rows": rows, "targets": {}, "trend": {}, "kinds": KINDS, "since": since}
    title = N_("How we kept our promises")
    return Panel(title, "policies/manager/home_attainment.html", facts, wide=True, order=60)


def order_contact(session: Session, order: Any, viewer: User, now: datetime) -> Panel | None:
    """Who answers for an order, beside it; nothing while nobody has been named."""
    answering = who_answers(session, Matter.ORDER, now, order.number)
    if answering["unit"] is None:
        return None
    return Panel(N_("Who do I ask?"), "policies/_order_unit.html", answering, order=90)


def policy_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """Which policy holds for the customer today, for the people who serve them."""
    holds = standing(session, customer, business_day(now))
    versions = [(version, covers_text(version.policy), brief(version)) for version in holds.versions]
    facts = {"versions": versions, "customer": customer}
    return Panel(N_("Service policy"), "policies/manager/panel.html", facts, order=5)
