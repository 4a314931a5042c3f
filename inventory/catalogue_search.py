"""Finding products by words, codes and barcodes, in Thai and English, and what comes close to a word typed wrongly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, exists, func, or_, select, union
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

    One query for the first page of what words find, two for another page or none to find. A product must hold every
    word of the query: the company's own code for it ranks first, then its exact code or barcode, then a name or code
    that begins with the words, then the rest.
    """
    asked = _asked(session, shelf)
    if asked.shape.words and page == 1:
        found = _page_found(asked.shape).add_columns(func.count().over())
        rows = session.execute(found.limit(per_page), asked.values).all()
        return Page([row[0] for row in rows], rows[0][1] if rows else 0, 1, per_page)
    counted = _counted(asked.shape).params(asked.values)
    return numbered(
        session, _page_found(asked.shape).params(asked.values), counted, page=page, per_page=per_page
    )


def suggest_products(
    session: Session, query: str, limit: int = 8, *, to: Customer | None = None
) -> list[Product]:
    """The products that match best, or come closest when none match; none for an empty query. At most three queries."""
    if not search_words(query):
        return []
    shelf = Shelf(query, to=to)
    asked = _asked(session, shelf)
    found = _suggested(asked.shape).limit(limit)
    return list(session.scalars(found, asked.values)) or close_products(session, shelf, limit)


def close_products(session: Session, shelf: Shelf, limit: int = 8) -> list[Product]:
    """The products with which a query was perhaps meant, the closest first: one or two letters wrong in each word.

    What matches the query as it was typed is not among them. Two queries, one when nothing is close.
    """
    words = search_words(shelf.query)
    if not any(near.forgiven(word) for word in words):
        return []
    dialect = session.get_bind().dialect.name
    groups = [near.pieces(word) or [word] for word in words]
    rest = _asked(session, replace(shelf, query=""))
    candidates = _candidates(dialect, groups, folded(shelf.query)).where(*_conditions(rest.shape))
    ranked = []
    for id_, text, sort in session.execute(candidates.limit(MOST_CANDIDATES), rest.values):
        errors = [near.errors_in(word, text) for word in words]
        if any(errors) and all(n <= near.forgiven(word) for n, word in zip(errors, words, strict=True)):
            ranked.append((sum(errors), sort, id_))
    order = {id_: n for n, (*_, id_) in enumerate(sorted(ranked)[:limit])}
    if not order:
        return []
    query = select(Product).where(Product.id.in_(order)).options(joinedload(Product.category))
    return sorted(session.scalars(query), key=lambda product: order[product.id])


def _candidates(dialect: str, groups: Sequence[Sequence[str]], query: str) -> Any:
    name = Product.sort_th if language() == "th" else Product.sort_en
    found = select(Product.id, Product.search_text, name).order_by(search_index.by_likeness(dialect, query))
    if dialect == "postgresql":
        return found.where(search_index.holds(groups))
    return found.join(search_index.INDEXED, search_index.INDEXED.c.rowid == Product.id).where(
        search_index.matches(groups)
    )


@dataclass(frozen=True)
class _Shape:
    """What a search asks, without what it asks for: statements are made once for each."""

    dialect: str
    language: str
    words: int
    long: int
    digits: bool
    to: bool
    category: bool
    active_only: bool
    plight: Plight | None


@dataclass(frozen=True)
class _Asked:
    """A search: its shape, and the values that the statement of that shape takes."""

    shape: _Shape
    values: Mapping[str, Any]


def _asked(session: Session, shelf: Shelf) -> _Asked:
    words = search_words(shelf.query)
    dialect, whole = session.get_bind().dialect.name, folded(shelf.query) if words else ""
    # Short words begin something where there is nothing else to go by; beside longer ones they stand anywhere.
    long = [word for word in words if len(word) >= search_index.LEAST]
    short = [word for word in words if len(word) < search_index.LEAST]
    digits = len(whole) >= LEAST_GTIN_DIGITS and whole.isascii() and whole.isdigit()
    shape = _Shape(
        dialect, language(), len(words), len(long), digits, shelf.to is not None,
        shelf.category_id is not None, shelf.active_only, shelf.plight,
    )  # fmt: skip
    values: dict[str, Any] = {"category_id": shelf.category_id} if shape.category else {}
    if shelf.to is not None:
        values |= {"customer_id": shelf.to.id, "group_id": shelf.to.group_id}
    if not words:
        return _Asked(shape, values)
    typed, plain = shelf.query.strip().lower(), search_index.plain
    for n, word in enumerate((*long, *short)):
        values |= {
            f"word_{n}": f"%{plain(word)}%",
            f"begins_{n}": f"{plain(word)}%",
            f"later_{n}": f"% {plain(word)}%",
        }
    values |= {"match": search_index.phrases([[word] for word in long or short])}
    values |= {"exact": f"{plain(whole)} %", "begins": f"{plain(whole)}%", "later": f"% {plain(whole)}%"}
    values |= {"whole": whole, "beyond": whole + ":", "typed": typed}
    values |= {"code": f"{plain(typed)}%", "named": f"%{plain(typed)}%"}
    return _Asked(shape, values)


