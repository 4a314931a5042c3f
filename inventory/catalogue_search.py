"""Finding products by words, codes and barcodes, in Thai and English, and what comes close to a word typed wrongly."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from inventory import near, search_index
from inventory.models import Product
from inventory.search_asking import Shape, Shelf, asked, conditions, order
from inventory.search_index import INDEXED
from inventory.searching import search_words
from portal.customers.models import Customer
from portal.numbered import PAGE, Page, numbered

MOST_CANDIDATES = 300
"""Products looked at letter by letter when nothing matches; they are the likest."""
FEW = 3
"""Up to so many products that match, those that come close are worth showing too."""


def search_products(session: Session, shelf: Shelf, *, page: int = 1, per_page: int = PAGE) -> Page[Product]:
    """A page of the products of a shelf with their categories, best match first, then by name in the reader's language.

    One query for the first page of what words find, two for another page or none to find. A product must hold every
    word of the query: the company's own code for it ranks first, then its exact code or barcode, then a name or code
    that begins with the words, then the rest.
    """
    search = asked(session, shelf)
    shape, values = search.shape, search.values
    if shelf.query.strip() and not shape.words:
        return Page([], 0, 1, per_page)  # signs without a letter or digit name nothing
    if shape.words and page == 1:
        rows = session.execute(_first_page(shape, per_page), values).all()
        return Page([row[0] for row in rows], rows[0][1] if rows else 0, 1, per_page)
    found, counted = _page_found(shape).params(values), _counted(shape).params(values)
    return numbered(session, found, counted, page=page, per_page=per_page)


def suggest_products(
    session: Session, query: str, limit: int = 8, *, to: Customer | None = None
) -> list[Product]:
    """The products that match best, or come closest when none match; none for an empty query. At most three queries."""
    if not search_words(query):
        return []
    shelf = Shelf(query, to=to)
    search = asked(session, shelf)
    found = session.scalars(_suggested(search.shape, limit), search.values)
    return list(found) or close_products(session, shelf, limit)


def close_products(session: Session, shelf: Shelf, limit: int = 8) -> list[Product]:
    """The products with which a query was perhaps meant, the closest first: one or two letters wrong in each word.

    What matches the query as it was typed is not among them. Two queries, one when nothing is close.
    """
    words = search_words(shelf.query)
    forgiven = [near.forgiven(word) for word in words]
    if not any(forgiven):
        return []
    rest = asked(session, replace(shelf, query=""))
    groups = [near.pieces(word) or [word] for word in words]
    threes = search_index.threes(words)
    long = tuple(tuple(len(text) >= search_index.LEAST for text in texts) for texts in groups)
    candidates = session.execute(
        _candidates(rest.shape, long, len(threes)),
        {**rest.values, **_values(rest.shape.dialect, groups, threes)},
    )
    ranked = []
    for id_, text, sort in candidates:
        errors = [near.errors_in(word, text) for word in words]
        if any(errors) and all(n <= most for n, most in zip(errors, forgiven, strict=True)):
            ranked.append((sum(errors), sort, id_))
    places = {id_: n for n, (*_, id_) in enumerate(sorted(ranked)[:limit])}
    if not places:
        return []
    return sorted(session.scalars(_CHOSEN, {"ids": list(places)}), key=lambda product: places[product.id])


_CHOSEN = (
    select(Product)
    .where(Product.id.in_(bindparam("ids", expanding=True)))
    .options(joinedload(Product.category))
)


@lru_cache(256)
def _candidates(shape: Shape, groups: tuple[tuple[bool, ...], ...], threes: int) -> Select[int, str, str]:
    """Products of a shelf in which some text of every group stands, the likest first.

    It is told of each text whether it is long enough for the index.
    """
    name = Product.sort_th if shape.language == "th" else Product.sort_en
    found = select(Product.id, Product.search_text, name).where(*conditions(shape)).limit(MOST_CANDIDATES)
    if shape.dialect != "postgresql":
        matches = search_index.matches(bindparam("match", type_=String))
        return found.join(INDEXED, INDEXED.c.rowid == Product.id).where(matches).order_by(INDEXED.c.rank)
    for group, texts in enumerate(groups):
        found = found.where(
            or_(*(search_index.stands(f"text_{group}_{n}", long=long) for n, long in enumerate(texts)))
        )
    return found.order_by(search_index.by_likeness([f"three_{n}" for n in range(threes)]), Product.id)


def _values(dialect: str, groups: Sequence[Sequence[str]], threes: Sequence[str]) -> dict[str, str]:
    """What the candidates are asked for."""
    if dialect != "postgresql":
        return {"match": search_index.phrases(groups)}
    values: dict[str, str] = {}
    for group, texts in enumerate(groups):
        for n, text in enumerate(texts):
            values |= search_index.standing(f"text_{group}_{n}", text)
    for n, three in enumerate(threes):
        values |= search_index.standing(f"three_{n}", three)
    return values


_NOT_TOLD = [
    defer(column)
    for column in (
        Product.unit_cost,
        Product.reorder_point,
        Product.abc,
        Product.weight_g,
        Product.volume_cm3,
        Product.shelf_life_days,
        Product.created_at,
    )
]
"""What no page of a company's catalogue tells."""


@cache
def _page_found(shape: Shape) -> Select[Any]:
    found = select(Product).outerjoin(Product.category).options(contains_eager(Product.category))
    if shape.to:
        found = found.options(*_NOT_TOLD)
    return found.where(*conditions(shape)).order_by(*order(shape))


@cache
def _first_page(shape: Shape, per_page: int) -> Select[Any]:
    """The first page of what is found, each row with the number of all that are."""
    return _page_found(shape).add_columns(func.count().over()).limit(per_page)


@cache
def _suggested(shape: Shape, limit: int) -> Select[Any]:
    return select(Product).where(*conditions(shape)).order_by(*order(shape)).limit(limit)


@cache
def _counted(shape: Shape) -> Select[Any]:
    return select(func.count(Product.id)).where(*conditions(shape))
