"""The warehouses side by side: what each has, what is spoken for, what comes, what runs low, what is to be counted."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from inventory.counts import OPEN_SHEETS, CountSheet
from inventory.inbound import InboundReceipt, Transfer
from inventory.models import Product, Warehouse
from inventory.reorder_points import reorder_point_at
from inventory.searching import search_words
from inventory.stock import Stock
from portal.i18n import N_
from portal.numbered import Page, numbered


class Show(StrEnum):
    """Which products of a warehouse are listed."""

    ALL = "all"
    RESERVED = "reserved"
    QUARANTINED = "quarantined"
    COMING = "coming"
    LOW = "low"
    OUT = "out"
    NO_BIN = "no_bin"


SHOW_TITLES = {
    Show.ALL: N_("All"),
    Show.RESERVED: N_("Reserved"),
    Show.COMING: N_("Coming"),
    Show.LOW: N_("Below reorder point"),
    Show.OUT: N_("Nothing available"),
    Show.QUARANTINED: N_("In quarantine"),
    Show.NO_BIN: N_("Without a bin"),
}
_OF_STOCK = ("products", "on_hand", "reserved", "quarantined", "low", "out")
AVAILABLE = Stock.on_hand - Stock.reserved


@dataclass(frozen=True)
class Standing:
    """A warehouse in figures: units on hand, reserved and in quarantine; how many products, receipts and so on."""

    warehouse: Warehouse
    products: int = 0
    on_hand: int = 0
    reserved: int = 0
    quarantined: int = 0
    low: int = 0
    out: int = 0
    coming: int = 0
    receipts: int = 0
    counts: int = 0
    leaving: int = 0
    arriving: int = 0


def standings(session: Session) -> list[Standing]:
    """Every warehouse in figures, the main one first. Six queries, however many products there are."""
    warehouses = session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code)).all()
    stock = {
        row.warehouse_id: row
        for row in session.execute(
            select(
                Stock.warehouse_id,
                func.count().filter(Stock.on_hand > 0).label("products"),
                func.sum(Stock.on_hand).label("on_hand"),
                func.sum(Stock.reserved).label("reserved"),
                func.sum(Stock.quarantined).label("quarantined"),
                func.count().filter(_shown(Show.LOW)).label("low"),
                func.count().filter(_shown(Show.OUT)).label("out"),
            )
            .join(Stock.product)
            .group_by(Stock.warehouse_id)
        )
    }
    coming = {
        warehouse_id: (int(units), count)
        for warehouse_id, units, count in session.execute(
            select(
                InboundReceipt.warehouse_id,
                func.sum(InboundReceipt.quantity - InboundReceipt.received),
                func.count(),
            )
            .where(InboundReceipt.closed_at.is_(None))
            .group_by(InboundReceipt.warehouse_id)
        )
    }
    counts = _counted(session, CountSheet.warehouse_id, CountSheet.state.in_(OPEN_SHEETS))
    leaving = _counted(session, Transfer.from_warehouse_id, Transfer.arrived_at.is_(None))
    arriving = _counted(session, Transfer.to_warehouse_id, Transfer.arrived_at.is_(None))
    found = []
    for one in warehouses:
        row = stock.get(one.id)
        known = {name: int(getattr(row, name) or 0) for name in _OF_STOCK} if row else {}
        units, receipts = coming.get(one.id, (0, 0))
        found.append(
            Standing(
                one,
                **known,
                coming=units,
                receipts=receipts,
                counts=counts.get(one.id, 0),
                leaving=leaving.get(one.id, 0),
                arriving=arriving.get(one.id, 0),
            )
        )
    return found


def shelf_page(
    session: Session, warehouse: Warehouse, show: Show, query: str = "", *, page: int = 1
) -> Page[Stock]:
    """What a warehouse has, in the order of its bins; found by words of the product or the bin. Two queries."""
    conditions = [Stock.warehouse_id == warehouse.id, _shown(show)]
    if words := search_words(query):
        named = and_(*(Product.search_text.contains(word, autoescape=True) for word in words))
        conditions.append(or_(named, Stock.bin.startswith(query.strip().upper(), autoescape=True)))
    rows = (
        select(Stock)
        .join(Stock.product)
        .options(contains_eager(Stock.product))
        .where(*conditions)
        .order_by(Stock.bin == "", Stock.bin, Product.sku)
    )
    counted = select(func.count(Stock.id)).join(Stock.product).where(*conditions)
    return numbered(session, rows, counted, page=page)


def _shown(show: Show) -> ColumnElement[bool]:
    if show == Show.RESERVED:
        return Stock.reserved > 0
    if show == Show.QUARANTINED:
        return Stock.quarantined > 0
    if show == Show.LOW:
        return and_(Product.active, AVAILABLE > 0, reorder_point_at(Stock.warehouse_id) >= AVAILABLE)
    if show == Show.OUT:
        return and_(Product.active, AVAILABLE <= 0)
    if show == Show.COMING:
        return exists().where(
            InboundReceipt.product_id == Stock.product_id,
            InboundReceipt.warehouse_id == Stock.warehouse_id,
            InboundReceipt.closed_at.is_(None),
        )
    if show == Show.NO_BIN:
        return and_(Stock.bin == "", Stock.on_hand > 0)
    return or_(Stock.on_hand > 0, Stock.quarantined > 0, Product.active)


def _counted(
    session: Session, by: InstrumentedAttribute[int], condition: ColumnElement[bool]
) -> dict[int, int]:
    query = select(by, func.count()).where(condition).group_by(by)
    return {id_: count for id_, count in session.execute(query)}  # noqa: C416 - a result is no dict of pairs
