"""Tables of what is on its way in: whom we buy from, what was ordered of them, and what comes from elsewhere."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal import guards
from portal.db import Base, BigId, UnitPrice


def index_of(name: str, *columns: str, where: str) -> Index:
    """An index of those rows only of which something holds, in the order in which they are read."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class Supplier(Base):
    """Who delivers to us; `usual_delay_days` is how late their overdue deliveries usually turn out.

    It is measured from their deliveries as soon as there are enough; `measured_on` tells when, `deliveries` from how
    many. `lead_days` and `lead_days_sd` are how long they take from order to arrival, mean and standard deviation in
    days; placing an order with them costs us `order_cost_minor` (THB), whatever its size.
    """

    __tablename__ = "supplier"
    __table_args__ = (
        CheckConstraint("usual_delay_days >= 0", name="usual_delay_days"),
        CheckConstraint("lead_days >= 0", name="lead_days"),
        CheckConstraint("lead_days_sd >= 0", name="lead_days_sd"),
        CheckConstraint("order_cost_minor >= 0", name="order_cost"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    usual_delay_days: Mapped[int] = mapped_column(default=3)
    lead_days: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    lead_days_sd: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    deliveries: Mapped[int] = mapped_column(default=0, server_default="0")
    measured_on: Mapped[date | None]
    order_cost_minor: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")


class PurchaseOrder(Base):
    """What is ordered from one supplier for one warehouse; its lines are receipts still to come.

    `promised_on` is the day the supplier promised, kept as first said; each line knows its day as agreed last.
    """

    __tablename__ = "purchase_order"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'sent', 'closed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'draft') = (sent_at IS NULL) OR state = 'cancelled'", name="sent"),
        Index("ix_purchase_order_supplier", "supplier_id", "id"),
        Index("ix_purchase_order_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    note: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    promised_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    supplier: Mapped[Supplier] = relationship()
    warehouse: Mapped["Warehouse"] = relationship()
    lines: Mapped[list["PurchaseLine"]] = relationship(back_populates="order", order_by="PurchaseLine.id")


class PurchaseLine(Base):
    """A product on an order to a supplier; once the order is sent, the receipt through which it comes in."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        Index("uq_purchase_line_product", "purchase_order_id", "product_id", unique=True),
        Index("uq_purchase_line_receipt", "receipt_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    unit_cost: Mapped[Decimal | None] = mapped_column(UnitPrice)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_receipt.id"))

    order: Mapped[PurchaseOrder] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    receipt: Mapped["InboundReceipt | None"] = relationship()


class SupplierDelivery(Base):
    """Units that came on a supplier's receipt on a day, beside the days promised: the record of their lead time.

    `ordered_on` is when the receipt was first expected of them; never edited.
    """

    __tablename__ = "supplier_delivery"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_supplier_delivery_supplier", "supplier_id", "arrived_on"),
        Index("ix_supplier_delivery_receipt", "receipt_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    receipt_id: Mapped[int] = mapped_column(ForeignKey("inbound_receipt.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    ordered_on: Mapped[date]
    promised_on: Mapped[date]
    agreed_on: Mapped[date]
    arrived_on: Mapped[date]


guards.attach(SupplierDelivery, guards.append_only("supplier_delivery"))


class Transfer(Base):
    """Units of one product moved between two of our warehouses; on the way they are on hand in neither.

    `purpose` names the reservation they are moved for, which is served first when they arrive.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="two_warehouses"),
        CheckConstraint("arrived_at IS NULL OR arrived_at >= left_at", name="arrived_after_leaving"),
        Index(
            "ix_transfer_on_the_way",
            "to_warehouse_id",
            "product_id",
            postgresql_where=text("arrived_at IS NULL"),
            sqlite_where=text("arrived_at IS NULL"),
        ),
        index_of("ix_transfer_expected", "expected_on", "id", where="arrived_at IS NULL"),
        index_of("ix_transfer_arrived", "arrived_at", "id", where="arrived_at IS NOT NULL"),
        Index("ix_transfer_purpose", "purpose"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    from_warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    to_warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]
    purpose: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300), default="")
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_no: Mapped[str] = mapped_column(String(80), default="")
    left_at: Mapped[datetime]
    expected_on: Mapped[date]
    arrived_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    product: Mapped[Product] = relationship()
    from_warehouse: Mapped[Warehouse] = relationship(foreign_keys=from_warehouse_id)
    to_warehouse: Mapped[Warehouse] = relationship(foreign_keys=to_warehouse_id)


class InboundReceipt(Base):
    """Goods that a supplier, or a transfer from another warehouse, owes one warehouse.

    `claimed` of what is still to come is promised to orders already; `ordered_on` is when it was asked for.
    """

    __tablename__ = "inbound_receipt"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received"),
        CheckConstraint("claimed >= 0 AND claimed <= quantity - received", name="claimed"),
        CheckConstraint("closed_at IS NULL OR claimed = 0", name="closed_unclaimed"),
        CheckConstraint("(supplier_id IS NULL) <> (transfer_id IS NULL)", name="from_one_source"),
        Index("uq_inbound_receipt_transfer", "transfer_id", unique=True),
        index_of("ix_inbound_receipt_due", "expected_on", "id", where="closed_at IS NULL"),
        index_of("ix_inbound_receipt_closed", "closed_at", "id", where="closed_at IS NOT NULL"),
        Index(
            "ix_inbound_receipt_open",
            "product_id",
            "warehouse_id",
            "expected_on",
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfer.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[int] = mapped_column(default=0)
    original_expected_on: Mapped[date]
    expected_on: Mapped[date]
    ordered_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    supplier: Mapped[Supplier | None] = relationship()
    transfer: Mapped[Transfer | None] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    product: Mapped[Product] = relationship()

    @property
    def unclaimed(self) -> int:
        """Units still to come that are promised to nobody."""
        return self.quantity - self.received - self.claimed
