"""What faster delivery, disruptions and legs add to the page of an order and to the home pages."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from orders import moves_lists
from orders.disruptions import CHOICE_TITLES, DISRUPTION_STATE_TITLES, DISRUPTION_TITLES
from orders.expedites import OWN_REQUEST_TITLES, REQUEST_TITLES
from orders.models import Order, ScheduleLine
from orders.moves_access import effects_of, legs_of, requests_of
from orders.permissions import Orders, holds
from orders.shipments import MODE_TITLES
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_

ROWS = 5


def legs(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """The legs of the shipments that change carriers."""
    if not any(part.arrives_on for part in _parts(order)):
        return None
    found = legs_of(session, order)
    if not found:
        return None
    facts = {
        "shipments": found,
        "modes": MODE_TITLES,
        "order_no": order.number,
        "for_staff": reader.audience is Audience.STAFF,
    }
    return Panel(N_("The way of the goods"), "orders/_legs.html", facts, order=10)


def disrupted(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """The parts that a disruption delays and are still to come."""
    owed = [part.id for part in _parts(order) if part.open > 0]
    together: dict[int, list] = {}  # type: ignore[type-arg]
    effects = [effect for effect in effects_of(session, owed) if effect.delays] if owed else []
    for effect in effects:
        together.setdefault(effect.disruption_id, []).append(effect)
    if not together:
        return None
    facts = {
        "disruptions": [(group[0].disruption, group) for group in together.values()],
        "titles": DISRUPTION_TITLES,
        "choices": CHOICE_TITLES,
        "for_staff": reader.audience is Audience.STAFF,
    }
    return Panel(N_("Disruptions"), "orders/_disruptions.html", facts, order=5)


def sooner(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """The requests for faster delivery, and for the buyer the way to make one."""
    parts = list(_parts(order))
    for_staff = reader.audience is Audience.STAFF
    can_ask = not for_staff and any(part.open > 0 and part.shipped == 0 for part in parts)
    requests = requests_of(session, [part.id for part in parts])
    if not requests and not can_ask:
        return None
    facts = {
        "requests": requests,
        "titles": REQUEST_TITLES if for_staff else OWN_REQUEST_TITLES,
        "can_ask": can_ask,
        "order_no": order.number,
        "for_staff": for_staff,
    }
    return Panel(N_("Faster delivery"), "orders/_expedites.html", facts, order=20)


def disruptions_now(session: Session, person: User, now: datetime) -> Panel | None:
    """The drafts and the disruptions that are not over, for those who declare them."""
    if not holds(person, Orders.DISRUPT):
        return None
    rows = moves_lists.not_over(session, business_day(now), ROWS)
    facts = {"rows": rows, "titles": DISRUPTION_TITLES, "state_titles": DISRUPTION_STATE_TITLES}
    return Panel(N_("Disruptions"), "orders/manager/home_disruptions.html", facts, order=30)


def expedites_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """The latest requests of a company for faster delivery."""
    if not holds(viewer, Orders.VIEW):
        return None
    found = moves_lists.requests(session, customer_id=customer.id)
    facts = {"rows": found.rows[:ROWS], "titles": REQUEST_TITLES, "code": customer.code}
    return Panel(N_("Faster delivery"), "orders/staff/company_expedites.html", facts, order=45)


def _parts(order: Order) -> Iterator[ScheduleLine]:
    return (part for line in order.lines for part in line.parts)


OF_AN_ORDER = (disrupted, legs, sooner)
