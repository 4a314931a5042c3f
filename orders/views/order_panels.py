"""What other rooms have to say on the page of an order."""

from operator import attrgetter

from flask import current_app

from orders.models import Order
from portal import clock
from portal.feature import Panel
from portal.web.session import db, me


def panels_of(order: Order) -> list[Panel]:
    """The panels that the rooms offer the reader of an order, in their order."""
    offers, now = current_app.extensions["order_panels"], clock.now()
    panels = [panel for offer in offers if (panel := offer(db(), order, me(), now))]
    return sorted(panels, key=attrgetter("order"))
