"""What the room shows on the page of a company."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.complaint_lists import compensation_totals, complaint_page
from aftersales.complaint_story import headline as complaint_headline
from aftersales.complaints import COMPENSATION_TITLES, COMPLAINT_KIND_TITLES, COMPLAINT_TITLES
from aftersales.models import RETURN_TITLES
from aftersales.queries import return_page, returned_by
from aftersales.return_story import desk_headline
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_, gettext

LATEST = 3


def returns_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """How much a company has sent back, and the latest returns."""
    latest = return_page(session, customer_id=customer.id).rows[:LATEST]
    summed = returned_by(session, customer)
    facts = {"returns": summed.returns, "units": summed.units, "latest": latest, "code": customer.code}
    facts |= {"headline": desk_headline, "titles": RETURN_TITLES}
    return Panel(gettext(N_("Returns")), "aftersales/staff/panel.html", facts, order=41)


def complaints_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """The latest complaints of a company and what missed promises were worth."""
    latest = complaint_page(session, customer_id=customer.id).rows[:LATEST]
    totals = compensation_totals(session, customer_id=customer.id)
    facts = {
        "latest": latest,
        "totals": totals,
        "code": customer.code,
        "headline": complaint_headline,
        "titles": COMPLAINT_TITLES,
        "kinds": COMPLAINT_KIND_TITLES,
        "compensation_titles": COMPENSATION_TITLES,
    }
    return Panel(
        gettext(N_("Complaints and compensation")), "aftersales/staff/complaints_panel.html", facts, order=40
    )
