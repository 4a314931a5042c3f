"""Where one looks at the orders and requests that promises are about."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.models import Order
from portal.accounts.models import User
from portal.accounts.roles import Audience

REQUESTS = {Audience.STAFF: "/desk/expedites", Audience.CUSTOMER: "/my/expedites"}
ORDERS = {Audience.STAFF: "/desk/orders", Audience.CUSTOMER: "/my/orders"}


def pages_of(session: Session, viewer: User, numbers: Sequence[str]) -> Mapping[str, str]:
    """By the number of each order, part of an order (its order's number, a slash and its place) or request, its page.

    The numbers are those of promises that the viewer may see. One query, whatever their number.
    """
    orders = {number: number.partition("/")[0] for number in numbers}
    known = set(session.scalars(select(Order.number).where(Order.number.in_(set(orders.values())))))
    found = {
        number: f"{ORDERS[viewer.audience]}/{order_no}"
        for number, order_no in orders.items()
        if order_no in known
    }
    requests = {
        number: f"{REQUESTS[viewer.audience]}/{number}" for number in numbers if number.startswith("EX-")
    }
    return found | requests
