"""Tables of what will be needed: demand by day, the plan of each product in each warehouse, and what to order."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.inbound import PurchaseOrder, Supplier
from inventory.models import Product, Warehouse
from portal.accounts.models import User
from portal.db import Base
from portal.i18n import N_


class Method(StrEnum):
    """How a product's demand is forecast."""

    MEAN = "mean"
    TSB = "tsb"
    NONE = "none"


class ProposalState(StrEnum):
    """What became of a proposal to order."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


METHOD_TITLES = {
    Method.MEAN: N_("Mean of the days in stock"),
    Method.TSB: N_("Demand that comes now and then"),
    Method.NONE: N_("Not enough history"),
}
PROPOSAL_TITLES = {
    ProposalState.OPEN: N_("To decide"),
    ProposalState.ACCEPTED: N_("Accepted"),
    ProposalState.REFUSED: N_("Refused"),
    ProposalState.OVERTAKEN: N_("Overtaken"),
}


class DemandDay(Base):
    """Units of a product that customers asked of a warehouse on a day, whether or not there were any to give.

    `lost` of them were cancelled because there were none; `out_minutes` is how long nothing was available that day.
    """

    __tablename__ = "demand_day"
    __table_args__ = (
        CheckConstraint("ordered >= 0 AND lost >= 0 AND lines >= 0", name="counts"),
        CheckConstraint("lost <= ordered", name="lost"),
        CheckConstraint("out_minutes BETWEEN 0 AND 1440", name="out_minutes"),
        Index("ix_demand_day_day", "day"),
    )
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    lines: Mapped[int] = mapped_column(default=0)
    ordered: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    out_minutes: Mapped[int] = mapped_column(default=0)


class StockPlan(Base):
    """How a product is kept in a warehouse: what is expected to be asked for, and when how much is ordered.

    `daily_mean` and `daily_sd` are units a day; `service_bp` is the share of order cycles without a stock-out that the
    safety stock is meant for. A plan that staff `fixed` keeps its points; its forecast goes on. Its supplier is the one
    of the last receipt, unless staff have `chosen_supplier`.
    """

    __tablename__ = "stock_plan"
    __table_args__ = (
        CheckConstraint("service_bp BETWEEN 5000 AND 9999", name="service"),
        CheckConstraint("safety_stock >= 0 AND reorder_point >= 0 AND order_quantity > 0", name="points"),
        CheckConstraint("most IS NULL OR most >= reorder_point", name="most"),
        CheckConstraint("method IN ('mean', 'tsb', 'none')", name="method"),
        CheckConstraint("supplier_id IS NOT NULL OR NOT chosen_supplier", name="chosen_supplier"),
        Index("ix_stock_plan_warehouse", "warehouse_id"),
        Index("ix_stock_plan_supplier", "supplier_id"),
    )
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    method: Mapped[str] = mapped_column(String(6), default=Method.NONE)
    daily_mean: Mapped[Decimal] = mapped_column(Numeric(14, 4), default=Decimal(0))
    daily_sd: Mapped[Decimal] = mapped_column(Numeric(14, 4), default=Decimal(0))
    lead_days: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(0))
    lead_days_sd: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(0))
    service_bp: Mapped[int] = mapped_column(default=9500)
    safety_stock: Mapped[int] = mapped_column(default=0)
    reorder_point: Mapped[int] = mapped_column(default=0)
    order_quantity: Mapped[int] = mapped_column(default=1)
    most: Mapped[int | None]
    fixed: Mapped[bool] = mapped_column(default=False)
    chosen_supplier: Mapped[bool] = mapped_column(default=False, server_default=false())
    planned_at: Mapped[datetime]

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    supplier: Mapped[Supplier | None] = relationship()


class Proposal(Base):
    """Units of a product that a job proposes to order for a warehouse, and what staff decided on it.

    `position` is what was `available` and `on_order`, less what was `waiting`, when it was made or last looked at while
    open; `wanted` is what was proposed, `quantity` what was decided.
    """

    __tablename__ = "replenishment_proposal"
    __table_args__ = (
        CheckConstraint("wanted > 0", name="wanted"),
        CheckConstraint("position = available + on_order - waiting", name="position"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity"),
        CheckConstraint("state IN ('open', 'accepted', 'refused', 'overtaken')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'accepted') = (purchase_order_id IS NOT NULL)", name="ordered"),
        Index(
            "uq_replenishment_proposal_open",
            "product_id",
            "warehouse_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_replenishment_proposal_state", "state", "need_by", "id"),
        Index("ix_replenishment_proposal_place", "product_id", "warehouse_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    position: Mapped[int]
    available: Mapped[int] = mapped_column(default=0, server_default="0")
    on_order: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    reorder_point: Mapped[int]
    wanted: Mapped[int]
    need_by: Mapped[date]
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=ProposalState.OPEN)
    quantity: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    purchase_order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"))

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    supplier: Mapped[Supplier | None] = relationship()
    decided_by: Mapped[User | None] = relationship()
    purchase_order: Mapped[PurchaseOrder | None] = relationship()
