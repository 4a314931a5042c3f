"""The movement ledger: the only writer of movements, and with them of what is on hand and in quarantine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, and_, any_, bindparam, false, or_, select
from sqlalchemy.orm import Session

from inventory.inbound import InboundReceipt
from inventory.models import Product, Warehouse
from inventory.stock import Condition, Movement, MovementKind, Reservation, Stock
from portal.accounts.models import User
from portal.batches import insert_all
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused


class Place(NamedTuple):
    """One product in one warehouse."""

    product_id: int
    warehouse_id: int


@dataclass(frozen=True)
class Move:
    """Units to book in (positive) or out (negative) at a place; several causes booked at once are named one by one."""

    place: Place
    quantity: int
    cause_no: str = ""


def stock_rows(session: Session, places: Sequence[Place]) -> dict[Place, Stock]:
    """The stock rows of these places, made where missing, locked in id order and read anew."""
    wanted = set(places)
    found = _locked(session, wanted)
    missing = sorted(wanted - found.keys(), key=lambda place: (place.product_id, place.warehouse_id))
    if missing:
        _make_missing(session, missing)
        found = _locked(session, wanted)
    return found


def book(
    session: Session,
    moves: Sequence[Move],
    kind: MovementKind,
    cause_no: str,
    *,
    condition: Condition = Condition.GOOD,
    by: User | None,
    now: datetime,
) -> dict[Place, Stock]:
    """Write movements of one cause and bring the balances along; gives the locked stock rows.

    Refused when more would leave a place than is there in that condition and not reserved; then nothing is written.
    """
    rows = stock_rows(session, [move.place for move in moves])
    changes: dict[Place, int] = {}
    for move in moves:
        changes[move.place] = changes.get(move.place, 0) + move.quantity
    for place, change in changes.items():
        row = rows[place]
        free = row.available if condition == Condition.GOOD else row.quarantined
        if free + change < 0:
            raise Refused(
                N_(
                    "Only %(available)s of %(sku)s can leave %(warehouse)s; the rest is not there or is reserved."
                )
                if condition == Condition.GOOD
                else N_("Only %(available)s of %(sku)s are in quarantine in %(warehouse)s."),
                available=free,
                sku=session.get_one(Product, place.product_id).sku,
                warehouse=session.get_one(Warehouse, place.warehouse_id).code,
            )
    for place, change in changes.items():
        if condition == Condition.GOOD:
            rows[place].on_hand += change
        else:
            rows[place].quarantined += change
    write_movements(session, moves, kind, cause_no, condition=condition, by=by, now=now)
    return rows


def write_movements(
    session: Session,
    moves: Sequence[Move],
    kind: MovementKind,
    cause_no: str,
    *,
    condition: Condition = Condition.GOOD,
    by: User | None,
    now: datetime,
) -> None:
    """Append the ledger rows of one cause; the caller has brought the locked balances along."""
    rows = [
        {
            "product_id": move.place.product_id,
            "warehouse_id": move.place.warehouse_id,
            "quantity": move.quantity,
            "kind": kind,
            "condition": condition,
            "cause_no": move.cause_no or cause_no,
            "at": now,
            "by_id": by.id if by else None,
        }
        for move in moves
        if move.quantity
    ]
    insert_all(session, Movement, rows)


def at(
    model: type[Stock | Movement | Reservation | InboundReceipt], places: Iterable[Place]
) -> ColumnElement[bool]:
    """That a row of `model` lies at one of these places; a plain list for each warehouse, which databases plan well."""
    products: dict[int, list[int]] = {}
    for place in places:
        products.setdefault(place.warehouse_id, []).append(place.product_id)
    wanted = (
        and_(model.warehouse_id == warehouse_id, model.product_id.in_(product_ids))
        for warehouse_id, product_ids in products.items()
    )
    return or_(false(), *wanted)


def _locked(session: Session, places: set[Place]) -> dict[Place, Stock]:
    warehouses = {place.warehouse_id for place in places}
    if len(warehouses) == 1:
        products = sorted(place.product_id for place in places)
        query = _rows_in_one(session.get_bind().dialect.name)
        rows = session.scalars(query, {"warehouse": warehouses.pop(), "products": products})
    else:
        rows = session.scalars(_ROWS.where(at(Stock, places)))
    return {Place(row.product_id, row.warehouse_id): row for row in rows}


_ROWS = select(Stock).order_by(Stock.id).with_for_update().execution_options(populate_existing=True)


@cache
def _rows_in_one(dialect: str) -> Select[Stock]:
    """Made once for each kind of database; PostgreSQL takes products as a list, and so knows the statement again."""
    wanted = (
        Stock.product_id == any_(bindparam("products", type_=ARRAY(Integer)))
        if dialect == "postgresql"
        else Stock.product_id.in_(bindparam("products", expanding=True))
    )
    return _ROWS.where(Stock.warehouse_id == bindparam("warehouse"), wanted)


def _make_missing(session: Session, places: Sequence[Place]) -> None:
    session.execute(
        upsert(session, Stock).on_conflict_do_nothing(index_elements=["product_id", "warehouse_id"]),
        [
            {"product_id": p.product_id, "warehouse_id": p.warehouse_id, "on_hand": 0, "reserved": 0}
            for p in places
        ],
    )
