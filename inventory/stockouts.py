"""Tables of stock-outs, of who follows a product, and of what may stand for what."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal.accounts.models import User
from portal.db import Base
from portal.i18n import N_


class Supply(StrEnum):
    """How much of a product can still be promised from a warehouse, as its followers are told."""

    IN = "in"
    LOW = "low"
    OUT = "out"


class SubstituteKind(StrEnum):
    """How a substitute compares with what it stands for."""

    EQUAL = "equal"
    BETTER = "better"
    SMALLER_PACK = "smaller_pack"
    LARGER_PACK = "larger_pack"


SUPPLY_TITLES = {
    Supply.IN: N_("In stock"),
    Supply.LOW: N_("Running low"),
    Supply.OUT: N_("Out of stock"),
}
SUBSTITUTE_TITLES = {
    SubstituteKind.EQUAL: N_("Equal"),
    SubstituteKind.BETTER: N_("Better"),
    SubstituteKind.SMALLER_PACK: N_("Smaller pack"),
    SubstituteKind.LARGER_PACK: N_("Larger pack"),
}


class StockOut(Base):
    """A time during which nothing of a product was available in a warehouse; open while `ended_at` is NULL."""

    __tablename__ = "stock_out"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
        Index(
            "uq_stock_out_open",
            "product_id",
            "warehouse_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_stock_out_place", "product_id", "warehouse_id", "started_at"),
        Index("ix_stock_out_started", "started_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()


class Follow(Base):
    """A person follows a product; `told` is the last supply they were told of, at the warehouse that serves them."""

    __tablename__ = "product_follow"
    __table_args__ = (
        CheckConstraint("told IN ('in', 'low', 'out')", name="told"),
        Index("ix_product_follow_product", "product_id"),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    told: Mapped[str] = mapped_column(String(4), default=Supply.IN)
    since: Mapped[datetime]

    user: Mapped[User] = relationship()
    product: Mapped[Product] = relationship()


class Substitute(Base):
    """One product may stand for another: `per_unit` units of it for each `for_units`, the lowest `rank` first.

    Where it is `two_way`, the other may stand for it as well, by the same ratio turned round.
    """

    __tablename__ = "substitute"
    __table_args__ = (
        CheckConstraint("product_id <> stands_in_id", name="another_product"),
        CheckConstraint("per_unit > 0", name="per_unit"),
        CheckConstraint("for_units > 0", name="for_units"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint("kind IN ('equal', 'better', 'smaller_pack', 'larger_pack')", name="kind"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="valid"),
        Index("uq_substitute_pair", "product_id", "stands_in_id", unique=True),
        Index("ix_substitute_stands_in", "stands_in_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    stands_in_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    rank: Mapped[int] = mapped_column(default=1)
    per_unit: Mapped[int] = mapped_column(default=1)
    for_units: Mapped[int] = mapped_column(default=1, server_default="1")
    two_way: Mapped[bool] = mapped_column(default=False, server_default=false())
    kind: Mapped[str] = mapped_column(String(12), default=SubstituteKind.EQUAL)
    reason_th: Mapped[str] = mapped_column(String(200), default="")
    reason_en: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    product: Mapped[Product] = relationship(foreign_keys=product_id)
    stands_in: Mapped[Product] = relationship(foreign_keys=stands_in_id)
