"""What stock-outs and substitutes add to the home pages, to a company's page and to the page of an order."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from inventory.stockouts import SUBSTITUTE_TITLES
from orders import offers
from orders.consenting import find_consent, rule_of
from orders.models import Order, OrderLine
from orders.offering import choices
from orders.permissions import Orders, holds
from orders.substitutions import CONSENT_TITLES, OfferState, SubstituteOffer
from orders.waiting import waiting_parts, waiting_units
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_

ROWS = 5

WAITING_OFFERS = select(func.count(SubstituteOffer.id)).where(
    SubstituteOffer.customer_id == bindparam("company"), SubstituteOffer.state == OfferState.OFFERED.value
)
"""How many offers wait for an answer of the company of who is asking."""


@dataclass(frozen=True)
class WaitingPart:
    """A part of a line that waits for stock, and how many units of it."""

    id: int
    line: OrderLine
    units: int


def consent_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel | None:
    """What a company wants when a line is short, and what became of its offers."""
    if not holds(viewer, Orders.VIEW):
        return None
    consent = find_consent(session, customer.id)
    facts = {
        "rule": CONSENT_TITLES[rule_of(consent)],
        "consent": consent,
        "counts": offers.count_of(session, customer.id),
    }
    return Panel(N_("Substitutes"), "orders/staff/company_consent.html", facts, order=6)


def substitutes_of_order(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """For the desk: each part of an order that waits, with what may stand for it, and the offers that are open."""
    if not holds(reader, Orders.VIEW) or order.closed_at is not None:
        return None
    made = offers.offers_of(session, order)
    offered = {offer.part_id for offer in made.open}
    parts = waiting_parts(session, OrderLine.order_id == order.id)
    parts = [part for part in parts if part.id not in offered]
    if not parts and not made.open:
        return None
    ranked = choices(session, parts, now=now)
    facts = {
        "order": order,
        "open": made.open,
        "waiting": [
            (WaitingPart(part.id, part.line, waiting_units(part)), ranked.get(part.id, [])) for part in parts
        ],
        "kinds": SUBSTITUTE_TITLES,
        "rule": rule_of(find_consent(session, order.customer_id)).value,
        "rules": {rule.value: title for rule, title in CONSENT_TITLES.items()},
        "may_offer": holds(reader, Orders.OFFER),
    }
    return Panel(N_("Substitutes for what waits"), "orders/staff/_offers.html", facts, order=20)
