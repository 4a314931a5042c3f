"""Tables of what has left for the customer, and of what was credited back."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.identities import Identity
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
    legs: Mapped[list["ShipmentLeg"]] = relationship(
        back_populates="shipment", order_by="ShipmentLeg.n", cascade="all, delete-orphan"
    )


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
    identities: Mapped[list["ShipmentIdentity"]] = relationship(
        back_populates="line", order_by="ShipmentIdentity.identity_id", cascade="all, delete-orphan"
    )


class Mode(StrEnum):
    """How a leg of a shipment travels."""

    TRUCK = "truck"
    RAIL = "rail"
    SEA = "sea"
    AIR = "air"


MODE_TITLES = {Mode.TRUCK: N_("Truck"), Mode.RAIL: N_("Rail"), Mode.SEA: N_("Sea"), Mode.AIR: N_("Air")}


class ShipmentLeg(Base):
    """One carrier's part of a shipment's way; the next leg starts at the transfer point where it ends.

    `arrives_on` is the day last planned, `original_arrives_on` the first one.
    """

    __tablename__ = "shipment_leg"
    __table_args__ = (
        CheckConstraint("mode IN ('truck', 'rail', 'sea', 'air')", name="mode"),
        CheckConstraint("n > 0", name="n"),
        CheckConstraint("carrier <> ''", name="carrier"),
        CheckConstraint(
            "arrived_at IS NULL OR (left_at IS NOT NULL AND arrived_at >= left_at)", name="times"
        ),
        Index("uq_shipment_leg_n", "shipment_id", "n", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    n: Mapped[int]
    mode: Mapped[str] = mapped_column(String(6), default=Mode.TRUCK)
    carrier: Mapped[str] = mapped_column(String(80))
    tracking_no: Mapped[str] = mapped_column(String(80), default="")
    from_place: Mapped[str] = mapped_column(String(120))
    to_place: Mapped[str] = mapped_column(String(120))
    original_arrives_on: Mapped[date]
    arrives_on: Mapped[date]
    left_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]

    shipment: Mapped[Shipment] = relationship(back_populates="legs")


class ShipmentIdentity(Base):
    """Units of a lot, or the unit of a serial, that go with a line of a shipment."""

    __tablename__ = "shipment_identity"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_shipment_identity_identity", "identity_id"),
    )
    shipment_line_id: Mapped[int] = mapped_column(ForeignKey("shipment_line.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    quantity: Mapped[int]

    line: Mapped[ShipmentLine] = relationship(back_populates="identities")
    identity: Mapped[Identity] = relationship()


class CreditNote(Base):
    """Money given back to a company: for goods returned, as compensation, or brought in with past orders.

    Amounts are positive minor units. Compensation has no lines.
    """

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
