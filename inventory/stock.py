"""Tables of what is there and what is spoken for; what is on its way in is `inbound`.

On hand is the sum of the movements of units fit for sale, quarantined that of the others; reserved is the sum of what
reservations hold. All are carried on the `stock` row, which is the row that competing orders lock, and `proving`
recomputes them.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    false,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.inbound import InboundReceipt, index_of
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
        index_of("ix_reservation_expires", "expires_at", where="expires_at IS NOT NULL"),
        index_of("ix_reservation_basket", "product_id", "warehouse_id", where="expires_at IS NOT NULL"),
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


NOTHING: ColumnElement[int] = literal_column("0", Integer)
"""Written out, so that the partial index of what is owed is seen to apply."""
OWED = Reservation.quantity > NOTHING
"""That something of a reservation is still owed, in the words of the index that finds it among all the past ones."""


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
