"""The buyer orders again what was ordered before, and sees first what has changed since."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.availability import availability, home_warehouse
from inventory.models import Product
from inventory.order_quantities import nearest_allowed
from inventory.ordering import terms_of
from inventory.tariffs import prices_for
from orders.baskets import put_all
from orders.models import Order
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused


class Change(StrEnum):
    """What is different from last time."""

    SAME = "same"
    NOT_SOLD = "not_sold"
    NO_PRICE = "no_price"
    NONE_LEFT = "none_left"
    REFITTED = "refitted"
    DEARER = "dearer"
    CHEAPER = "cheaper"
    SHORT = "short"


CHANGE_TITLES = {
    Change.SAME: N_("As last time"),
    Change.NOT_SOLD: N_("Not sold any more: left out"),
    Change.NO_PRICE: N_("No price for you at the moment: left out"),
    Change.NONE_LEFT: N_("Being phased out, and none are left: left out"),
    Change.REFITTED: N_("Ordered in other quantities now: the nearest one is put into the basket"),
    Change.DEARER: N_("Costs more than last time"),
    Change.CHEAPER: N_("Costs less than last time"),
    Change.SHORT: N_("Not all in stock: the rest becomes a dated backorder"),
}


@dataclass(frozen=True)
class Again:
    """One line of the past order as it would be ordered now: `quantity` is the nearest that can be."""

    product: Product
    quantity: int
    price_then: Decimal
    price_now: Decimal | None
    available: int
    changes: list[Change]

    @property
    def orderable(self) -> bool:
        """Whether the line can be ordered now."""
        return not {Change.NOT_SOLD, Change.NO_PRICE, Change.NONE_LEFT} & set(self.changes)


def compare(session: Session, user: User, order: Order, *, now: datetime) -> list[Again]:
    """Each line of a past order with what has changed: price, stock, whether it is still sold."""
    customer = user.company
    own = {line.id for line in order.lines}
    lines = [
        line for line in order.lines if line.stands_for_id not in own
    ]  # what was meant, not what stood for it
    ids = [line.product_id for line in lines]
    units: Counter[int] = Counter()
    for line in lines:
        units[line.product_id] += line.ordered
    prices = prices_for(session, customer, units, on=business_day(now))
    warehouse, _ = home_warehouse(session, customer.ship_to.province if customer.ship_to else None)
    stock = availability(session, ids, warehouse.id, business_day(now))
    products = {p.id: p for p in session.scalars(select(Product).where(Product.id.in_(ids)))}
    wanted: dict[int, Again] = {}
    asked_of: dict[int, int] = {}
    for line in lines:
        product = products[line.product_id]
        asked = asked_of[line.product_id] = line.ordered + asked_of.get(line.product_id, 0)
        price, there = prices.get(line.product_id), stock[line.product_id].now
        nearest = nearest_allowed(terms_of(product), asked, there)
        changes = _changes(product, line.unit_price, price, (asked, nearest), there)
        wanted[line.product_id] = Again(product, nearest or asked, line.unit_price, price, there, changes)
    return list(wanted.values())


def put_again(session: Session, user: User, order: Order, *, hold_minutes: int, now: datetime) -> int:
    """Put everything of a past order that can still be ordered into the basket; says how many lines."""
    lines = [again for again in compare(session, user, order, now=now) if again.orderable]
    if not lines:
        raise Refused(N_("Nothing of this order can be ordered any more."))
    wanted = [(again.product, again.quantity) for again in lines]
    put_all(session, user, wanted, hold_minutes=hold_minutes, now=now)
    return len(lines)


def _changes(
    product: Product, then: Decimal, now: Decimal | None, quantities: tuple[int, int], available: int
) -> list[Change]:
    asked, quantity = quantities
    if not product.active:
        return [Change.NOT_SOLD]
    if now is None:
        return [Change.NO_PRICE]
    if quantity == 0:
        return [Change.NONE_LEFT]
    changes = [Change.REFITTED] if quantity != asked else []
    if now != then:
        changes.append(Change.DEARER if now > then else Change.CHEAPER)
    if available < quantity:
        changes.append(Change.SHORT)
    return changes or [Change.SAME]
