"""Tables of what is there, what is spoken for and what is on its way in.

On hand is the sum of the movements; reserved is the sum of what reservations hold. Both are carried on the `stock` row,
which is the row that competing orders lock, and `proving` recomputes them.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal import guards
from portal.db import Base, BigId
from portal.i18n import N_


class MovementKind(StrEnum):
    """Why units came into or left a warehouse."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"


MOVEMENT_TITLES = {
    MovementKind.OPENING: N_("Opening stock"),
    MovementKind.RECEIPT: N_("Receipt"),
    MovementKind.ISSUE: N_("Shipped"),
    MovementKind.RETURN: N_("Returned"),
}


class Stock(Base):
    """The balance of one product in one warehouse, in its unit."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("reserved <= on_hand", name="reserved_within_on_hand"),
        Index("uq_stock_place", "product_id", "warehouse_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()

    @property
    def available(self) -> int:
        """Units that nobody has been promised."""
        return self.on_hand - self.reserved


class Movement(Base):
    """Units coming in (positive) or going out (negative), with their cause; appended, never edited."""

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'issue' AND quantity < 0) OR (kind <> 'issue' AND quantity > 0)", name="sign"
        ),
        CheckConstraint("kind IN ('opening', 'receipt', 'issue', 'return')", name="kind"),
        Index("ix_movement_place", "product_id", "warehouse_id", "id"),
        Index("uq_movement_cause", "kind", "cause_no", "product_id", "warehouse_id", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    cause_no: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


guards.attach(Movement, guards.append_only("movement"))


class Supplier(Base):
    """Who delivers to us; `usual_delay_days` is how late their overdue deliveries usually turn out."""

    __tablename__ = "supplier"
    __table_args__ = (CheckConstraint("usual_delay_days >= 0", name="usual_delay_days"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    usual_delay_days: Mapped[int] = mapped_column(default=3)


class InboundReceipt(Base):
    """Goods a supplier owes one warehouse; `claimed` of what is still to come is promised to orders already."""

    __tablename__ = "inbound_receipt"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received"),
        CheckConstraint("claimed >= 0 AND claimed <= quantity - received", name="claimed"),
        CheckConstraint("closed_at IS NULL OR claimed = 0", name="closed_unclaimed"),
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
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[int] = mapped_column(default=0)
    original_expected_on: Mapped[date]
    expected_on: Mapped[date]
    closed_at: Mapped[datetime | None]

    supplier: Mapped[Supplier] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    product: Mapped[Product] = relationship()

    @property
    def unclaimed(self) -> int:
        """Units still to come that are promised to nobody."""
        return self.quantity - self.received - self.claimed


class Reservation(Base):
    """Units of one product in one warehouse spoken for by one demand, named by `purpose`.

    `quantity` is what is still owed; `held` of it lies reserved in stock, the rest waits, for an inbound receipt where
    one is named. Shipping lowers both. `due_at` decides who is served first when goods come in.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("held >= 0 AND held <= quantity", name="held"),
        CheckConstraint("receipt_id IS NULL OR held < quantity", name="receipt_while_waiting"),
        Index(
            "ix_reservation_waiting",
            "product_id",
            "warehouse_id",
            "due_at",
            postgresql_where=text("held < quantity"),
            sqlite_where=text("held < quantity"),
        ),
        Index(
            "ix_reservation_open",
            "product_id",
            postgresql_where=text("quantity > 0"),
            sqlite_where=text("quantity > 0"),
        ),
        Index(
            "ix_reservation_receipt",
            "receipt_id",
            postgresql_where=text("receipt_id IS NOT NULL"),
            sqlite_where=text("receipt_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(60), unique=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    held: Mapped[int]
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_receipt.id"))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]

    receipt: Mapped[InboundReceipt | None] = relationship()
