"""The stock watch: when a product runs out in a warehouse and when it is back, each time put on record once."""

from datetime import datetime

from sqlalchemy import exists, literal, select, update
from sqlalchemy.orm import Session

from inventory.following import tell_followers
from inventory.in_baskets import EMPTIED_BY_BASKETS
from inventory.models import Product
from inventory.stock import Stock
from inventory.stockouts import StockOut
from portal.db import Instant, transaction, upsert


def watch_stock(session: Session, now: datetime) -> int:
    """The scheduled watch: marks what ran out and what is back, then tells the followers; says how much changed.

    Each of the two is an act of its own, so one that fails leaves the other done.
    """
    with transaction(session):
        changed = mark_stock_outs(session, now)
    with transaction(session):
        return changed + tell_followers(session, now)


def mark_stock_outs(session: Session, now: datetime) -> int:
    """Begin a stock-out wherever nothing of a product on sale is available, and end those that are over.

    Two statements, whatever the number of products. A product that is not sold any more is not out of stock, and
    neither is one of which baskets hold the last units: they are promised to nobody.
    """
    ended = session.execute(
        update(StockOut)
        .where(
            StockOut.ended_at.is_(None),
            ~exists().where(
                Stock.product_id == StockOut.product_id,
                Stock.warehouse_id == StockOut.warehouse_id,
                Product.id == Stock.product_id,
                Product.active,
                Stock.on_hand <= Stock.reserved,
                ~EMPTIED_BY_BASKETS,
            ),
        )
        .values(ended_at=now)
        .returning(StockOut.id)
        .execution_options(synchronize_session=False)
    ).all()
    empty = (
        select(Stock.product_id, Stock.warehouse_id, literal(now, Instant()))
        .join(Product, Product.id == Stock.product_id)
        .where(
            Product.active,
            Stock.on_hand <= Stock.reserved,
            ~EMPTIED_BY_BASKETS,
            ~exists().where(
                StockOut.product_id == Stock.product_id,
                StockOut.warehouse_id == Stock.warehouse_id,
                StockOut.ended_at.is_(None),
            ),
        )
        .order_by(Stock.id)
    )
    columns = ["product_id", "warehouse_id", "started_at"]
    # Two watches at once may both see the same place empty; one of them puts it on record.
    put = upsert(session, StockOut).from_select(columns, empty).on_conflict_do_nothing()
    begun = session.execute(put.returning(StockOut.id)).all()
    return len(ended) + len(begun)
