"""What buyers read of the rule by which scarce goods are dealt, where a line of theirs waits."""

from datetime import datetime

from sqlalchemy.orm import Session

from inventory.dealing_rules import keys_in_force
from inventory.turns import Key, said
from orders.models import Order
from portal.i18n import gettext


def told_of_turn(session: Session, order: Order, now: datetime) -> str:
    """Who is served first when goods are scarce, and the company's own class where that decides; of nobody else."""
    keys = keys_in_force(session, now)
    sentence = said(keys)
    if Key.ALLOCATION_CLASS in keys:
        number = order.customer.allocation_class
        own = gettext("Your company is in class %(number)s; class 1 goes first, class 9 last.", number=number)
        sentence += " " + own
    return sentence
