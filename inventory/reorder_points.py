"""The reorder point in use: that of the plan of a product in a warehouse, else the one kept with the product."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from inventory.models import Product
from inventory.plans import Method, StockPlan


def planned() -> ColumnElement[bool]:
    """That a plan has points of its own: from a forecast, or because staff fixed them."""
    return or_(StockPlan.fixed, StockPlan.method != Method.NONE)


def reorder_point_at(warehouse_id: Any) -> ColumnElement[int | None]:
    """The reorder point of the product of a query in a warehouse, given by its id or column; NULL where there is none."""
    own = (
        select(StockPlan.reorder_point)
        .where(StockPlan.product_id == Product.id, StockPlan.warehouse_id == warehouse_id, planned())
        .correlate_except(StockPlan)
        .scalar_subquery()
    )
    return func.coalesce(own, Product.reorder_point)
