"""Finding products by words, codes and barcodes, in Thai and English, and what comes close to a word typed wrongly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, union
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory import near, search_index, showing
from inventory.assortment import CustomerItem
from inventory.models import Product, ProductPack
from inventory.searching import folded, search_words
from inventory.stock import Reservation, Stock
from portal.customers.models import Customer
from portal.i18n import N_, language
from portal.numbered import PAGE, Page, numbered

LEAST_GTIN_DIGITS = 4
"""From how many digits on a number is taken for the beginning of a barcode."""
MOST_CANDIDATES = 300
"""Products looked at letter by letter when nothing matches; they are the likest."""
FEW = 3
"""Up to so many products that match, those that come close are worth showing too."""


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
    """What part of the catalogue is asked for; customers see only what is sold, and what is shown `to` them.

    They also find it by the codes and names that they know it by.
    """

    query: str = ""
    category_id: int | None = None
    active_only: bool = True
    plight: Plight | None = None
    to: Customer | None = None


def search_products(session: Session, shelf: Shelf, *, page: int = 1, per_page: int = PAGE) -> Page[Product]:
    """A page of the products of a shelf with their categories, best match first, then by name in the reader's language.

    Two queries. A product must hold every word of the query: the company's own code for it ranks first, then its exact
    code or barcode, then a name or code that begins with the words, then the rest.
    """
    conditions = _conditions(session, shelf)
    counted = select(func.count(Product.id)).where(*conditions)
    found = (
        select(Product)
        .outerjoin(Product.category)
        .options(contains_eager(Product.category))
        .where(*conditions)
        .order_by(*_order(shelf))
    )
    return numbered(session, found, counted, page=page, per_page=per_page)


def suggest_products(
    session: Session, query: str, limit: int = 8, *, to: Customer | None = None
) -> list[Product]:
    """The products that match best, or come closest when none match; none for an empty query. At most three queries."""
    if not search_words(query):
        return []
    shelf = Shelf(query, to=to)
    found = select(Product).where(*_conditions(session, shelf)).order_by(*_order(shelf)).limit(limit)
    return list(session.scalars(found)) or close_products(session, shelf, limit)


def close_products(session: Session, shelf: Shelf, limit: int = 8) -> list[Product]:
    """The products with which a query was perhaps meant, the closest first: one or two letters wrong in each word.

    What matches the query as it was typed is not among them. Two queries, one when nothing is close.
    """
    words = search_words(shelf.query)
    if not any(near.forgiven(word) for word in words):
        return []
    dialect = session.get_bind().dialect.name
    groups = [near.pieces(word) or [word] for word in words]
    candidates = _candidates(dialect, groups, folded(shelf.query)).where(
        *_conditions(session, replace(shelf, query=""))
    )
    ranked = []
    for id_, text, sort in session.execute(candidates.limit(MOST_CANDIDATES)):
        errors = [near.errors_in(word, text) for word in words]
        if any(errors) and all(n <= near.forgiven(word) for n, word in zip(errors, words, strict=True)):
            ranked.append((sum(errors), sort, id_))
    order = {id_: n for n, (*_, id_) in enumerate(sorted(ranked)[:limit])}
    if not order:
        return []
    query = select(Product).where(Product.id.in_(order)).options(joinedload(Product.category))
    return sorted(session.scalars(query), key=lambda product: order[product.id])


def _candidates(dialect: str, groups: Sequence[Sequence[str]], query: str) -> Select[tuple[int, str, str]]:
    name = Product.sort_th if language() == "th" else Product.sort_en
    found = select(Product.id, Product.search_text, name).order_by(search_index.by_likeness(dialect, query))
    if dialect == "postgresql":
        return found.where(search_index.holds(groups))
    return found.join(search_index.INDEXED, search_index.INDEXED.c.rowid == Product.id).where(
        search_index.matches(groups)
    )


def _conditions(session: Session, shelf: Shelf) -> list[ColumnElement[bool]]:
    conditions = []
    if words := search_words(shelf.query):
        conditions.append(_matches(session.get_bind().dialect.name, words, shelf))
    if shelf.category_id is not None:
        conditions.append(Product.category_id == shelf.category_id)
    if shelf.active_only:
        conditions.append(Product.active.expression)
    if shelf.to is not None:
        conditions.append(showing.shown_to(shelf.to))
    if shelf.plight is not None:
        conditions.append(_suffers(shelf.plight))
    return conditions


def _matches(dialect: str, words: Sequence[str], shelf: Shelf) -> ColumnElement[bool]:
    """That a product holds every word, or has the barcode or the company's own code that was typed.

    Each way is a query of its own, for no index answers what is said with OR over several tables.
    """
    groups = [[word] for word in words if len(word) >= search_index.LEAST] or [[word] for word in words]
    rest = [word for word in words if [word] not in groups]
    ways = [search_index.holding(dialect, groups)]
    if rest:
        short = [Product.search_text.contains(word, autoescape=True) for word in rest]
        ways = [select(Product.id).where(Product.id.in_(ways[0]), *short)]
    whole = folded(shelf.query)
    if whole.isascii() and whole.isdigit() and len(whole) >= LEAST_GTIN_DIGITS:
        ways.append(select(Product.id).where(*_begins(Product.gtin, whole)))
        ways.append(select(ProductPack.product_id).where(*_begins(ProductPack.gtin, whole)))
    if shelf.to is not None:
        ways.append(_own(shelf.to, shelf.query))
    return Product.id.in_(union(*ways) if len(ways) > 1 else ways[0])


def _begins(number: Any, digits: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a number of digits begins so, said as a range, which an index answers in any language of the database."""
    return number >= digits, number < digits + ":"


def _own(customer: Customer, query: str) -> Select[tuple[int]]:
    """What a company calls so itself: by a code that begins with the query, or a name that holds it."""
    typed = query.strip().lower()
    code, name = func.lower(CustomerItem.code), func.lower(CustomerItem.name)
    return select(CustomerItem.product_id).where(
        CustomerItem.customer_id == customer.id,
        or_(code.startswith(typed, autoescape=True), name.contains(typed, autoescape=True)),
    )


def _suffers(plight: Plight) -> ColumnElement[bool]:
    if plight is Plight.INACTIVE:
        return ~Product.active
    if plight is Plight.SHORT:
        return exists().where(Reservation.product_id == Product.id, Reservation.held < Reservation.quantity)
    return and_(
        Product.active, ~exists().where(Stock.product_id == Product.id, Stock.on_hand > Stock.reserved)
    )


def _order(shelf: Shelf) -> list[ColumnElement[Any]]:
    name = Product.sort_th if language() == "th" else Product.sort_en
    whole = folded(shelf.query)
    if not whole:
        return [name.expression, Product.id.expression]
    # The search text is the folded code and names with a space between: each begins it or follows a space.
    begins = or_(
        Product.search_text.startswith(whole, autoescape=True),
        Product.search_text.contains(f" {whole}", autoescape=True),
    )
    exact = or_(
        Product.search_text.startswith(f"{whole} ", autoescape=True),
        Product.gtin == whole if whole.isdigit() else false(),
    )
    ranks = [(exact, 1), (begins, 2)]
    if shelf.to is not None:
        own = select(CustomerItem.product_id).where(
            CustomerItem.customer_id == shelf.to.id,
            func.lower(CustomerItem.code) == shelf.query.strip().lower(),
        )
        ranks.insert(0, (Product.id.in_(own), 0))
    return [case(*ranks, else_=3), name.expression, Product.id.expression]
