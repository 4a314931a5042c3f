"""The reorder point in use: that of the plan of a product in a warehouse, else the one kept with the product."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from inventory.models import Product, Warehouse
from inventory.plans import Method, StockPlan


def planned() -> ColumnElement[bool]:
    """That a plan has points of its own: from a forecast, or because staff fixed them."""
    return or_(StockPlan.fixed, StockPlan.method != Method.NONE)


def reorder_point_at(warehouse_id: Any) -> ColumnElement[int | None]:
    """The reorder point of a query's product in a warehouse, given by its id or column; NULL where there is none."""
    own = (
        select(StockPlan.reorder_point)
        .where(StockPlan.product_id == Product.id, StockPlan.warehouse_id == warehouse_id, planned())
        .correlate_except(StockPlan)
        .scalar_subquery()
    )
    return func.coalesce(own, Product.reorder_point)


def reorder_points(
    session: Session, warehouse: Warehouse, product_ids: Collection[int]
) -> dict[int, int | None]:
    """The reorder points in use of these products in a warehouse; one query."""
    query = select(Product.id, reorder_point_at(warehouse.id)).where(Product.id.in_(product_ids))
    return dict(session.execute(query).all()) if product_ids else {}
