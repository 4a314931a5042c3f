"""The buyer fills a basket, and places what is in it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session, selectinload

from inventory.basket_holds import keep
from inventory.in_baskets import holds_of, purpose_of
from inventory.models import Lifecycle, Product
from inventory.showing import hidden_among
from inventory.tariffs import tariffs
from orders.fitting import refuse_misfits
from orders.models import Basket, BasketLine, Order
from orders.placing import order_for_key, place
from orders.previewing import serving
from orders.seen_days import Days
from orders.wishes import MOST_UNITS, Wish
from portal.accounts.models import User
from portal.clock import business_day
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
    seen_days: Mapping[int, Days] | None = None


class Retyped(Refused):
    """Quantities that are not those in the basket, and so not those that the total was worked out for."""


_FIND = (
    select(Basket)
    .where(Basket.user_id == bindparam("person"))
    .options(selectinload(Basket.lines).joinedload(BasketLine.product, innerjoin=True))
    .execution_options(populate_existing=True)
)
_TAKE = (
    update(Basket)
    .where(Basket.user_id == bindparam("person"), Basket.key == bindparam("seen_key"))
    .values(key=bindparam("next_key"))
    .returning(Basket.id)
    .execution_options(synchronize_session=False)
)
"""Locks a basket and names the order after this one, if the basket still stands as it was seen."""
_EMPTY = (
    delete(BasketLine)
    .where(BasketLine.basket_id == bindparam("basket"))
    .returning(BasketLine.id, BasketLine.product_id, BasketLine.quantity)
    .execution_options(synchronize_session=False)
)
"""Takes the lines out of a basket; they come back if the order is refused."""


def find_basket(session: Session, user: User) -> Basket | None:
    """The basket of a person with its lines and products, or None when nothing was ever put into it."""
    return session.scalars(_FIND, {"person": user.id}).one_or_none()


def put(
    session: Session,
    user: User,
    product: Product,
    quantity: int,
    pack_units: int = 1,
    *,
    hold_minutes: int,
    now: datetime,
) -> int:
    """Add single units of a product, or packs of so many, to a person's basket; gives the units added.

    What is free of the whole basket is then held for so many minutes; with 0 nothing is. Refused when
    the product is not sold any more, has no such pack, or cannot be ordered in the quantity this makes.
    """
    if pack_units != 1 and pack_units not in {pack.units for pack in product.packs}:
        raise Refused(N_("%(sku)s is not sold in this unit."), field="unit", sku=product.sku)
    if quantity > MOST_UNITS:
        raise Refused(N_("Each quantity must be between 1 and %(most)s."), field="quantity", most=MOST_UNITS)
    put_all(session, user, [(product, quantity * pack_units)], hold_minutes=hold_minutes, now=now)
    return quantity * pack_units


def put_all(
    session: Session,
    user: User,
    wanted: Iterable[tuple[Product, int]],
    *,
    hold_minutes: int,
    now: datetime,
) -> None:
    """Add units of several products at once, to what already lies in the basket, and hold what is free of it.

    Refused as `put` is, as a whole, and for a product that has no price for the company.
    """
    wanted = list(wanted)
    hidden = hidden_among(session, user.company, [product.id for product, _ in wanted])
    basket = _own_basket(session, user)
    lines = {line.product_id: line for line in basket.lines}
    totals = {line.product_id: line.quantity for line in basket.lines}
    products: dict[int, Product] = {}
    for product, quantity in wanted:
        if product.id in hidden:
            raise Refused(N_("%(sku)s is not in your catalogue any more."), sku=product.sku)
        totals[product.id] = quantity + totals.get(product.id, 0)
        _refuse_quantity(quantity, totals[product.id])
        products[product.id] = product
    _refuse_unpriced(session, user, products, now=now)
    ending = [id_ for id_, product in products.items() if product.lifecycle == Lifecycle.PHASE_OUT]
    own = holds_of(session, user.id, ending, now=now)
    refuse_misfits(session, user.company, [(product, totals[id_]) for id_, product in products.items()], own)
    for product_id in products:
        line = lines.get(product_id)
        if line is None:
            basket.lines.append(BasketLine(product_id=product_id, quantity=totals[product_id]))
        else:
            line.quantity = totals[product_id]
    _hold(session, user, basket, {}, hold_minutes, now=now)


def change(
    session: Session, user: User, quantities: dict[int, int], *, hold_minutes: int, now: datetime
) -> None:
    """Set the quantities of basket lines (by product id); zero takes a line out, and lets go of what was held for it.

    What is free of the rest is then held for so many minutes.
    """
    basket = _own_basket(session, user)
    for line in list(basket.lines):
        quantity = quantities.get(line.product_id, line.quantity)
        if quantity == 0:
            basket.lines.remove(line)
        else:
            _refuse_quantity(quantity, quantity)
            line.quantity = quantity
    gone = {product_id: 0 for product_id, quantity in quantities.items() if quantity == 0}
    _hold(session, user, basket, gone, hold_minutes, now=now)


def place_basket(
    session: Session,
    user: User,
    key: str,
    particulars: Particulars,
    *,
    typed: Mapping[int, int] | None = None,
    vat_rate_bp: int,
    now: datetime,
) -> Order:
    """The order for what lies in a person's basket, which is empty afterwards; what was held for it is the order's.

    `key` is the basket's as the person saw it: pressing twice gives the one order. Raises Retyped when a quantity that
    the person sees (by product id) is not the one in the basket.
    """
    basket_id = session.scalar(_TAKE, {"person": user.id, "seen_key": key, "next_key": _new_key()})
    if basket_id is None:
        existing = order_for_key(session, user.company, key)
        if existing is not None:
            return existing
        raise Refused(N_("This basket was already ordered or emptied in another window."))
    taken = sorted(session.execute(_EMPTY, {"basket": basket_id}).all())
    there = [(product_id, quantity) for _, product_id, quantity in taken]
    if typed and any(typed.get(product_id, quantity) != quantity for product_id, quantity in there):
        raise Retyped(N_("The quantities changed. Look at the new total and days, then place the order."))
    wish = Wish(
        key=key,
        lines=there,
        requested_on=particulars.requested_on,
        po_number=particulars.po_number,
        note=particulars.note,
        seen_total_minor=particulars.seen_total_minor,
        seen_days=particulars.seen_days,
        held=[purpose_of(user.id, product_id) for product_id, _ in there],
    )
    return place(session, user.company, wish, vat_rate_bp=vat_rate_bp, by=user, now=now)


def _hold(
    session: Session, user: User, basket: Basket, gone: Mapping[int, int], minutes: int, *, now: datetime
) -> None:
    """Hold what is free of a basket at the warehouse that serves its company; before there is one, nothing."""
    session.flush()  # the lines are read as they now stand
    sold = select(BasketLine.product_id, BasketLine.quantity).join(BasketLine.product)
    wanted = dict.fromkeys((line.product_id for line in basket.lines), 0)
    wanted |= dict(session.execute(sold.where(BasketLine.basket_id == basket.id, Product.active)).all())
    try:
        house: int | None = serving(session, user.company)[0].id
    except Refused:
        house = None
    keep(session, user, {**gone, **wanted}, house, minutes, now=now)


def _refuse_unpriced(session: Session, user: User, products: Mapping[int, Product], *, now: datetime) -> None:
    """Refused at once rather than with the whole order."""
    priced = tariffs(session, user.company, products, on=business_day(now))
    for id_, product in products.items():
        if id_ not in priced:
            raise Refused(
                N_("%(sku)s has no price in %(currency)s for you."),
                sku=product.sku,
                currency=user.company.currency,
            )


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