@cache
def _page_found(shape: _Shape) -> Select[Any]:
    found = select(Product).outerjoin(Product.category).options(contains_eager(Product.category))
    return found.where(*_conditions(shape)).order_by(*_order(shape))


@cache
def _suggested(shape: _Shape) -> Select[Any]:
    return select(Product).where(*_conditions(shape)).order_by(*_order(shape))


@cache
def _counted(shape: _Shape) -> Select[Any]:
    return select(func.count(Product.id)).where(*_conditions(shape))


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions = [_matches(shape)] if shape.words else []
    if shape.category:
        conditions.append(Product.category_id == bindparam("category_id"))
    if shape.active_only:
        conditions.append(Product.active.expression)
    if shape.to:
        conditions.append(showing.shown_to(bindparam("customer_id"), bindparam("group_id")))
    if shape.plight is not None:
        conditions.append(_suffers(shape.plight))
    return conditions


def _matches(shape: _Shape) -> ColumnElement[bool]:
    """That a product holds every word, or has the barcode or the company's own code that was typed.

    Each way is a query of its own, for no index answers what is said with OR over several tables.
    """
    ways = [_named(shape)]
    if shape.digits:
        ways.append(select(Product.id).where(*_begins(Product.gtin)))
        ways.append(select(ProductPack.product_id).where(*_begins(ProductPack.gtin)))
    if shape.to:
        ways.append(_OWN)
    return Product.id.in_(union(*ways) if len(ways) > 1 else ways[0])


def _named(shape: _Shape) -> Select[Any]:
    """The products in whose code, names and brand every word stands."""
    rest = [_like(f"word_{n}") for n in range(shape.long, shape.words)] if shape.long else []
    if shape.dialect != "postgresql":
        found = search_index.matching(bindparam("match", type_=String))
        return select(Product.id).where(Product.id.in_(found), *rest) if rest else found
    if shape.long:
        return select(Product.id).where(*(_like(f"word_{n}") for n in range(shape.long)), *rest)
    begin = [or_(_like(f"begins_{n}"), _like(f"later_{n}")) for n in range(shape.words)]
    return select(Product.id).where(*begin)


def _like(name: str, column: Any = Product.search_text) -> ColumnElement[bool]:
    return column.like(bindparam(name), escape=search_index.ESCAPE)  # type: ignore[no-any-return]


def _begins(number: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a number of digits begins so, said as a range, which an index answers in any language of the database."""
    return number >= bindparam("whole"), number < bindparam("beyond")


_OWN_CODE, _OWN_NAME = func.lower(CustomerItem.code), func.lower(CustomerItem.name)
_OWN = select(CustomerItem.product_id).where(
    CustomerItem.customer_id == bindparam("customer_id"),
    or_(_like("code", _OWN_CODE), _like("named", _OWN_NAME)),
)
"""What a company calls so itself: by a code that begins with the query, or a name that holds it."""
_EXACTLY_OWN = select(CustomerItem.product_id).where(
    CustomerItem.customer_id == bindparam("customer_id"),
    _OWN_CODE == bindparam("typed"),  # noqa: SIM300 - a column, not a constant
)


def _suffers(plight: Plight) -> ColumnElement[bool]:
    if plight is Plight.INACTIVE:
        return ~Product.active
    if plight is Plight.SHORT:
        return exists().where(Reservation.product_id == Product.id, Reservation.held < Reservation.quantity)
    return and_(
        Product.active, ~exists().where(Stock.product_id == Product.id, Stock.on_hand > Stock.reserved)
    )


def _order(shape: _Shape) -> list[ColumnElement[Any]]:
    name = Product.sort_th if shape.language == "th" else Product.sort_en
    if not shape.words:
        return [name.expression, Product.id.expression]
    # The search text is the folded code and names with a space between: each begins it or follows a space.
    exact = _like("exact")
    if shape.digits:
        exact = or_(exact, Product.gtin == bindparam("whole"))
    ranks = [(exact, 1), (or_(_like("begins"), _like("later")), 2)]
    if shape.to:
        ranks.insert(0, (Product.id.in_(_EXACTLY_OWN), 0))
    return [case(*ranks, else_=3), name.expression, Product.id.expression]
