"""What this room shows on the home page of the distributor's people."""

from datetime import datetime

from sqlalchemy.orm import Session

from inventory import boards, queries
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Audience
from portal.clock import business_day
from portal.feature import Panel
from portal.i18n import N_

MOST_SHOWN = 6


def getting_started(session: Session, viewer: User, now: datetime) -> Panel | None:
    """What is missing of places and products before anything can be sold, for those who set it up."""
    if viewer.role not in MANAGING_ROLES:
        return None
    missing = []
    if not queries.warehouses(session):
        missing.append(
            (N_("Open the warehouse that goods leave from."), "places.new_warehouse", N_("Open a warehouse"))
        )
    if not queries.anything_priced(session):
        missing.append(
            (
                N_("Bring in products with their prices as a spreadsheet."),
                "imports.new",
                N_("Import a catalogue"),
            )
        )
    if not missing:
        return None
    return Panel(
        N_("Getting started: what is sold, and from where"),
        "house/getting_started.html",
        {"missing": missing},
        order=0,
    )


def receipts_due(session: Session, viewer: User, now: datetime) -> Panel | None:
    """The receipts to come for the distributor's people, overdue ones first; none while nothing is to come."""
    if viewer.audience is not Audience.STAFF:
        return None
    today = business_day(now)
    page = boards.due_receipts(session, per_page=MOST_SHOWN)
    if not page.rows:
        return None
    facts = {
        "due": page.rows,
        "total": page.total,
        "overdue": boards.overdue_count(session, today),
        "today": today,
    }
    return Panel(N_("Receipts due"), "inventory/staff/_receipts_due.html", facts, order=60)
