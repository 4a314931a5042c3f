"""What a company's page shows of its units, repairs and loaners."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales import loaner_boards, repair_boards
from aftersales.owning import owned
from aftersales.permissions import Repairs, holds
from aftersales.repair_story import DESK_TITLES, TONES
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_

ROWS = 5


def repairs_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """A company's units, latest repairs and loaners."""
    if not holds(viewer, Repairs.VIEW):
        return None
    units = owned(session, customer.id, business_day(now))
    repairs = repair_boards.repair_page(session, customer_id=customer.id).rows[:ROWS]
    loans = loaner_boards.loans_of(session, customer.id, out_only=True).rows[:ROWS]
    facts = {
        "customer": customer,
        "units": units,
        "repairs": repairs,
        "loans": loans,
        "titles": DESK_TITLES,
        "tones": TONES,
        "now": now,
    }
    return Panel(N_("Units, repairs and loaners"), "aftersales/staff/company_repairs.html", facts, order=46)
