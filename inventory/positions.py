"""The position of a product in a warehouse: what is available and on order, less what waits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from inventory.in_baskets import IN_BASKETS
from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder
from inventory.models import Lifecycle, Product
from inventory.plans import Method, Proposal, ProposalState, StockPlan
from inventory.purchases import PurchaseState
from inventory.reorder_points import reorder_point_at
from inventory.stock import Reservation, Stock


@dataclass(frozen=True)
class Position:
    """Units of a product in a warehouse: available (those in baskets too), on order (drafts too), and waited for."""

    available: int
    on_order: int
    waiting: int

    @property
    def units(self) -> int:
        """What there will be once everything on order has come and everything that waits is served."""
        return self.available + self.on_order - self.waiting


@dataclass(frozen=True)
class Excess:
    """Units that another warehouse can spare: it keeps its reorder point and one order."""

    warehouse_id: int
    units: int


def below_reorder_point(session: Session, product_ids: Sequence[int]) -> list[Row[Any]]:
    """The places of these products that are still bought and whose position is at or below the reorder point in use.

    Each with its position, its plan's figures and its supplier; one query.
    """
    query = _placed(product_ids)
    inner = query.add_columns(
        (
            query.selected_columns.available
            + query.selected_columns.on_order
            - query.selected_columns.waiting
        ).label("position")
    ).subquery()
    low = select(inner).where(inner.c.point.is_not(None), inner.c.position <= inner.c.point)
    return list(session.execute(low.order_by(inner.c.product_id, inner.c.warehouse_id)))


def position_of(session: Session, product_id: int, warehouse_id: int) -> Position:
    """The position of a product in a warehouse as it stands, whether or not it is still bought; one query."""
    query = _placed([product_id], bought_only=False).where(Stock.warehouse_id == warehouse_id)
    row = session.execute(query).first()
    return Position(row.available, row.on_order, row.waiting) if row else Position(0, 0, 0)


def spare(session: Session, product_ids: Collection[int]) -> dict[int, list[Excess]]:
    """What each warehouse can spare of these products, the one with the most first; one query."""
    if not product_ids:
        return {}
    keeps = func.coalesce(reorder_point_at(Stock.warehouse_id), 0) + func.coalesce(
        StockPlan.order_quantity, 0
    )
    query = (
        select(Stock.product_id, Stock.warehouse_id, Stock.on_hand - Stock.reserved - _WAITING - keeps)
        .join(Product, Product.id == Stock.product_id)
        .outerjoin(
            StockPlan,
            and_(StockPlan.product_id == Stock.product_id, StockPlan.warehouse_id == Stock.warehouse_id),
        )
        .where(Stock.product_id.in_(product_ids))
    )
    found: dict[int, list[Excess]] = {}
    for product_id, warehouse_id, units in session.execute(query):
        if units > 0:
            found.setdefault(product_id, []).append(Excess(warehouse_id, int(units)))
    for those in found.values():
        those.sort(key=lambda one: -one.units)
    return found


_WAITING = func.coalesce(
    select(func.sum(Reservation.quantity - Reservation.held))
    .where(
        Reservation.product_id == Stock.product_id,
        Reservation.warehouse_id == Stock.warehouse_id,
        Reservation.held < Reservation.quantity,
    )
    .correlate(Stock)
    .scalar_subquery(),
    0,
)
_EXPECTED = func.coalesce(
    select(func.sum(InboundReceipt.quantity - InboundReceipt.received))
    .where(
        InboundReceipt.product_id == Stock.product_id,
        InboundReceipt.warehouse_id == Stock.warehouse_id,
        InboundReceipt.closed_at.is_(None),
    )
    .correlate(Stock)
    .scalar_subquery(),
    0,
)
_DRAFTED = func.coalesce(
    select(func.sum(PurchaseLine.quantity))
    .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_order_id)
    .where(
        PurchaseOrder.state == PurchaseState.DRAFT,
        PurchaseOrder.warehouse_id == Stock.warehouse_id,
        PurchaseLine.product_id == Stock.product_id,
    )
    .correlate(Stock)
    .scalar_subquery(),
    0,
)

POSITION = Stock.on_hand - Stock.reserved + IN_BASKETS + _EXPECTED + _DRAFTED - _WAITING
"""The position of a stock row, by which it is ordered: what is available and on order, less what waits."""


def _placed(product_ids: Sequence[int], *, bought_only: bool = True) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Stock.product_id,
            Stock.warehouse_id,
            (Stock.on_hand - Stock.reserved + IN_BASKETS).label("available"),
            (_EXPECTED + _DRAFTED).label("on_order"),
            _WAITING.label("waiting"),
            reorder_point_at(Stock.warehouse_id).label("point"),
            Product.units_per_carton.label("units_per_carton"),
            Product.order_multiple,
            Product.replenishment_days,
            func.coalesce(StockPlan.order_quantity, 1).label("order_quantity"),
            func.coalesce(StockPlan.method, Method.NONE.value).label("method"),
            func.coalesce(StockPlan.daily_mean, 0).label("daily_mean"),
            StockPlan.most,
            StockPlan.supplier_id,
        )
        .join(Product, Product.id == Stock.product_id)
        .outerjoin(
            StockPlan,
            and_(StockPlan.product_id == Stock.product_id, StockPlan.warehouse_id == Stock.warehouse_id),
        )
        .where(Stock.product_id.in_(product_ids))
    )
    if bought_only:
        query = query.where(Product.lifecycle.in_((Lifecycle.NEW, Lifecycle.ACTIVE)))
    return query


def open_proposals(session: Session, product_ids: Sequence[int]) -> list[Proposal]:
    """The proposals of these products that wait for a decision, locked and read anew."""
    query = (
        select(Proposal)
        .where(Proposal.product_id.in_(product_ids), Proposal.state == ProposalState.OPEN)
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))
