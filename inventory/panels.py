"""What this room shows on the home page of the distributor's people."""

from datetime import datetime

from sqlalchemy.orm import Session

from inventory import boards
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.feature import Panel
from portal.i18n import N_

MOST_SHOWN = 6


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
    return Panel(N_("Receipts due"), "inventory/staff/_receipts_due.html", facts)
