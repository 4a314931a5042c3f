"""Reading lots and serials: the list of all, what a product has of them, and what lies in quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.ledger import Place
from inventory.models import Product, Tracking, Warehouse
from inventory.searching import search_words
from inventory.stock import Condition, Movement, Stock
from inventory.tracing import tidy
from portal.keyset import Keyset, keyset
from portal.numbered import Page, numbered

CAUSES_SHOWN = 3


@dataclass(frozen=True)
class Sought:
    """Which lots and serials are looked for: part of a number, a product, how they are kept, and where or with whom."""

    number: str = ""
    product_id: int | None = None
    keeping: Keeping | None = None
    warehouse_id: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True)
class Shelf:
    """What a warehouse has of a tracked product: units known by number, and those not yet identified."""

    warehouse: Warehouse
    on_hand: int
    quarantined: int
    known: int
    known_aside: int

    @property
    def unknown(self) -> int:
        """Good units whose lot or serial is not known yet."""
        return self.on_hand - self.known


@dataclass(frozen=True)
class Aside:
    """Units of a product in quarantine in one warehouse, their numbers, and the latest causes that brought some in."""

    product: Product
    warehouse: Warehouse
    units: int
    numbers: list[tuple[Identity, int]] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> int:
        """Units here whose lot or serial is not known."""
        return self.units - sum(units for _, units in self.numbers)


def identity_page(
    session: Session, sought: Sought, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[IdentityBalance]:
    """Where lots and serials are, newest first: balances with all that they name. One query."""
    query = (
        select(IdentityBalance)
        .join(IdentityBalance.identity)
        .options(
            contains_eager(IdentityBalance.identity).joinedload(Identity.product),
            joinedload(IdentityBalance.warehouse),
            joinedload(IdentityBalance.customer),
        )
        .where(IdentityBalance.quantity > 0, *_conditions(sought))
    )
    return keyset(
        session,
        query,
        IdentityBalance.id,
        by=IdentityBalance.identity_id,
        older_than=older_than,
        newer_than=newer_than,
    )


def shelves(session: Session, product: Product) -> list[Shelf]:
    """What each warehouse has of a tracked product by number, the main one first; none for an untracked one."""
    if product.tracking == Tracking.NONE:
        return []
    known: dict[tuple[int, str], int] = {}
    query = (
        select(IdentityBalance.warehouse_id, IdentityBalance.keeping, func.sum(IdentityBalance.quantity))
        .join(IdentityBalance.identity)
        .where(
            Identity.product_id == product.id,
            IdentityBalance.warehouse_id.is_not(None),
            IdentityBalance.quantity > 0,
        )
        .group_by(IdentityBalance.warehouse_id, IdentityBalance.keeping)
    )
    for warehouse_id, keeping, units in session.execute(query):
        known[warehouse_id or 0, keeping] = int(units)
    stock = (
        select(Stock)
        .join(Stock.warehouse)
        .options(contains_eager(Stock.warehouse))
        .where(Stock.product_id == product.id)
        .order_by(Warehouse.main.desc(), Warehouse.code)
    )
    return [
        Shelf(
            row.warehouse,
            row.on_hand,
            row.quarantined,
            known.get((row.warehouse_id, Keeping.GOOD), 0),
            known.get((row.warehouse_id, Keeping.QUARANTINE), 0),
        )
        for row in session.scalars(stock)
    ]


def in_house(session: Session, product: Product, limit: int = 12) -> list[IdentityBalance]:
    """Lots and serials of a product in our warehouses, those that expire first on top, then the oldest."""
    query = (
        select(IdentityBalance)
        .join(IdentityBalance.identity)
        .options(contains_eager(IdentityBalance.identity), joinedload(IdentityBalance.warehouse))
        .where(
            Identity.product_id == product.id,
            IdentityBalance.warehouse_id.is_not(None),
            IdentityBalance.quantity > 0,
        )
        .order_by(Identity.expires_on.is_(None), Identity.expires_on, Identity.id, IdentityBalance.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def aside_page(session: Session, *, warehouse_id: int | None = None, page: int = 1) -> Page[Aside]:
    """What lies in quarantine, product by product, with numbers and causes. Four queries."""
    conditions = [Stock.quarantined > 0]
    if warehouse_id is not None:
        conditions.append(Stock.warehouse_id == warehouse_id)
    query = (
        select(Stock)
        .join(Stock.product)
        .options(contains_eager(Stock.product), joinedload(Stock.warehouse))
        .where(*conditions)
        .order_by(Product.sku, Stock.warehouse_id)
    )
    counted = select(func.count(Stock.id)).where(*conditions)
    return numbered(session, query, counted, page=page).made(lambda rows: _asides(session, rows))


def aside_of(session: Session, product: Product, warehouse: Warehouse) -> Aside | None:
    """What lies in quarantine of a product in a warehouse, if anything does."""
    query = (
        select(Stock)
        .options(joinedload(Stock.product), joinedload(Stock.warehouse))
        .where(Stock.product_id == product.id, Stock.warehouse_id == warehouse.id, Stock.quarantined > 0)
    )
    found = _asides(session, list(session.scalars(query)))
    return found[0] if found else None


def _asides(session: Session, rows: Sequence[Stock]) -> list[Aside]:
    places = [Place(row.product_id, row.warehouse_id) for row in rows]
    numbers, causes = _numbers_aside(session, places), _causes_aside(session, places)
    return [
        Aside(row.product, row.warehouse, row.quarantined, numbers.get(place, []), causes.get(place, []))
        for row, place in zip(rows, places, strict=True)
    ]


def _numbers_aside(session: Session, places: Sequence[Place]) -> Mapping[Place, list[tuple[Identity, int]]]:
    found: dict[Place, list[tuple[Identity, int]]] = {}
    if not places:
        return found
    query = (
        select(Identity, IdentityBalance.warehouse_id, IdentityBalance.quantity)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(
            IdentityBalance.keeping == Keeping.QUARANTINE,
            IdentityBalance.quantity > 0,
            tuple_(Identity.product_id, IdentityBalance.warehouse_id).in_(
                [(place.product_id, place.warehouse_id) for place in places]
            ),
        )
        .order_by(Identity.id)
    )
    for identity, warehouse_id, units in session.execute(query):
        found.setdefault(Place(identity.product_id, warehouse_id or 0), []).append((identity, units))
    return found


def _causes_aside(session: Session, places: Sequence[Place]) -> Mapping[Place, list[str]]:
    """The latest causes that brought units of each place into quarantine."""
    found: dict[Place, list[str]] = {}
    if not places:
        return found
    newest = (
        func.row_number()
        .over(partition_by=(Movement.product_id, Movement.warehouse_id), order_by=Movement.id.desc())
        .label("nth")
    )
    came = (
        select(Movement.product_id, Movement.warehouse_id, Movement.cause_no, newest)
        .where(
            Movement.condition == Condition.QUARANTINE,
            Movement.quantity > 0,
            tuple_(Movement.product_id, Movement.warehouse_id).in_(
                [(place.product_id, place.warehouse_id) for place in places]
            ),
        )
        .subquery()
    )
    for row in session.execute(select(came).where(came.c.nth <= CAUSES_SHOWN).order_by(came.c.nth)):
        found.setdefault(Place(row.product_id, row.warehouse_id), []).append(row.cause_no)
    return found


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if sought.number.strip():
        number = Identity.number.contains(tidy(sought.number), autoescape=True)
        words = search_words(sought.number)
        named = [Product.search_text.contains(word, autoescape=True) for word in words]
        products: Any = select(Product.id).where(*named)
        conditions.append(or_(number, Identity.product_id.in_(products)) if named else number)
    if sought.product_id is not None:
        conditions.append(Identity.product_id == sought.product_id)
    if sought.keeping is not None:
        conditions.append(IdentityBalance.keeping == sought.keeping)
    if sought.warehouse_id is not None:
        conditions.append(IdentityBalance.warehouse_id == sought.warehouse_id)
    if sought.customer_id is not None:
        conditions.append(IdentityBalance.customer_id == sought.customer_id)
    return conditions


def expired(identity: Identity, today: date) -> bool:
    """Whether the last day of use of a lot has passed."""
    return identity.expires_on is not None and identity.expires_on < today
