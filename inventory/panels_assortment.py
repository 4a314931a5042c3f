"""What the page of a customer shows of the catalogue that they see."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import assorting, price_boards
from inventory.assortment import CustomerItem
from inventory.models import PriceList
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_

MOST_LISTS = 5


def seen_by_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """How much of the catalogue a company sees, its own codes, and its own price lists that hold today."""
    codes = select(func.count()).select_from(CustomerItem).where(CustomerItem.customer_id == customer.id)
    lists = select(PriceList).where(
        PriceList.customer_id == customer.id, price_boards.in_force(business_day(now))
    )
    facts = {
        "company": customer,
        "counted": assorting.seen_by(session, customer),
        "codes": session.scalar(codes) or 0,
        "lists": session.scalars(lists.order_by(PriceList.code).limit(MOST_LISTS)).all(),
    }
    return Panel(N_("Its catalogue"), "inventory/staff/_company_assortment.html", facts, order=45)
