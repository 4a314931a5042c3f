"""What a search of the catalogue asks, as a statement and the values that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from inventory import search_index, showing
from inventory.assortment import CustomerItem
from inventory.models import Product, ProductPack
from inventory.searching import as_barcode, folded, search_words
from inventory.stock import Reservation, Stock
from portal.customers.models import Customer
from portal.i18n import N_, language

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
    """What part of the catalogue is asked for; customers see only what is sold, and what is shown `to` them.

    They also find it by the codes and names that they know it by.
    """

    query: str = ""
    category_id: int | None = None
    active_only: bool = True
    plight: Plight | None = None
    to: Customer | None = None


@dataclass(frozen=True)
class Shape:
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
class Asked:
    """A search: its shape, and the values that the statement of that shape takes."""

    shape: Shape
    values: Mapping[str, Any]


def asked(session: Session, shelf: Shelf) -> Asked:
    """What is asked of a shelf, taken apart."""
    query = as_barcode(shelf.query)
    words = search_words(query)
    dialect, whole = session.get_bind().dialect.name, folded(query) if words else ""
    # Short words begin something where there is nothing else to go by; beside longer ones they stand anywhere.
    long = [word for word in words if len(word) >= search_index.LEAST]
    short = [word for word in words if len(word) < search_index.LEAST]
    digits = len(whole) >= LEAST_GTIN_DIGITS and whole.isascii() and whole.isdigit()
    shape = Shape(
        dialect, language(), len(words), len(long), digits, shelf.to is not None,
        shelf.category_id is not None, shelf.active_only, shelf.plight,
    )  # fmt: skip
    values: dict[str, Any] = {"category_id": shelf.category_id} if shape.category else {}
    if shelf.to is not None:
        values |= {"customer_id": shelf.to.id, "group_id": shelf.to.group_id}
    if not words:
        return Asked(shape, values)
    typed, plain = shelf.query.strip().lower(), search_index.plain
    for n, word in enumerate((*long, *short)):
        values[f"word_{n}"] = f"%{plain(word)}%"
        if not long:
            values |= {f"begins_{n}": f"{plain(word)}%", f"later_{n}": f"% {plain(word)}%"}
    if dialect != "postgresql":
        values["match"] = search_index.phrases([[word] for word in long or short])
    asked_whole, asked_typed = plain(whole), plain(typed)
    values |= {
        "exact": f"{asked_whole} %",
        "begins": f"{asked_whole}%",
        "later": f"% {asked_whole}%",
        "whole": whole,
        "beyond": whole + ":",
        "typed": typed,
        "code": f"{asked_typed}%",
        "named": f"%{asked_typed}%",
    }
    return Asked(shape, values)


def conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """What a product of such a search fulfils."""
    fulfilled = [_matches(shape)] if shape.words else []
    if shape.category:
        fulfilled.append(Product.category_id == bindparam("category_id"))
    if shape.active_only:
        fulfilled.append(Product.active.expression)
    if shape.to:
        fulfilled.append(showing.shown_to(bindparam("customer_id"), bindparam("group_id")))
    if shape.plight is not None:
        fulfilled.append(_suffers(shape.plight))
    return fulfilled


def _matches(shape: Shape) -> ColumnElement[bool]:
    """That a product holds every word, or has the barcode or the company's own code that was typed."""
    elsewhere: list[Select[int]] = []
    if shape.digits:
        elsewhere.append(select(ProductPack.product_id).where(*_begins(ProductPack.gtin)))
    if shape.to:
        elsewhere.append(_OWN)
    if shape.dialect == "postgresql":
        # What other tables say is looked up first, as a list: then one pass over the indexes answers all of it.
        ways = [_named(shape), *(Product.id == any_(_listed(found)) for found in elsewhere)]
        return or_(*ways, and_(*_begins(Product.gtin))) if shape.digits else or_(*ways)
    # Here each way is a query of its own, for no index answers what is said with OR over several tables.
    queries = [_named_in_index(shape), *elsewhere]
    if shape.digits:
        queries.append(select(Product.id).where(*_begins(Product.gtin)))
    return Product.id.in_(union(*queries) if len(queries) > 1 else queries[0])


def _named(shape: Shape) -> ColumnElement[bool]:
    """That every word stands in the code, names and brand of a product, for PostgreSQL."""
    if shape.long:
        return and_(*(_like(f"word_{n}") for n in range(shape.words)))
    return and_(*(or_(_like(f"begins_{n}"), _like(f"later_{n}")) for n in range(shape.words)))


def _named_in_index(shape: Shape) -> Select[int]:
    """The products in whose code, names and brand every word stands, for SQLite."""
    rest = [_like(f"word_{n}") for n in range(shape.long, shape.words)] if shape.long else []
    found = search_index.matching(bindparam("match", type_=String))
    return select(Product.id).where(Product.id.in_(found), *rest) if rest else found


def _listed(found: Select[int]) -> Any:
    return func.array(found.scalar_subquery())


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


def order(shape: Shape) -> list[ColumnElement[Any]]:
    """What the products found are sorted by: the best match first, then by name in the reader's language."""
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
