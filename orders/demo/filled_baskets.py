"""Baskets that buyers of the demo have begun to fill just now, and what is held for them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Lifecycle, Product
from inventory.ordering import terms_of
from inventory.showing import hidden_among
from inventory.stock import Stock
from orders import baskets
from orders.previewing import serving
from portal.demo.cast import Cast

COMPANIES = ("C0005", "C0006", "C0008")
LINES = 3
MINUTES = 30


def load(session: Session, cast: Cast) -> None:
    """Some companies' buyers have put a few products into their baskets, of what lies in their warehouse."""
    for n, code in enumerate(COMPANIES):
        buyer = cast.buyers[code][0]
        warehouse, _ = serving(session, buyer.company)
        query = (
            select(Product)
            .join(Stock, Stock.product_id == Product.id)
            .where(
                Stock.warehouse_id == warehouse.id,
                Stock.on_hand - Stock.reserved >= 50,
                Product.lifecycle == Lifecycle.ACTIVE,
            )
            .order_by(Product.sku)
            .limit(2 * LINES)
            .offset(n)
        )
        there = session.scalars(query).all()
        hidden = hidden_among(session, buyer.company, [product.id for product in there])
        wanted = [
            (product, terms_of(product).lowest * (k + 2))
            for k, product in enumerate(there)
            if product.id not in hidden and terms_of(product).most is None
        ][:LINES]
        if wanted:
            baskets.put_all(session, buyer, wanted, hold_minutes=MINUTES, now=cast.now)
