"""What stock-outs and substitutes add to the home pages, to a company's page and to the page of an order."""

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from inventory.stockouts import SUBSTITUTE_TITLES
from orders import offers
from orders.comparing_ways import compare
from orders.consenting import find_consent, rule_of
from orders.models import Order
from orders.permissions import Orders, holds
from orders.substitutions import CONSENT_TITLES, OfferState, SubstituteOffer
from orders.ways_out import TITLES
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.feature import Panel
from portal.i18n import N_, gettext

ROWS = 5

WAITING_OFFERS = select(func.count(SubstituteOffer.id)).where(
    SubstituteOffer.customer_id == bindparam("company"), SubstituteOffer.state == OfferState.OFFERED.value
)
"""How many offers wait for an answer of the company of who is asking."""


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


def ways_out_of_order(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """For the desk: each part of an order that waits for stock, with every way out of it compared and ranked."""
    if not holds(reader, Orders.VIEW) or order.closed_at is not None:
        return None
    found = compare(session, order, now=now)
    if not found:
        return None
    facts = {
        "order": order,
        "short": found,
        "titles": {kind.value: title for kind, title in TITLES.items()},
        "kinds": SUBSTITUTE_TITLES,
        "why": lambda no: gettext(no.message, **no.params),
        "rule": found[0].rule.value,
        "rules": {one.value: title for one, title in CONSENT_TITLES.items()},
        "may_offer": holds(reader, Orders.OFFER),
        "may_move": holds(reader, Orders.FULFIL),
        "may_cancel": holds(reader, Orders.CANCEL),
    }
    return Panel(N_("Ways out for what waits"), "orders/staff/_ways_out.html", facts, order=4)
