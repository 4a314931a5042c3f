"""Reading price lists: all of them, one with its prices, those that hold for the same customers on the same days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from inventory import search_index
from inventory.models import Price, PriceList, Product
from inventory.searching import search_words
from portal.customers.models import TIER_TITLES, Tier
from portal.i18n import N_, gettext, name_of
from portal.keyset import Keyset, keyset
from portal.refusal import Unknown

MOST_OVERLAPS = 20


@dataclass(frozen=True)
class ListRow:
    """A price list and how many products it has prices for."""

    price_list: PriceList
    products: int


@dataclass(frozen=True)
class PricedProduct:
    """A product in a price list, with what it costs from how many units on."""

    product: Product
    steps: Sequence[tuple[int, Decimal]]


def get_price_list(session: Session, code: str) -> PriceList:
    """The price list of this code, with whom it is for; raises Unknown when there is none."""
    query = select(PriceList).where(PriceList.code == code)
    found = session.scalars(query.options(*_sides())).one_or_none()
    if found is None:
        raise Unknown(f"no price list {code!r}")
    return found


def list_page(
    session: Session,
    query: str = "",
    *,
    in_force_on: date | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[ListRow]:
    """A page of price lists, the newest first; found by code or name, or those in force on a day."""
    products = (
        select(func.count(func.distinct(Price.product_id)))
        .where(Price.price_list_id == PriceList.id)
        .scalar_subquery()
    )
    asked = select(PriceList, products).options(*_sides())
    if typed := query.strip().lower():
        texts = (PriceList.code, PriceList.name_th, PriceList.name_en)
        asked = asked.where(or_(*(func.lower(text).contains(typed, autoescape=True) for text in texts)))
    if in_force_on is not None:
        asked = asked.where(in_force(in_force_on))
    found = keyset(session, asked, PriceList.id, older_than=older_than, newer_than=newer_than)
    return found.made(lambda row: ListRow(row[0], row[1]))


def in_force(day: date) -> ColumnElement[bool]:
    """That a list holds on a day."""
    return and_(
        or_(PriceList.valid_from.is_(None), PriceList.valid_from <= day),
        or_(PriceList.valid_until.is_(None), PriceList.valid_until >= day),
    )


def priced_page(
    session: Session,
    price_list: PriceList,
    query: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[PricedProduct]:
    """A page of the products of a list with their prices, by product; found by code or name. Two queries."""
    has = select(Price.product_id).where(Price.price_list_id == price_list.id, Price.product_id == Product.id)
    asked = select(Product).where(has.exists())
    if words := search_words(query):
        dialect = session.get_bind().dialect.name
        asked = asked.where(Product.id.in_(search_index.holding(dialect, [[word] for word in words])))
    found = keyset(session, asked, Product.id, rising=True, older_than=older_than, newer_than=newer_than)
    steps = (
        select(Price.product_id, Price.from_units, Price.unit_price)
        .where(
            Price.price_list_id == price_list.id,
            Price.product_id.in_([product.id for product in found.rows]),
        )
        .order_by(Price.product_id, Price.from_units)
    )
    by_product = {
        id_: [(row.from_units, row.unit_price) for row in rows]
        for id_, rows in groupby(session.execute(steps), key=lambda row: row.product_id)
    }
    return found.made(lambda product: PricedProduct(product, by_product[product.id]))


def overlapping(session: Session, price_list: PriceList) -> Sequence[PriceList]:
    """Other lists for exactly the same customers with a day in common, the one that wins there first."""
    conditions = [
        PriceList.id != price_list.id,
        PriceList.currency == price_list.currency,
        PriceList.customer_id.is_not_distinct_from(price_list.customer_id),
        PriceList.group_id.is_not_distinct_from(price_list.group_id),
    ]
    if price_list.customer_id is None and price_list.group_id is None:
        conditions.append(PriceList.tier == price_list.tier)
    if price_list.valid_until is not None:
        conditions.append(or_(PriceList.valid_from.is_(None), PriceList.valid_from <= price_list.valid_until))
    if price_list.valid_from is not None:
        conditions.append(
            or_(PriceList.valid_until.is_(None), PriceList.valid_until >= price_list.valid_from)
        )
    query = select(PriceList).where(*conditions)
    later_first = func.coalesce(PriceList.valid_from, date.min).desc()
    return session.scalars(query.order_by(later_first, PriceList.id.desc()).limit(MOST_OVERLAPS)).all()


def scope_text(price_list: PriceList) -> str:
    """Whom a list is for, in the words of who reads it."""
    if price_list.customer is not None:
        return f"{price_list.customer.code} {name_of(price_list.customer)}"
    if price_list.group is not None:
        return gettext("Group %(name)s", name=name_of(price_list.group))
    if price_list.tier == Tier.STANDARD:
        return gettext("Everybody")
    return gettext("Tier %(tier)s", tier=gettext(TIER_TITLES[Tier(price_list.tier)]))


def list_titles(session: Session, list_ids: Collection[int]) -> dict[int, str]:
    """How a buyer is told which lists prices come from: by their names, or by whom they are for."""
    if not list_ids:
        return {}
    query = select(PriceList).where(PriceList.id.in_(list_ids))
    return {found.id: _title(found) for found in session.scalars(query)}


def _title(price_list: PriceList) -> str:
    if price_list.name_th or price_list.name_en:
        return name_of(price_list)
    if price_list.customer_id is not None:
        return gettext(N_("Your company's prices"))
    if price_list.group_id is not None:
        return gettext(N_("Your group's prices"))
    if price_list.tier != Tier.STANDARD:
        return gettext(N_("Prices of your tier"))
    return gettext(N_("Standard prices"))


def _sides() -> list[Any]:
    return [joinedload(PriceList.customer), joinedload(PriceList.group)]
