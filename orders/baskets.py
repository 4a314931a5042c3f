"""The buyer fills a basket, and places what is in it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.models import Product
from orders.models import Basket, BasketLine, Order
from orders.placing import MOST_UNITS, Wish, order_for_key, place
from portal.accounts.models import User
from portal.db import lock, upsert
from portal.i18n import N_
from portal.refusal import Refused


@dataclass(frozen=True)
class Particulars:
    """What a buyer says of the whole order."""

    requested_on: date | None = None
    po_number: str | None = None
    note: str | None = None
    seen_total_minor: int | None = None


def find_basket(session: Session, user: User) -> Basket | None:
    """The basket of a person with its lines and products, or None when nothing was ever put into it."""
    query = select(Basket).where(Basket.user_id == user.id)
    return session.scalars(
        query.options(selectinload(Basket.lines).joinedload(BasketLine.product))
    ).one_or_none()


def put(session: Session, user: User, product: Product, quantity: int) -> None:
    """Add units of a product to a person's basket; refused when the product is not sold any more."""
    put_all(session, user, [(product, quantity)])


def put_all(session: Session, user: User, wanted: Iterable[tuple[Product, int]]) -> None:
    """Add several products at once, to what already lies in the basket."""
    basket = _own_basket(session, user)
    lines = {line.product_id: line for line in basket.lines}
    for product, quantity in wanted:
        if not product.active:
            raise Refused(N_("%(sku)s is not sold any more."), sku=product.sku)
        line = lines.get(product.id)
        total = quantity + (line.quantity if line else 0)
        _refuse_quantity(quantity, total)
        if line is None:
            line = lines[product.id] = BasketLine(product_id=product.id, quantity=total)
            basket.lines.append(line)
        line.quantity = total


def change(session: Session, user: User, quantities: dict[int, int]) -> None:
    """Set the quantities of basket lines (by product id); zero takes a line out."""
    basket = _own_basket(session, user)
    for line in list(basket.lines):
        quantity = quantities.get(line.product_id, line.quantity)
        if quantity == 0:
            basket.lines.remove(line)
        else:
            _refuse_quantity(quantity, quantity)
            line.quantity = quantity


def place_basket(
    session: Session, user: User, key: str, particulars: Particulars, *, vat_rate_bp: int, now: datetime
) -> Order:
    """The order for what lies in a person's basket, which is empty afterwards.

    `key` is the basket's as the person saw it: pressing twice gives the one order.
    """
    basket = _own_basket(session, user)
    existing = order_for_key(session, user.company, key)
    if existing is not None:
        return existing
    if key != basket.key:
        raise Refused(N_("This basket was already ordered or emptied in another window."))
    wish = Wish(
        key=key,
        lines=[(line.product_id, line.quantity) for line in basket.lines],
        requested_on=particulars.requested_on,
        po_number=particulars.po_number,
        note=particulars.note,
        seen_total_minor=particulars.seen_total_minor,
    )
    order = place(session, user.company, wish, vat_rate_bp=vat_rate_bp, by=user, now=now)
    basket.lines.clear()
    basket.key = _new_key()
    return order


def _own_basket(session: Session, user: User) -> Basket:
    """The person's basket, made if need be, locked so that two windows take turns."""
    session.execute(
        upsert(session, Basket)
        .values(user_id=user.id, key=_new_key())
        .on_conflict_do_nothing(index_elements=["user_id"])
    )
    basket_id = session.scalars(select(Basket.id).where(Basket.user_id == user.id)).one()
    (basket,) = lock(session, Basket, [basket_id])
    return basket


def _new_key() -> str:
    return str(uuid.uuid4())


def _refuse_quantity(quantity: int, total: int) -> None:
    if quantity < 1:
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    if total > MOST_UNITS:
        raise Refused(N_("Each quantity must be between 1 and %(most)s."), field="quantity", most=MOST_UNITS)
