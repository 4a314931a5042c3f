"""Reading the catalogue: searching, browsing, one product."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.models import Category, Price, Product, ServiceArea, Warehouse
from inventory.searching import folded, search_words
from inventory.stock import Reservation, Stock, Supplier
from portal.i18n import N_, language
from portal.numbered import PAGE, Page, numbered
from portal.refusal import Refused

LEAST_GTIN_DIGITS = 4
"""From how many digits on a number is taken for the beginning of a barcode."""


class Plight(StrEnum):
    """Why a product is looked for on the stock board."""

    OUT = "out"
    SHORT = "short"
    INACTIVE = "inactive"


PLIGHT_TITLES = {
    Plight.OUT: N_("Nothing available"),
    Plight.SHORT: N_("Lines waiting"),
    Plight.INACTIVE: N_("No longer sold"),
}


@dataclass(frozen=True)
class Shelf:
    """What part of the catalogue is asked for; customers see only what is sold."""

    query: str = ""
    category_id: int | None = None
    active_only: bool = True
    plight: Plight | None = None


def search_products(session: Session, shelf: Shelf, *, page: int = 1, per_page: int = PAGE) -> Page[Product]:
    """A page of the products of a shelf with their categories, best match first, then by name in the reader's language.

    Two queries. A product must hold every word of the query: its exact code ranks first, then a name or code that
    begins with the words, then the rest.
    """
    counted = select(func.count(Product.id)).where(*_conditions(shelf))
    found = (
        select(Product)
        .outerjoin(Product.category)
        .options(contains_eager(Product.category))
        .where(*_conditions(shelf))
        .order_by(*_order(shelf.query))
    )
    return numbered(session, found, counted, page=page, per_page=per_page)


def suggest_products(session: Session, query: str, limit: int = 8) -> list[Product]:
    """The products that match best, in one query; none for an empty query."""
    if not search_words(query):
        return []
    shelf = Shelf(query)
    found = select(Product).where(*_conditions(shelf)).order_by(*_order(query)).limit(limit)
    return list(session.scalars(found))


def find_product(session: Session, sku: str) -> Product | None:
    """The product of this code, with its category."""
    query = select(Product).where(Product.sku == sku).options(joinedload(Product.category))
    return session.scalars(query).one_or_none()


def product_named(session: Session, sku: str | None) -> Product:
    """The product of a code that somebody typed; refused at its field `sku` when there is none."""
    product = find_product(session, (sku or "").strip())
    if product is None:
        raise Refused(N_("There is no product %(sku)s."), field="sku", sku=sku)
    return product


def categories(session: Session) -> list[Category]:
    """Every category, by name in the reader's language."""
    name = Category.name_th if language() == "th" else Category.name_en
    return list(session.scalars(select(Category).order_by(name, Category.id)))


def category_by_code(session: Session, code: str) -> Category | None:
    """The category of this code."""
    return session.scalars(select(Category).where(Category.code == code)).one_or_none()


def warehouses(session: Session) -> list[Warehouse]:
    """Every warehouse, the main one first."""
    return list(session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code)))


def suppliers(session: Session) -> list[Supplier]:
    """Every supplier, by code."""
    return list(session.scalars(select(Supplier).order_by(Supplier.code)))


def find_warehouse(session: Session, code: str) -> Warehouse | None:
    """The warehouse of this code."""
    return session.scalars(select(Warehouse).where(Warehouse.code == code)).one_or_none()


def find_supplier(session: Session, code: str) -> Supplier | None:
    """The supplier of this code."""
    return session.scalars(select(Supplier).where(Supplier.code == code)).one_or_none()


def service_areas(session: Session) -> dict[str, ServiceArea]:
    """By province, the warehouse named for it and the working days goods travel there."""
    query = select(ServiceArea).options(joinedload(ServiceArea.warehouse))
    return {area.province: area for area in session.scalars(query)}


def anything_priced(session: Session) -> bool:
    """Whether there is a product on sale that has a price in some list."""
    query = select(Price.product_id).join(Product, Product.id == Price.product_id).where(Product.active)
    return session.scalar(query.limit(1)) is not None


def _conditions(shelf: Shelf) -> list[ColumnElement[bool]]:
    conditions = [_holds(word) for word in search_words(shelf.query)]
    if shelf.category_id is not None:
        conditions.append(Product.category_id == shelf.category_id)
    if shelf.active_only:
        conditions.append(Product.active.expression)
    if shelf.plight is not None:
        conditions.append(_suffers(shelf.plight))
    return conditions


def _suffers(plight: Plight) -> ColumnElement[bool]:
    if plight is Plight.INACTIVE:
        return ~Product.active
    if plight is Plight.SHORT:
        return exists().where(Reservation.product_id == Product.id, Reservation.held < Reservation.quantity)
    return and_(
        Product.active, ~exists().where(Stock.product_id == Product.id, Stock.on_hand > Stock.reserved)
    )


def _holds(word: str) -> ColumnElement[bool]:
    within = Product.search_text.contains(word, autoescape=True)
    if word.isascii() and word.isdigit() and len(word) >= LEAST_GTIN_DIGITS:
        return or_(within, Product.gtin.startswith(word))
    return within


def _order(query: str) -> list[ColumnElement[Any]]:
    name = Product.sort_th if language() == "th" else Product.sort_en
    whole = folded(query)
    if not whole:
        return [name.expression, Product.id.expression]
    # The search text is the folded code and names with a space between: each begins it or follows a space.
    begins = or_(
        Product.search_text.startswith(whole, autoescape=True),
        Product.search_text.contains(f" {whole}", autoescape=True),
    )
    exact = Product.search_text.startswith(f"{whole} ", autoescape=True)
    rank = case((exact, 0), (begins, 1), else_=2)
    return [rank, name.expression, Product.id.expression]
