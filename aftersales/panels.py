"""What the room shows on pages of the house."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.queries import return_page, returned_by
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_, gettext

LATEST = 3


def returns_panel(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """How much a company has sent back, and the latest returns; nothing for a company that kept everything."""
    summed = returned_by(session, customer)
    if not summed.returns:
        return None
    latest = return_page(session, customer_id=customer.id).rows[:LATEST]
    return Panel(
        gettext(N_("Returns")),
        "aftersales/staff/panel.html",
        {"returns": summed.returns, "units": summed.units, "latest": latest, "code": customer.code},
    )
