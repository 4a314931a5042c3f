"""People follow products and are told when one runs low, runs out or comes back, in one notice for all of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from inventory.coming import expected_day
from inventory.in_baskets import IN_BASKETS
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at
from inventory.models import Product, ServiceArea, Warehouse
from inventory.reorder_points import reorder_point_at
from inventory.showing import hidden_among, shown_column
from inventory.stock import Stock
from inventory.stockouts import SUPPLY_TITLES, Follow, Supply
from portal import outbox
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Address, Customer
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused

PATH = "/my/following"
"""Where a person sees what they follow."""
MOST_AT_ONCE = 5000
MOST_FOLLOWED = 500
"""More than anybody can read; the list of what one follows is a page without an end."""


@dataclass(frozen=True)
class Followed:
    """A product somebody follows, with what can be promised of it from the warehouse that serves them."""

    product: Product
    since: datetime
    supply: Supply
    available: int
    next_on: date | None


def follow(session: Session, user: User, product: Product, *, now: datetime) -> None:
    """A buyer hears from now on when a product runs low, runs out or comes back; following twice changes nothing.

    Refused for a product that is not sold or that their company may not see, and beyond the most that one may follow.
    """
    if not product.active:
        raise Refused(N_("%(sku)s is not sold any more."), sku=product.sku)
    if user.customer is not None and hidden_among(session, user.customer, [product.id]):
        raise Refused(N_("%(sku)s is not in your catalogue any more."), sku=product.sku)
    followed = session.scalar(select(func.count()).select_from(Follow).where(Follow.user_id == user.id))
    if followed is not None and followed >= MOST_FOLLOWED:
        raise Refused(
            N_("You follow %(most)s products already; stop following some first."), most=MOST_FOLLOWED
        )
    told = session.scalar(_supply_of(user, product))
    put = upsert(session, Follow).values(user_id=user.id, product_id=product.id, told=told, since=now)
    session.execute(put.on_conflict_do_nothing(index_elements=["user_id", "product_id"]))


def unfollow(session: Session, user: User, product: Product) -> None:
    """A buyer hears no more of a product; nothing changes when they did not follow it."""
    gone = delete(Follow).where(Follow.user_id == user.id, Follow.product_id == product.id)
    session.execute(gone.execution_options(synchronize_session=False))


def followed_among(session: Session, user: User, product_ids: Collection[int]) -> set[int]:
    """Which of these products a person follows; one query."""
    query = select(Follow.product_id).where(Follow.user_id == user.id, Follow.product_id.in_(product_ids))
    return set(session.scalars(query)) if product_ids else set()


def followed_by(session: Session, user: User, today: date) -> list[Followed]:
    """What a person follows and may see, what is out first, then what is low, then by name; three queries."""
    query = (
        select(Follow, _AVAILABLE.label("available"), _SUPPLY.label("supply"), _HOME.label("home"))
        .select_from(Follow)
        .join(Follow.product)
        .join(Follow.user)
        .outerjoin(User.customer)
        .outerjoin(Stock, _SERVED)
        .options(joinedload(Follow.product))
        .where(Follow.user_id == user.id, _SHOWN)
        .order_by(_ORDER, Product.sort_en, Product.id)
    )
    rows = session.execute(query).all()
    places = [Place(row.Follow.product_id, row.home) for row in rows if row.home and row.supply != Supply.IN]
    coming = _coming(session, places, today)
    return [
        Followed(
            row.Follow.product,
            row.Follow.since,
            Supply(row.supply),
            row.available,
            coming.get(Place(row.Follow.product_id, row.home or 0)),
        )
        for row in rows
    ]


def followers_at(session: Session, places: Collection[Place]) -> dict[Place, int]:
    """How many people follow a product from each of these warehouses; one query."""
    if not places:
        return {}
    ids = {place.product_id for place in places}
    query = (
        select(Follow.product_id, _HOME.label("home"), func.count())
        .select_from(Follow)
        .join(Follow.user)
        .where(User.active, Follow.product_id.in_(ids))
        .group_by(Follow.product_id, "home")
    )
    counted = {Place(product_id, home): count for product_id, home, count in session.execute(query)}
    return {place: counted.get(place, 0) for place in places}


def tell_followers(session: Session, now: datetime) -> int:
    """Tell everybody what has changed of the products they follow, each person in one notice; says how many changes.

    Nobody hears of what their company may not see. What a person was told is put on record with the notice, so that a
    second run has nothing more to say.
    """
    today = business_day(now)
    rows = session.execute(_CHANGED).all()
    out = [Place(row.product_id, row.home) for row in rows if row.supply == Supply.OUT and row.home]
    coming = _coming(session, out, today)
    notices: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        comes_on = coming.get(Place(row.product_id, row.home or 0)) if row.supply == Supply.OUT else None
        notices.setdefault(row.user_id, []).append(
            {
                "sku": row.sku,
                "name_th": row.name_th,
                "name_en": row.name_en,
                "supply": SUPPLY_TITLES[Supply(row.supply)],
                "back": row.told == Supply.OUT,
                "available": max(row.available, 0),
                "next_on": comes_on.isoformat() if comes_on else "",
            }
        )
    _remember(session, rows)
    key = f"{now:%Y%m%d%H%M%S%f}"
    outbox.post_all(
        session,
        [(id_, {"products": told}, f"followed:{id_}:{key}", PATH) for id_, told in notices.items()],
        "inventory/notices/followed.txt",
        now=now,
    )
    return len(rows)


def _remember(session: Session, rows: Sequence[Any]) -> None:
    told = [{"user_id": row.user_id, "product_id": row.product_id, "told": row.supply} for row in rows]
    if told:
        session.execute(update(Follow), told)


def _coming(session: Session, places: Collection[Place], today: date) -> dict[Place, date]:
    """The day on which units that nobody has claimed come next to each of these places; one query."""
    if not places:
        return {}
    query = (
        select(InboundReceipt)
        .where(
            at(InboundReceipt, places),
            InboundReceipt.closed_at.is_(None),
            InboundReceipt.claimed < InboundReceipt.quantity - InboundReceipt.received,
        )
        .options(joinedload(InboundReceipt.supplier))
    )
    days: dict[Place, date] = {}
    for receipt in session.scalars(query):
        place, day = Place(receipt.product_id, receipt.warehouse_id), expected_day(receipt, today)
        days[place] = min(day, days.get(place, day))
    return days


def _home() -> ColumnElement[Any]:
    """The warehouse that serves the person of a query: the one named for their province, else the main one."""
    address, earlier = aliased(Address), aliased(Address)
    first = select(func.min(earlier.id)).where(earlier.customer_id == User.customer_id).scalar_subquery()
    named = (
        select(ServiceArea.warehouse_id)
        .join(address, address.province == ServiceArea.province)
        .where(address.id == first)
        .correlate(User)
        .scalar_subquery()
    )
    main = select(Warehouse.id).order_by(Warehouse.main.desc(), Warehouse.id).limit(1).scalar_subquery()
    return func.coalesce(named, main)


_HOME = _home()
_SERVED = and_(Stock.product_id == Product.id, Stock.warehouse_id == _HOME)
_AVAILABLE = func.coalesce(Stock.on_hand - Stock.reserved, 0)
_UNSOLD = func.coalesce(Stock.on_hand - Stock.reserved + IN_BASKETS, 0)
"""What baskets hold comes and goes; nobody is told of that."""
_SUPPLY = case(
    (_UNSOLD <= 0, Supply.OUT.value),
    (reorder_point_at(Stock.warehouse_id) >= _UNSOLD, Supply.LOW.value),
    else_=Supply.IN.value,
)
_SHOWN = shown_column(User.customer_id, Customer.group_id)
_ORDER = case({Supply.OUT.value: 0, Supply.LOW.value: 1}, value=_SUPPLY, else_=2)


def _supply_of(user: User, product: Product) -> Select[str]:
    return (
        select(_SUPPLY)
        .select_from(User)
        .join(Product, Product.id == product.id)
        .outerjoin(Stock, _SERVED)
        .where(User.id == user.id)
    )


_CHANGED = (
    select(
        Follow.user_id,
        Follow.product_id,
        Follow.told,
        Product.sku,
        Product.name_th,
        Product.name_en,
        _AVAILABLE.label("available"),
        _SUPPLY.label("supply"),
        _HOME.label("home"),
    )
    .select_from(Follow)
    .join(Follow.product)
    .join(Follow.user)
    .outerjoin(User.customer)
    .outerjoin(Stock, _SERVED)
    .where(Product.active, User.active, Follow.told != _SUPPLY, _SHOWN)
    .order_by(Follow.user_id, Product.sku)
    .limit(MOST_AT_ONCE)
    .with_for_update(of=Follow, skip_locked=True)
)
