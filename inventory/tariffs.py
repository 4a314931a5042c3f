"""What products cost one customer on a day: the closest price list that has them, and the break a quantity reaches."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from inventory import showing
from inventory.models import Price, PriceList, Product
from inventory.order_quantities import OrderTerms
from portal.customers.models import Customer, Tier


class Step(NamedTuple):
    """What a unit costs from so many units on, and the list that says so."""

    from_units: int
    price: Decimal
    list_id: int


class Tariff(tuple[Step, ...]):
    """What a product costs one customer by how much they order; empty when it costs nothing that is known."""

    __slots__ = ()

    def at(self, quantity: int) -> Step | None:
        """The step that a quantity reaches."""
        reached = None
        for step in self:
            if step.from_units > quantity:
                break
            reached = step
        return reached

    def after(self, quantity: int) -> Step | None:
        """The next step above a quantity at which a unit costs less than now; None when there is none."""
        now = self.at(quantity)
        return next(
            (step for step in self if step.from_units > quantity and (now is None or step.price < now.price)),
            None,
        )


NOTHING = Tariff()


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as one customer can order it; `price` is None when no list has one for them and this quantity.

    One that is not `shown` to them cannot be ordered either.
    """

    product_id: int
    sku: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    replenishment_days: int
    active: bool
    shown: bool
    lifecycle: str
    least: int
    multiple: int
    most: int | None
    price: Decimal | None

    @property
    def terms(self) -> OrderTerms:
        """By how many it is ordered."""
        return OrderTerms(self.sku, self.lifecycle, self.least, self.multiple, self.most)


_SHOWN = showing.shown_column(bindparam("customer_id"), bindparam("group_id"))
_WANTED: BindParameter[int] = bindparam("wanted", expanding=True)
_ANY = and_(PriceList.customer_id.is_(None), PriceList.group_id.is_(None))
CLOSENESS = case(
    (PriceList.customer_id.is_not(None), 3),
    (PriceList.group_id.is_not(None), 2),
    (PriceList.tier != Tier.STANDARD, 1),
    else_=0,
)
"""How close a list is to the customer it holds for."""
_IN_FORCE = and_(
    PriceList.currency == bindparam("currency"),
    or_(PriceList.valid_from.is_(None), PriceList.valid_from <= bindparam("day")),
    or_(PriceList.valid_until.is_(None), PriceList.valid_until >= bindparam("day")),
    or_(
        PriceList.customer_id == bindparam("customer_id"),
        PriceList.group_id == bindparam("group_id"),
        and_(_ANY, PriceList.tier.in_((bindparam("tier"), Tier.STANDARD.value))),
    ),
)
_OWN = (
    select(
        Price.product_id,
        Price.from_units,
        Price.unit_price,
        Price.price_list_id,
        CLOSENESS.label("closeness"),
        func.coalesce(PriceList.valid_from, date.min).label("began"),
    )
    .join(PriceList, PriceList.id == Price.price_list_id)
    .where(_IN_FORCE)
    .subquery("own")
)
"""Every price in a list that holds for a customer on a day."""
_FARTHEST_FIRST = (_OWN.c.closeness, _OWN.c.began, _OWN.c.price_list_id, _OWN.c.from_units)
_STEPS = (
    select(_OWN.c.product_id, _OWN.c.from_units, _OWN.c.unit_price, _OWN.c.price_list_id)
    .join(Product, Product.id == _OWN.c.product_id)
    .where(_OWN.c.product_id.in_(_WANTED), _SHOWN)
    .order_by(*_FARTHEST_FIRST)
)
_OFFERS = (
    select(
        Product.id,
        Product.sku,
        Product.name_th,
        Product.name_en,
        Product.unit_th,
        Product.unit_en,
        Product.replenishment_days,
        Product.active,
        _SHOWN,
        Product.lifecycle,
        Product.order_least,
        Product.order_multiple,
        Product.order_most,
        _OWN.c.from_units,
        _OWN.c.unit_price,
        _OWN.c.price_list_id,
    )
    .outerjoin(_OWN, _OWN.c.product_id == Product.id)
    .where(Product.id.in_(_WANTED))
    .order_by(*_FARTHEST_FIRST)
)


def offers(session: Session, customer: Customer, wanted: Mapping[int, int], *, on: date) -> dict[int, Offer]:
    """These products (id: units wanted at once) with their prices for a customer on a day, in one query.

    A product that does not exist is absent.
    """
    steps: dict[int, list[Step]] = {}
    facts: dict[int, Any] = {}
    for row in session.execute(_OFFERS, _asked(customer, wanted, on)):
        facts[row[0]] = row
        known = steps.setdefault(row[0], [])
        if row[13] is not None:
            _put(known, Step(row[13], row[14], row[15]))
    found = {}
    for id_, row in facts.items():
        step = Tariff(steps[id_]).at(wanted[id_])
        known_of: list[Any] = [*row[:13], step.price if step else None]
        found[id_] = Offer(*known_of)
    return found


def tariffs(
    session: Session, customer: Customer, product_ids: Collection[int], *, on: date
) -> dict[int, Tariff]:
    """What these products cost a customer on a day, in their currency, by quantity; one query.

    What has no price for them, or is not shown to them, is absent.
    """
    if not product_ids:
        return {}
    steps: dict[int, list[Step]] = {}
    for id_, *step in session.execute(_STEPS, _asked(customer, product_ids, on)):
        _put(steps.setdefault(id_, []), Step(*step))
    return {id_: Tariff(known) for id_, known in steps.items()}


def prices_for(
    session: Session, customer: Customer, wanted: Mapping[int, int], *, on: date
) -> dict[int, Decimal]:
    """What a unit of each product (id: units wanted at once) costs a customer on a day; one query.

    What has no price for them at that quantity, or is not shown to them, is absent.
    """
    reached = {
        id_: tariff.at(wanted[id_]) for id_, tariff in tariffs(session, customer, wanted, on=on).items()
    }
    return {id_: step.price for id_, step in reached.items() if step}


def _put(known: list[Step], step: Step) -> None:
    """Take a step of a closer list, which holds from its first quantity on whatever lists farther away say."""
    while known and known[-1].from_units >= step.from_units:
        known.pop()
    known.append(step)


def _asked(customer: Customer, wanted: Collection[int], on: date) -> dict[str, Any]:
    return {
        "currency": customer.currency,
        "tier": customer.tier,
        "customer_id": customer.id,
        "group_id": customer.group_id,
        "day": on,
        "wanted": list(wanted),
    }
