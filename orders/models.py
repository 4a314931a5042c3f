"""Tables of what is asked for: baskets, orders, their lines and the dated parts of a line."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from inventory.stock import Reservation
from orders.states import LineState, Quantities, line_state, order_state
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base, BigId, UnitPrice


class Origin(StrEnum):
    """How an order came to be."""

    PORTAL = "portal"
    IMPORT = "import"
    REPLACEMENT = "replacement"


class Basket(Base):
    """What a person is about to order. `key` names the next order, so that placing it twice gives one."""

    __tablename__ = "basket"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    key: Mapped[str] = mapped_column(String(36))

    lines: Mapped[list["BasketLine"]] = relationship(
        back_populates="basket", order_by="BasketLine.id", cascade="all, delete-orphan"
    )


class BasketLine(Base):
    """A product in a basket."""

    __tablename__ = "basket_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_basket_line_product", "basket_id", "product_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("basket.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]

    basket: Mapped[Basket] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


class Order(Base):
    """A confirmed order of one company, in one currency, served from one warehouse. Amounts are minor units.

    What was agreed is copied onto it and its lines. `closed_at` is set once nothing of it is owed any more.
    """

    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint("total_minor = net_minor + vat_minor", name="total"),
        CheckConstraint("origin IN ('portal', 'import', 'replacement')", name="origin"),
        Index("uq_customer_order_key", "customer_id", "idempotency_key", unique=True),
        Index("ix_customer_order_customer", "customer_id", "placed_at", "id"),
        Index("ix_customer_order_placed", "placed_at", "id"),
        Index(
            "ix_customer_order_open",
            "placed_at",
            "id",
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    origin: Mapped[str] = mapped_column(String(12), default=Origin.PORTAL)
    idempotency_key: Mapped[str] = mapped_column(String(80))
    placed_at: Mapped[datetime]
    requested_on: Mapped[date | None]
    po_number: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)
    ship_to_th: Mapped[str] = mapped_column(String(400), default="")
    ship_to_en: Mapped[str] = mapped_column(String(400), default="")
    transit_days: Mapped[int] = mapped_column(default=1)
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[int] = mapped_column(BigId)
    vat_minor: Mapped[int] = mapped_column(BigId)
    total_minor: Mapped[int] = mapped_column(BigId)
    closed_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()
    buyer: Mapped[User | None] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.n")

    @property
    def state(self) -> LineState:
        """Where the order stands as a whole: as far as its least advanced line."""
        return order_state([line.state for line in self.lines])

    def ship_to(self, language: str) -> str:
        """Where the goods go, in the language asked for where it is known."""
        first, second = (
            (self.ship_to_th, self.ship_to_en) if language == "th" else (self.ship_to_en, self.ship_to_th)
        )
        return first or second


class OrderLine(Base):
    """A product ordered.

    `short` is how many units were not in stock when it was ordered; `first_shipped` is how many its first shipment
    brought, NULL before there is one. `cancelled` units are owed no more; for `substituted_out` of them a line of the
    same order that `stands_for` this one was accepted. A line of a replacement order stands for the one whose units it
    sends again. Amounts are those of the units ordered and not cancelled.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("ordered > 0", name="ordered"),
        CheckConstraint("cancelled BETWEEN 0 AND ordered", name="cancelled"),
        CheckConstraint("discount_bp BETWEEN 0 AND 10000", name="discount"),
        CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name="vat_rate"),
        CheckConstraint("returned BETWEEN 0 AND ordered - cancelled", name="returned"),
        CheckConstraint("short BETWEEN 0 AND ordered", name="short"),
        CheckConstraint("substituted_out BETWEEN 0 AND cancelled", name="substituted_out"),
        Index(
            "ix_order_line_stands_for",
            "stands_for_id",
            postgresql_where=text("stands_for_id IS NOT NULL"),
            sqlite_where=text("stands_for_id IS NOT NULL"),
        ),
        Index("uq_order_line_n", "order_id", "n", unique=True),
        Index("ix_order_line_product", "product_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    n: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    sku: Mapped[str] = mapped_column(String(40))
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    unit_th: Mapped[str] = mapped_column(String(30))
    unit_en: Mapped[str] = mapped_column(String(30))
    ordered: Mapped[int]
    cancelled: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    short: Mapped[int] = mapped_column(default=0)
    substituted_out: Mapped[int] = mapped_column(default=0, server_default="0")
    stands_for_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    unit_price: Mapped[Decimal] = mapped_column(UnitPrice)
    discount_bp: Mapped[int] = mapped_column(default=0)
    vat_rate_bp: Mapped[int]
    net_minor: Mapped[int] = mapped_column(BigId)
    vat_minor: Mapped[int] = mapped_column(BigId)
    first_shipped: Mapped[int | None]
    first_shipped_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    stands_for: Mapped["OrderLine | None"] = relationship(remote_side="OrderLine.id")
    parts: Mapped[list["ScheduleLine"]] = relationship(back_populates="line", order_by="ScheduleLine.n")

    @property
    def quantities(self) -> Quantities[int]:
        """How far the units of this line have come, over all its parts."""
        return Quantities(
            ordered=self.ordered,
            cancelled=self.cancelled,
            held=sum(part.held for part in self.parts),
            picked=sum(part.picked for part in self.parts),
            shipped=sum(part.shipped for part in self.parts),
            delivered=sum(part.delivered for part in self.parts),
        )

    @property
    def wanted(self) -> int:
        """Units that were ordered and not cancelled: those that are paid for."""
        return self.ordered - self.cancelled

    @property
    def called_off(self) -> int:
        """Units that were cancelled and for which nothing else was accepted."""
        return self.cancelled - self.substituted_out

    @property
    def state(self) -> LineState:
        """Where the line stands, derived from its quantities."""
        return line_state(self.quantities)

    @property
    def amount_minor(self) -> int:
        """The line with its tax."""
        return self.net_minor + self.vat_minor


class ScheduleLine(Base):
    """A part of a line with a promised date of its own: the units in stock, or a backorder.

    `ship_by` is the day it must leave the warehouse to arrive in time; `found` tells how the date was found, as steps
    for `dating.sentences`. `arrives_on` is the day on which what has left is expected to arrive.
    """

    __tablename__ = "schedule_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("cancelled >= 0", name="cancelled"),
        CheckConstraint(
            "0 <= delivered AND delivered <= shipped AND shipped <= picked AND picked <= quantity - cancelled",
            name="stages",
        ),
        Index("uq_schedule_line_n", "line_id", "n", unique=True),
        Index("ix_schedule_line_promise", "promise_id"),
        Index("ix_schedule_line_reservation", "reservation_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    n: Mapped[int]
    quantity: Mapped[int]
    cancelled: Mapped[int] = mapped_column(default=0)
    picked: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    backorder: Mapped[bool] = mapped_column(default=False)
    ship_by: Mapped[date | None]
    shipped_late: Mapped[bool] = mapped_column(default=False)
    arrives_on: Mapped[date | None]
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    found: Mapped[list[Any]] = mapped_column(JSON, default=list)

    line: Mapped[OrderLine] = relationship(back_populates="parts")
    reservation: Mapped[Reservation | None] = relationship()
    promise: Mapped[Promise | None] = relationship()

    @property
    def held(self) -> int:
        """Units that lie in stock for this part and are still to be shipped."""
        return self.reservation.held if self.reservation else 0

    @property
    def pickable(self) -> int:
        """Units that can be picked now."""
        return max(0, self.held - (self.picked - self.shipped))

    @property
    def unpicked(self) -> int:
        """Units still owed that nobody has picked, whether in stock or waited for; these can be cancelled."""
        return self.quantity - self.cancelled - self.picked

    @property
    def open(self) -> int:
        """Units still owed."""
        return self.quantity - self.cancelled - self.delivered
