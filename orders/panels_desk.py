"""What orders add to the home page of the distributor's people, to a company's page and to the search."""

from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from orders import boards, measures
from orders.permissions import GRANTS, Orders
from orders.queries import Filter, order_page
from policies.promises import CAUSE_TITLES, Cause
from portal.accounts.models import User
from portal.accounts.roles import Audience, Role
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Hit, Panel
from portal.i18n import N_, day_text, gettext, name_of

ROWS = 8
MOST_HITS = 8
MONTHS = 12

MENDS = {
    Cause.NOT_SHIPPED: N_("Pick and ship"),
    Cause.IN_TRANSIT: N_("Ask the carrier, record the delivery"),
    Cause.SUPPLIER_LATE: N_("Ask the supplier for the goods"),
    Cause.NO_SUPPLY: N_("Order goods from a supplier"),
}
"""What helps against each cause of delay."""


def headline_figures(session: Session, person: User, now: datetime) -> Panel | None:
    """How well promises are kept, month by month; for those who may see the measures."""
    if not _holds(person, Orders.MEASURES):
        return None
    first = measures.first_month(now, MONTHS)
    months = measures.monthly(session, first, business_day(now), now)
    risky, late = boards.count_in_danger(session)
    facts = {"months": months, "this": months[-1], "last": months[-2], "risky": risky, "overdue": late}
    return Panel(N_("How we are doing"), "orders/manager/home_figures.html", facts, wide=True, order=10)


def late_and_at_risk(session: Session, person: User, now: datetime) -> Panel | None:
    """The promises in danger, each with what mends it; for those who serve orders."""
    if not _holds(person, Orders.VIEW):
        return None
    risky, late = boards.count_in_danger(session)
    facts = {
        "rows": boards.in_danger(session, ROWS),
        "risky": risky,
        "overdue": late,
        "causes": CAUSE_TITLES,
        "mends": MENDS,
    }
    return Panel(N_("Late and at risk"), "orders/staff/home_danger.html", facts, wide=True, order=20)


def to_pick(session: Session, person: User, now: datetime) -> Panel | None:
    """How many orders wait to be picked, and the first of them; for those who pick."""
    if not _holds(person, Orders.FULFIL):
        return None
    facts = {
        "rows": boards.to_pick(session, ROWS),
        "total": boards.count_to_pick(session),
        "today": business_day(now),
    }
    return Panel(N_("To pick"), "orders/staff/home_picking.html", facts, order=30)


def due_today(session: Session, person: User, now: datetime) -> Panel | None:
    """The shipments under way that are promised for today or before; for those who record deliveries."""
    if not _holds(person, Orders.FULFIL):
        return None
    today = business_day(now)
    facts = {
        "rows": boards.on_the_way(session, ROWS, due_by=today),
        "total": boards.count_on_the_way(session),
        "now": now,
    }
    return Panel(N_("On the way and due today"), "orders/staff/home_under_way.html", facts, order=40)


def orders_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """The latest orders of a company, what of it is in danger, and how often it was delivered in time."""
    if not _holds(viewer, Orders.VIEW):
        return None
    risky, late = boards.count_in_danger(session, customer)
    facts = {
        "customer": customer,
        "rows": order_page(session, Filter(customer_id=customer.id)).rows[:5],
        "open": boards.count_open(session, customer),
        "risky": risky,
        "overdue": late,
        "on_time": measures.on_time_of(session, customer, measures.first_month(now, MONTHS), now),
        "titles": boards.DESK_TITLES,
    }
    return Panel(N_("Orders"), "orders/staff/company_orders.html", facts, wide=True)


def find_orders(session: Session, person: User, text: str) -> list[Hit]:
    """Orders of any company by number, purchase order or tracking number; nothing for people of a company."""
    if not _holds(person, Orders.VIEW):
        return []
    return [
        Hit(
            gettext("Order"),
            order.number,
            " · ".join(
                fact for fact in (name_of(customer), order.po_number, day_text(order.placed_at)) if fact
            ),
            f"/desk/orders/{quote(order.number)}",
        )
        for order, customer in boards.find_orders(session, text, MOST_HITS)
    ]


def _holds(person: User, permission: Orders) -> bool:
    return person.audience is Audience.STAFF and permission in GRANTS.get(Role(person.role), frozenset())
