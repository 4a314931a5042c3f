"""Where in a warehouse a product is looked for: the bin that orders pick lists and count sheets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.ledger import Place, at, stock_rows
from inventory.models import Product, Warehouse
from inventory.stock import Stock
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused

LONGEST = 20


class Verb(StrEnum):
    """Acts on bins, for the audit trail."""

    SET = "bin.set"


def tidy_bin(typed: str) -> str:
    """A bin as it is kept: in capitals, without spaces around it. Refused when it is too long or cannot be read."""
    found = " ".join(typed.split()).upper()
    if len(found) > LONGEST or not found.isprintable():
        raise Refused(N_("A bin has at most %(most)s characters."), field="bin", most=LONGEST)
    return found


def set_bins(
    session: Session, warehouse: Warehouse, bins: Mapping[str, str], *, by: User | None, now: datetime
) -> int:
    """Say where in a warehouse products lie, by their codes; says how many changed. An empty bin says nowhere."""
    query = select(Product.sku, Product.id).where(Product.sku.in_(bins))
    ids = {sku: id_ for sku, id_ in session.execute(query)}  # noqa: C416 - a result is no dict of pairs
    unknown = next((sku for sku in bins if sku not in ids), None)
    if unknown is not None:
        raise Refused(N_("There is no product %(sku)s."), sku=unknown)
    return shelve(
        session, {Place(ids[sku], warehouse.id): text for sku, text in bins.items()}, by=by, now=now
    )


def shelve(session: Session, bins: Mapping[Place, str], *, by: User | None, now: datetime) -> int:
    """The same of places in any warehouse."""
    wanted = {place: tidy_bin(text) for place, text in bins.items()}
    before = bins_at(session, list(wanted))
    changing = {place: text for place, text in wanted.items() if before.get(place, "") != text}
    if not changing:
        return 0
    rows = stock_rows(session, list(changing))
    before = {place: rows[place].bin for place in changing}
    for place, text in changing.items():
        rows[place].bin = text
    for code, names in _named(session, list(changing)).items():
        audit.record(
            session,
            Verb.SET,
            "warehouse",
            code,
            by=by,
            now=now,
            before={"bins": [f"{sku}: {before[place]}" for sku, place in names]},
            after={"bins": [f"{sku}: {changing[place]}" for sku, place in names]},
        )
    return len(changing)


def bins_at(session: Session, places: Sequence[Place]) -> dict[Place, str]:
    """The bins of these places; those without one are absent."""
    if not places:
        return {}
    query = select(Stock.product_id, Stock.warehouse_id, Stock.bin).where(at(Stock, places), Stock.bin != "")
    return {Place(row.product_id, row.warehouse_id): row.bin for row in session.execute(query)}


def _named(session: Session, places: Sequence[Place]) -> dict[str, list[tuple[str, Place]]]:
    """The codes of products at these places, by the code of their warehouse."""
    query = (
        select(Warehouse.code, Product.sku, Stock.product_id, Stock.warehouse_id)
        .join(Stock.product)
        .join(Stock.warehouse)
        .where(at(Stock, places))
        .order_by(Warehouse.code, Product.sku)
    )
    found: dict[str, list[tuple[str, Place]]] = {}
    for code, sku, product_id, warehouse_id in session.execute(query):
        found.setdefault(code, []).append((sku, Place(product_id, warehouse_id)))
    return found
