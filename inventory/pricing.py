"""Price lists, and what a product costs one customer."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from inventory.cataloguing import Counts
from inventory.models import Price, PriceList, Product
from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer, Tier
from portal.db import upsert
from portal.i18n import N_
from portal.money import unit_price
from portal.refusal import Refused

AT_ONCE = 2000


class Verb(StrEnum):
    """Acts on prices, for the audit trail."""

    LIST_MADE = "price_list.made"
    SET = "price.set"
    MANY_SET = "price_list.filled"


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as one customer can order it; `price` is None when no list has one for them."""

    product_id: int
    sku: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    replenishment_days: int
    active: bool
    price: Decimal | None


_OWN = (
    select(Price.product_id, Price.unit_price, PriceList.tier)
    .join(PriceList, PriceList.id == Price.price_list_id)
    .where(
        PriceList.currency == bindparam("currency"),
        PriceList.tier.in_((bindparam("tier"), Tier.STANDARD.value)),
    )
    .subquery("own")
)
"""What a product costs in the lists that hold for a customer: at most two, of which their tier's wins."""

_WANTED: BindParameter[int] = bindparam("wanted", expanding=True)
_PRICES = (
    select(_OWN.c.product_id, _OWN.c.unit_price)
    .where(_OWN.c.product_id.in_(_WANTED))
    .order_by(_OWN.c.tier == bindparam("tier"))
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
        _OWN.c.unit_price,
    )
    .outerjoin(_OWN, _OWN.c.product_id == Product.id)
    .where(Product.id.in_(_WANTED))
    .order_by(_OWN.c.tier == bindparam("tier"))
)


def offers(session: Session, customer: Customer, product_ids: Collection[int]) -> dict[int, Offer]:
    """These products with their prices for a customer, in one query; a product that does not exist is absent."""
    rows = session.execute(_OFFERS, {**_lists_of(customer), "wanted": list(product_ids)})
    return {row[0]: Offer(*row) for row in rows}  # a tier's own price comes after the standard one


def prices_for(session: Session, customer: Customer, product_ids: Collection[int]) -> dict[int, Decimal]:
    """Unit prices in the customer's currency, of their tier's list, else of the standard list.

    Products that neither list has are absent.
    """
    if not product_ids:
        return {}
    rows = session.execute(_PRICES, {**_lists_of(customer), "wanted": list(product_ids)})
    return dict(rows.all())  # a tier's own price comes after the standard one


def put_price_list(
    session: Session, currency: str, tier: str = Tier.STANDARD, *, by: User | None, now: datetime
) -> PriceList:
    """The price list of a currency for a tier, made when there is none yet."""
    query = select(PriceList).where(PriceList.currency == currency, PriceList.tier == tier)
    found = session.scalars(query).one_or_none()
    if found is None:
        found = PriceList(code=f"{currency}-{tier}", currency=currency, tier=tier)
        session.add(found)
        audit.record(session, Verb.LIST_MADE, "price_list", found.code, by=by, now=now)
        session.flush()  # prices name it by its id
    return found


def set_price(
    session: Session,
    price_list: PriceList,
    product: Product,
    price: Decimal,
    *,
    by: User | None,
    now: datetime,
) -> bool:
    """What a unit costs in a list from now on, kept to four decimals; says whether that is new.

    Refused unless positive.
    """
    price = unit_price(price)
    if price <= 0:
        raise Refused(N_("A price is more than zero."), field="unit_price")
    session.flush()  # a product that was just added gets its id
    row = session.get(Price, (price_list.id, product.id), with_for_update=True)
    before = row.unit_price if row else None
    if before == price:
        return False
    if row is None:
        session.add(Price(price_list_id=price_list.id, product_id=product.id, unit_price=price))
    else:
        row.unit_price = price
    audit.record(
        session,
        Verb.SET,
        "product",
        product.sku,
        by=by,
        now=now,
        before={price_list.code: str(before)} if before is not None else None,
        after={price_list.code: str(price)},
    )
    return True


def set_prices(
    session: Session, price_list: PriceList, prices: Mapping[int, Decimal], *, by: User | None, now: datetime
) -> Counts:
    """Set many prices (product id: price) of a list at once. Refused as a whole unless all are positive."""
    counts = Counts()
    session.flush()  # the list and its products are named by their ids
    for some in _chunks(prices.items()):
        wanted = {product_id: unit_price(price) for product_id, price in some}
        if min(wanted.values()) <= 0:
            raise Refused(N_("A price is more than zero."), field="unit_price")
        query = select(Price.product_id, Price.unit_price).where(
            Price.price_list_id == price_list.id, Price.product_id.in_(wanted)
        )
        known = {row.product_id: row.unit_price for row in session.execute(query)}
        differing = {id_: price for id_, price in wanted.items() if known.get(id_) != price}
        counts.new += len(wanted.keys() - known.keys())
        counts.changed += len(differing.keys() & known.keys())
        counts.unchanged += len(wanted) - len(differing)
        if differing:
            _write(session, price_list, differing)
    if counts.new or counts.changed:
        after = {"new": counts.new, "changed": counts.changed}
        audit.record(session, Verb.MANY_SET, "price_list", price_list.code, by=by, now=now, after=after)
    return counts


def _lists_of(customer: Customer) -> dict[str, str]:
    return {"currency": customer.currency, "tier": customer.tier}


def _write(session: Session, price_list: PriceList, prices: Mapping[int, Decimal]) -> None:
    put = upsert(session, Price)
    put = put.on_conflict_do_update(
        index_elements=["price_list_id", "product_id"], set_={"unit_price": put.excluded.unit_price}
    )
    rows = [
        {"price_list_id": price_list.id, "product_id": id_, "unit_price": price}
        for id_, price in prices.items()
    ]
    session.execute(put, rows)
    for row in session.identity_map.values():
        if isinstance(row, Price):
            session.expire(row)


def _chunks(prices: Iterable[tuple[int, Decimal]]) -> Iterator[list[tuple[int, Decimal]]]:
    remaining = iter(prices)
    while some := list(islice(remaining, AT_ONCE)):
        yield some
