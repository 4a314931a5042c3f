"""Makers of goods and places, all through the use-cases of the room."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from inventory import receiving, siting, stocking
from inventory.cataloguing import add_product
from inventory.goods import ProductFacts
from inventory.inbound import InboundReceipt, Supplier
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.reserving import Supply, reserve
from inventory.siting import SupplierFacts, WarehouseFacts
from inventory.stock import Stock
from portal.clock import business_day
from portal.db import transaction
from tests.conftest import NOON

_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """A product, a warehouse and a supplier to play with."""

    product: Product
    warehouse: Warehouse
    supplier: Supplier

    @property
    def place(self) -> Place:
        return Place(self.product.id, self.warehouse.id)


def make_product(session: Session, sku: str | None = None, **facts: Any) -> Product:
    sku = sku or f"P-{next(_numbers):04d}"
    facts = {"name_th": f"สินค้า {sku}", "name_en": f"Goods {sku}", **facts}
    with transaction(session):
        return add_product(session, ProductFacts(sku, **facts), by=None, now=NOON)


def make_warehouse(session: Session, code: str | None = None, *, main: bool = False) -> Warehouse:
    code = code or f"W{next(_numbers)}"
    with transaction(session):
        facts = WarehouseFacts(code, f"คลัง {code}", f"Warehouse {code}", main=main)
        return siting.put_warehouse(session, facts, by=None, now=NOON)


def make_supplier(session: Session, code: str | None = None, usual_delay_days: int = 3) -> Supplier:
    code = code or f"S{next(_numbers)}"
    with transaction(session):
        facts = SupplierFacts(code, f"ผู้จัดจำหน่าย {code}", f"Supplier {code}", usual_delay_days)
        return siting.put_supplier(session, facts, by=None, now=NOON)


def make_scene(session: Session, on_hand: int = 0) -> Scene:
    scene = Scene(make_product(session), make_warehouse(session), make_supplier(session))
    if on_hand:
        with transaction(session):
            stocking.open_stock(session, scene.product, scene.warehouse, on_hand, by=None, now=NOON)
    return scene


def expect(
    session: Session, scene: Scene, quantity: int, in_days: int = 5, now: datetime = NOON
) -> InboundReceipt:
    with transaction(session):
        day = business_day(now) + timedelta(days=in_days)
        return receiving.expect(
            session, scene.supplier, scene.product, scene.warehouse, quantity, day, by=None, now=now
        )


def speak_for(
    session: Session, place: Place, quantity: int, due_in_days: int = 3, purpose: str | None = None
) -> list[int]:
    """Split a demand over stock and receipts and put it on record; the ids of its reservations."""
    purpose = purpose or f"line-{next(_numbers)}"
    with transaction(session):
        supply = Supply(session, [place.product_id], place.warehouse_id, business_day(NOON))
        parts = supply.split(place.product_id, quantity)
        due = NOON + timedelta(days=due_in_days)
        return reserve(
            session, [(f"{purpose}/{n}", part, due) for n, part in enumerate(parts, start=1)], now=NOON
        )


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements sent to the database within the block, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def balance_of(session: Session, place: Place) -> Stock | None:
    """The stock row of a place as it stands."""
    query = select(Stock).where(
        Stock.product_id == place.product_id, Stock.warehouse_id == place.warehouse_id
    )
    return session.scalars(query).one_or_none()
