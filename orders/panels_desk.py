"""What orders add to the home page of the distributor's people, to a company's page and to the search."""

from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy.orm import Session

from orders import boards, measures
from orders.permissions import Orders, holds
from orders.queries import Filter, order_page
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Hit, Panel
from portal.i18n import N_, day_text, gettext, name_of

ROWS = 5
MOST_HITS = 8
MONTHS = 12
LATELY = timedelta(days=90)


def headline_figures(session: Session, person: User, now: datetime) -> Panel | None:
    """How well promises were kept this month, and what is in danger now; for those who may see the measures."""
    if not holds(person, Orders.MEASURES):
        return None
    months = _months(session, now)
    risky, late = boards.count_in_danger(session)
    facts = {"this": months[-1], "last": months[-2], "risky": risky, "overdue": late}
    return Panel(N_("How we are doing"), "orders/manager/home_figures.html", facts, wide=True, order=8)


def months_charted(session: Session, person: User, now: datetime) -> Panel | None:
    """The shares delivered in time and filled from stock, month by month; for those who may see the measures."""
    if not holds(person, Orders.MEASURES):
        return None
    months = _months(session, now)
    title = N_("On time and line fill by month")
    return Panel(title, "orders/manager/home_months.html", {"months": months}, wide=True, order=70)


def _months(session: Session, now: datetime) -> list[measures.Month]:
    """The figures of the last months, counted once for the panels of one page."""
    known: dict[datetime, list[measures.Month]] = session.info.setdefault("months", {})
    if now not in known:
        first = measures.first_month(now, MONTHS)
        known[now] = measures.monthly(session, first, business_day(now), now)
    return known[now]


def worst_products(session: Session, person: User, now: datetime) -> Panel | None:
    """The products whose promises were missed most often of late; for those who may see the measures."""
    if not holds(person, Orders.MEASURES):
        return None
    rows = measures.worst_products(session, now - LATELY, now)
    return Panel(N_("Products missed most"), "orders/manager/home_worst.html", {"rows": rows}, order=21)


def to_pick(session: Session, person: User, now: datetime) -> Panel | None:
    """How many orders wait to be picked, and the first of them; for the service desk."""
    if not holds(person, Orders.FULFIL) or person.role in MANAGING_ROLES:
        return None
    facts = {
        "rows": boards.to_pick(session, ROWS),
        "total": boards.count_to_pick(session),
        "today": business_day(now),
    }
    return Panel(N_("To pick"), "orders/staff/home_picking.html", facts, order=85)


def due_today(session: Session, person: User, now: datetime) -> Panel | None:
    """The shipments under way that are promised for today or before; for the service desk."""
    if not holds(person, Orders.FULFIL) or person.role in MANAGING_ROLES:
        return None
    today = business_day(now)
    facts = {
        "rows": boards.on_the_way(session, ROWS, due_by=today),
        "total": boards.count_on_the_way(session),
        "now": now,
    }
    return Panel(N_("On the way and due today"), "orders/staff/home_under_way.html", facts, order=86)


def orders_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """The open and latest orders of a company, and how often it was delivered in time."""
    if not holds(viewer, Orders.VIEW):
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
    return Panel(N_("Orders"), "orders/staff/company_orders.html", facts, wide=True, order=30)


def find_orders(session: Session, person: User, text: str) -> list[Hit]:
    """Orders of any company by number, purchase order or tracking number; nothing for people of a company."""
    if not holds(person, Orders.VIEW):
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
