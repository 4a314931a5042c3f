"""Tables of what has left for the customer, and of what was credited back."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from orders.models import Order, OrderLine, ScheduleLine
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base, BigId, UnitPrice
from portal.i18n import N_


class ShipmentState(StrEnum):
    """How far a shipment has come."""

    PICKED = "picked"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


SHIPMENT_TITLES = {
    ShipmentState.PICKED: N_("Picked"),
    ShipmentState.SHIPPED: N_("On its way"),
    ShipmentState.DELIVERED: N_("Delivered"),
}


class Shipment(Base):
    """Goods of one order that leave one warehouse together."""

    __tablename__ = "shipment"
    __table_args__ = (
        CheckConstraint("state IN ('picked', 'shipped', 'delivered')", name="state"),
        CheckConstraint("state = 'picked' OR (shipped_at IS NOT NULL AND carrier <> '')", name="shipped"),
        CheckConstraint("state <> 'delivered' OR delivered_at >= shipped_at", name="delivered"),
        Index("ix_shipment_order", "order_id"),
        Index("ix_shipment_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    state: Mapped[str] = mapped_column(String(10), default=ShipmentState.PICKED)
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_no: Mapped[str] = mapped_column(String(80), default="")
    picked_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(String(120))

    order: Mapped[Order] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list["ShipmentLine"]] = relationship(back_populates="shipment", order_by="ShipmentLine.id")


class ShipmentLine(Base):
    """Units of one dated part of an order line in a shipment."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_shipment_line_part", "shipment_id", "schedule_line_id", unique=True),
        Index("ix_shipment_line_part", "schedule_line_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    schedule_line_id: Mapped[int] = mapped_column(ForeignKey("schedule_line.id"))
    quantity: Mapped[int]

    shipment: Mapped[Shipment] = relationship(back_populates="lines")
    part: Mapped[ScheduleLine] = relationship()


class CreditNote(Base):
    """Money given back to a company: for goods returned, or brought in with past orders; positive minor units."""

    __tablename__ = "credit_note"
    __table_args__ = (
        CheckConstraint("total_minor = net_minor + vat_minor", name="total"),
        CheckConstraint("net_minor >= 0 AND vat_minor >= 0", name="positive"),
        Index("ix_credit_note_customer", "customer_id", "issued_at"),
        Index("ix_credit_note_order", "order_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    issued_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[int] = mapped_column(BigId)
    vat_minor: Mapped[int] = mapped_column(BigId)
    total_minor: Mapped[int] = mapped_column(BigId)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    customer: Mapped[Customer] = relationship()
    order: Mapped[Order | None] = relationship()
    issued_by: Mapped[User | None] = relationship()
    lines: Mapped[list["CreditLine"]] = relationship(back_populates="note", order_by="CreditLine.n")


class CreditLine(Base):
    """Units credited at the price they were sold for."""

    __tablename__ = "credit_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_credit_line_n", "note_id", "n", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("credit_note.id"))
    n: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(UnitPrice)
    net_minor: Mapped[int] = mapped_column(BigId)
    vat_minor: Mapped[int] = mapped_column(BigId)

    note: Mapped[CreditNote] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    order_line: Mapped[OrderLine | None] = relationship()
