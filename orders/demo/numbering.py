"""The serial and lot numbers of the demo's goods, and the stock at which each runs low."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.cataloguing import upsert_products
from inventory.goods import ProductFacts
from inventory.identifying import LotFacts, ascending
from inventory.inbound import InboundReceipt
from inventory.ledger import Place
from inventory.models import Product, Tracking, Warehouse
from inventory.receiving import Arrival
from inventory.stocking import Batch
from orders.demo.rhythm import PlannedOrder
from portal.demo.cast import HISTORY, Cast

KEEPS = {"BBY": timedelta(days=1100), "SOP": timedelta(days=1200), "NDL": timedelta(days=1100)}
"""How long goods of these shelves may be used after they came; the others a year and a half."""


class Numbers:
    """Counts up the serials of each product; all that comes of a product on one day is one lot."""

    def __init__(self) -> None:
        self._last = Counter[str]()

    def batch(self, product: Product, place: Place, units: int, day: date) -> Batch | None:
        """How units that were there at the start are known; None when their product is not tracked."""
        if product.tracking == Tracking.SERIAL:
            return Batch(place, serials=self._serials(product, units))
        if product.tracking == Tracking.LOT:
            return Batch(place, lot=lot_of(product, day), units=units)
        return None

    def arrival(self, receipt: InboundReceipt, product: Product, day: date) -> Arrival:
        """All that a receipt brings, known by its numbers."""
        serials = self._serials(product, receipt.quantity) if product.tracking == Tracking.SERIAL else ()
        lot = lot_of(product, day) if product.tracking == Tracking.LOT else None
        return Arrival(receipt, receipt.quantity, True, serials, lot)

    def _serials(self, product: Product, units: int) -> list[str]:
        first = self._last[product.sku] + 1
        self._last[product.sku] += units
        return ascending(f"{product.sku.replace('-', '')}N{first:05d}", units)


def lot_of(product: Product, day: date) -> LotFacts:
    """The lot of a product that came on a day."""
    shelf = product.sku[:3]
    return LotFacts(f"{shelf}{day:%y%m%d}", day + KEEPS.get(shelf, timedelta(days=1000)))


def set_reorder_points(session: Session, planned: Iterable[PlannedOrder], cast: Cast) -> None:
    """A product runs low at what a warehouse sells of it until more can come, and a third on top."""
    sold = Counter[str]()
    for order in planned:
        for line in order.lines:
            sold[line.sku] += line.quantity
    places = session.scalar(select(func.count(Warehouse.id))) or 1
    facts = [
        ProductFacts(sku, reorder_point=-(-sold[sku] * days * 4 // (HISTORY.days * places * 3)))
        for sku, days in session.execute(
            select(Product.sku, Product.replenishment_days).order_by(Product.sku)
        )
    ]
    upsert_products(session, facts, by=cast.managers[0], now=cast.began)
