"""Tables of what is there, what is spoken for and what is on its way in.

On hand is the sum of the movements of units fit for sale, quarantined that of the others; reserved is the sum of what
reservations hold. All are carried on the `stock` row, which is the row that competing orders lock, and `proving`
recomputes them.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal import guards
from portal.db import Base, BigId, UnitPrice
from portal.i18n import N_


def _partly(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that a list shows, in its order."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class MovementKind(StrEnum):
    """Why units came into or left a warehouse."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    HOLD = "hold"
    RELEASE = "release"
    SCRAP = "scrap"
    POOL = "pool"
    ADJUSTMENT = "adjustment"


class Condition(StrEnum):
    """Whether units in a warehouse can be sold; what is quarantined is never available."""

    GOOD = "good"
    QUARANTINE = "quarantine"


MOVEMENT_TITLES = {
    MovementKind.OPENING: N_("Opening stock"),
    MovementKind.RECEIPT: N_("Receipt"),
    MovementKind.ISSUE: N_("Shipped"),
    MovementKind.RETURN: N_("Returned"),
    MovementKind.TRANSFER_OUT: N_("Moved to another warehouse"),
    MovementKind.TRANSFER_IN: N_("Arrived from another warehouse"),
    MovementKind.HOLD: N_("Put into quarantine"),
    MovementKind.RELEASE: N_("Released from quarantine"),
    MovementKind.SCRAP: N_("Scrapped"),
    MovementKind.POOL: N_("Given to the loaner pool"),
    MovementKind.ADJUSTMENT: N_("Adjusted"),
}
CONDITION_TITLES = {Condition.GOOD: N_("Fit for sale"), Condition.QUARANTINE: N_("In quarantine")}


class Stock(Base):
    """The balance of one product in one warehouse, in its unit; `bin` is where in the warehouse it is looked for.

    `by_lot` once a lot ever lay there: what is held there is then meant for its lots (`allotting`).
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("reserved <= on_hand", name="reserved_within_on_hand"),
        CheckConstraint("quarantined >= 0", name="quarantined_not_negative"),
        Index("uq_stock_place", "product_id", "warehouse_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0, server_default="0")
    by_lot: Mapped[bool] = mapped_column(default=False, server_default=false())
    bin: Mapped[str] = mapped_column(String(20), default="", server_default="")

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
            "(kind IN ('issue', 'transfer_out', 'scrap', 'pool') AND quantity < 0) "
            "OR (kind IN ('opening', 'receipt', 'return', 'transfer_in') AND quantity > 0) "
            "OR (kind IN ('hold', 'release', 'adjustment') AND quantity <> 0)",
            name="sign",
        ),
        CheckConstraint("condition IN ('good', 'quarantine')", name="condition"),
        Index("ix_movement_place", "product_id", "warehouse_id", "id"),
        Index(
            "uq_movement_cause", "kind", "cause_no", "product_id", "warehouse_id", "condition", unique=True
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    condition: Mapped[str] = mapped_column(String(10), default=Condition.GOOD, server_default="good")
    cause_no: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


guards.attach(Movement, guards.append_only("movement"))


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
        _partly("ix_transfer_expected", "expected_on", "id", where="arrived_at IS NULL"),
        _partly("ix_transfer_arrived", "arrived_at", "id", where="arrived_at IS NOT NULL"),
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
        _partly("ix_inbound_receipt_due", "expected_on", "id", where="closed_at IS NULL"),
        _partly("ix_inbound_receipt_closed", "closed_at", "id", where="closed_at IS NOT NULL"),
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


class Reservation(Base):
    """Units of one product in one warehouse spoken for by one demand, named by `purpose`.

    `quantity` is what is still owed; `held` of it lies reserved in stock, the rest waits, for an inbound receipt where
    one is named. `picked` of what is held was taken off the shelf for a shipment and is spared by whatever else takes
    units. Shipping lowers all three. Who is served first when goods come in is decided by the dealing rule in force,
    from `allocation_class` (1 first), `due_at` and `created_at`. A basket holds units only until `expires_at`.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("held >= 0 AND held <= quantity", name="held"),
        CheckConstraint("picked >= 0 AND picked <= held", name="picked"),
        CheckConstraint("receipt_id IS NULL OR held < quantity", name="receipt_while_waiting"),
        CheckConstraint("allocation_class BETWEEN 1 AND 9", name="allocation_class"),
        CheckConstraint("expires_at IS NULL OR held = quantity", name="only_held_expires"),
        _partly("ix_reservation_expires", "expires_at", where="expires_at IS NOT NULL"),
        _partly("ix_reservation_basket", "product_id", "warehouse_id", where="expires_at IS NOT NULL"),
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
    picked: Mapped[int] = mapped_column(default=0, server_default="0")
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_receipt.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    allocation_class: Mapped[int] = mapped_column(default=5, server_default="5")
    expires_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]

    receipt: Mapped[InboundReceipt | None] = relationship()


class Dealt(Base):
    """Units that came free and were given to a reservation that waited; `told_at` once its customer knows."""

    __tablename__ = "dealt"
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        Index("ix_dealt_reservation", "reservation_id"),
        Index(
            "ix_dealt_untold",
            "id",
            postgresql_where=text("told_at IS NULL"),
            sqlite_where=text("told_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    units: Mapped[int]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
