"""By how many products are ordered, and what is left of those being phased out, as the catalogue has it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.order_quantities import OrderTerms
from inventory.stock import Stock


def terms_of(product: Product) -> OrderTerms:
    """By how many a product is ordered."""
    return OrderTerms(
        product.sku, product.lifecycle, product.order_least, product.order_multiple, product.order_most
    )


def left_in_stock(session: Session, product_ids: Collection[int], warehouse_id: int) -> dict[int, int]:
    """Units in a warehouse that nobody has been promised, read without a lock; 0 where there never were any."""
    query = select(Stock.product_id, Stock.on_hand - Stock.reserved).where(
        Stock.warehouse_id == warehouse_id, Stock.product_id.in_(product_ids)
    )
    free = dict(session.execute(query).all()) if product_ids else {}
    return {id_: max(0, free.get(id_, 0)) for id_ in product_ids}
