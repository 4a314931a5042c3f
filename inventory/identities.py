"""Tables of lots and serials: what each is, where its units are, and every move they made.

A lot is a batch of units, a serial is one unit; both are an identity. Its units lie in a warehouse (fit for sale, in
quarantine, in repair or in the loaner pool) or with a customer (owned or lent). Each move takes units from one place
and puts them at another, so that a balance is always the sum of its moves, and a serial is in one place at most.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal import guards
from portal.customers.models import Customer
from portal.db import Base, BigId
from portal.i18n import N_


class IdentityKind(StrEnum):
    """Whether an identity is a batch of units or one unit."""

    LOT = "lot"
    SERIAL = "serial"


class Keeping(StrEnum):
    """How units of an identity are kept: the first four in a warehouse, the last two with a customer."""

    GOOD = "good"
    QUARANTINE = "quarantine"
    REPAIR = "repair"
    POOL = "pool"
    OWNED = "owned"
    LENT = "lent"


KEEPING_TITLES = {
    Keeping.GOOD: N_("In stock"),
    Keeping.QUARANTINE: N_("In quarantine"),
    Keeping.REPAIR: N_("In our workshop"),
    Keeping.POOL: N_("In the loaner pool"),
    Keeping.OWNED: N_("With the customer"),
    Keeping.LENT: N_("Lent to the customer"),
}

_PLACE = (
    "(keeping IN ('good', 'quarantine', 'repair', 'pool') AND warehouse_id IS NOT NULL AND customer_id IS NULL) "
    "OR (keeping IN ('owned', 'lent') AND customer_id IS NOT NULL AND warehouse_id IS NULL)"
)


class Identity(Base):
    """A lot or a serial of one product, kept from receipt to customer and back. `source_no` is what brought it in.

    While it is `stopped` no unit of it is picked, leaves or becomes fit for sale.
    """

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("kind IN ('lot', 'serial')", name="kind"),
        CheckConstraint("number <> ''", name="number"),
        Index("uq_identity_number", "product_id", "number", unique=True),
        Index("ix_identity_number", "number"),
        Index(
            "ix_identity_expires",
            "expires_on",
            postgresql_where=text("expires_on IS NOT NULL"),
            sqlite_where=text("expires_on IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(String(6))
    number: Mapped[str] = mapped_column(String(60))
    expires_on: Mapped[date | None]
    source_no: Mapped[str] = mapped_column(String(60), default="")
    stopped: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]

    product: Mapped[Product] = relationship()


class IdentityBalance(Base):
    """How many units of an identity are kept in one place now.

    Of those fit for sale `allocated` are meant for order lines, and `picked` wait for a shipment.
    """

    __tablename__ = "identity_balance"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="not_negative"),
        CheckConstraint("allocated BETWEEN 0 AND quantity", name="allocated"),
        CheckConstraint("allocated = 0 OR keeping = 'good'", name="allocated_is_good"),
        CheckConstraint("picked >= 0 AND picked <= quantity", name="picked"),
        CheckConstraint("picked = 0 OR keeping = 'good'", name="picked_from_the_shelf"),
        CheckConstraint("NOT serial OR quantity <= 1", name="serial_is_one"),
        CheckConstraint(_PLACE, name="place"),
        Index(
            "uq_identity_balance_warehouse",
            "identity_id",
            "warehouse_id",
            "keeping",
            unique=True,
            postgresql_where=text("warehouse_id IS NOT NULL"),
            sqlite_where=text("warehouse_id IS NOT NULL"),
        ),
        Index(
            "uq_identity_balance_customer",
            "identity_id",
            "customer_id",
            "keeping",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "uq_identity_balance_serial",
            "identity_id",
            unique=True,
            postgresql_where=text("serial AND quantity > 0"),
            sqlite_where=text("serial AND quantity > 0"),
        ),
        Index("ix_identity_balance_customer", "customer_id", "identity_id"),
        Index("ix_identity_balance_warehouse", "warehouse_id", "keeping", "identity_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    serial: Mapped[bool]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    keeping: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[int] = mapped_column(default=0)
    allocated: Mapped[int] = mapped_column(default=0, server_default="0")
    picked: Mapped[int] = mapped_column(default=0, server_default="0")

    identity: Mapped[Identity] = relationship()
    warehouse: Mapped[Warehouse | None] = relationship()
    customer: Mapped[Customer | None] = relationship()


class Allocation(Base):
    """Units of a lot meant for one reservation, never more than it holds; `picked` of them wait for a shipment."""

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("picked BETWEEN 0 AND quantity", name="picked"),
        Index("ix_allocation_identity", "identity_id"),
    )
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    quantity: Mapped[int]
    picked: Mapped[int] = mapped_column(default=0, server_default="0")

    identity: Mapped[Identity] = relationship()


class IdentityMove(Base):
    """Units of an identity coming to (positive) or leaving (negative) one place, with their cause; never edited."""

    __tablename__ = "identity_move"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint(_PLACE, name="place"),
        Index("ix_identity_move_identity", "identity_id", "id"),
        Index("ix_identity_move_cause", "cause_no"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    keeping: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[int]
    what: Mapped[str] = mapped_column(String(16))
    cause_no: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class TransferIdentity(Base):
    """Units of an identity that travel with a transfer between warehouses."""

    __tablename__ = "transfer_identity"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    quantity: Mapped[int]

    identity: Mapped[Identity] = relationship()


guards.attach(IdentityMove, guards.append_only("identity_move"))
