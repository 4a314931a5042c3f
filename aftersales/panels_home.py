"""What the home pages show after the order: what a buyer owns, what misses cost, which notices are open."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales import notice_boards
from aftersales.complaint_lists import compensation_since
from aftersales.complaints import COMPENSATION_TITLES
from aftersales.owning import owned
from aftersales.permissions import Complaints, ProductNotices, holds
from aftersales.recalls import NOTICE_KIND_TITLES, NOTICE_TITLES
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Audience
from portal.clock import at, business_day
from portal.feature import Panel
from portal.i18n import N_

ROWS = 5


def what_we_own(session: Session, user: User, now: datetime) -> Panel | None:
    """How many units a buyer's company holds, under warranty, in repair and on loan."""
    if user.audience is not Audience.CUSTOMER:
        return None
    facts = {"owned": owned(session, user.company.id, business_day(now))}
    return Panel(N_("What we own"), "aftersales/customer/home_owned.html", facts, wide=True, order=30)


def compensation(session: Session, user: User, now: datetime) -> Panel | None:
    """What missed promises cost this month, for those who answer for it."""
    if not holds(user, Complaints.APPROVE) or user.role not in MANAGING_ROLES:
        return None
    since = at(business_day(now).replace(day=1))
    facts = {"totals": compensation_since(session, since), "titles": COMPENSATION_TITLES, "since": since}
    return Panel(N_("Compensation this month"), "aftersales/staff/home_compensation.html", facts, order=40)


def open_notices(session: Session, user: User, now: datetime) -> Panel | None:
    """The product notices that are drafted or open; for those who issue them."""
    if not holds(user, ProductNotices.ISSUE):
        return None
    facts = {
        "rows": notice_boards.open_notices(session, ROWS),
        "titles": NOTICE_TITLES,
        "kinds": NOTICE_KIND_TITLES,
    }
    return Panel(N_("Open product notices"), "aftersales/staff/home_notices.html", facts, order=31)
