"""Tables of how scarce stock is dealt: the published rule, and every dealing with who gained and who lost."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from inventory.stock import Reservation
from portal import guards
from portal.accounts.models import User
from portal.db import Base, BigId


class DealingRule(Base):
    """In which order those who wait are served, from an instant on; never edited, only followed by another.

    Editions count from 1, so that of two managers only one publishes the next. `keys` names what decides, the first
    before the second: `allocation_class`, `promised_date`, `order_time`.
    """

    __tablename__ = "dealing_rule"
    __table_args__ = (Index("ix_dealing_rule_from", "valid_from", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(unique=True)
    keys: Mapped[list[Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[datetime]
    published_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    by: Mapped[User | None] = relationship()


class Dealing(Base):
    """Scarce stock of one product in one warehouse dealt anew under a rule, after it was simulated."""

    __tablename__ = "dealing"
    __table_args__ = (Index("ix_dealing_place", "product_id", "warehouse_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("dealing_rule.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    rule: Mapped[DealingRule] = relationship()
    by: Mapped[User | None] = relationship()
    effects: Mapped[list["DealingEffect"]] = relationship(
        back_populates="dealing", order_by="DealingEffect.id"
    )


class DealingEffect(Base):
    """What one reservation held before a dealing and holds after it."""

    __tablename__ = "dealing_effect"
    __table_args__ = (
        CheckConstraint("held_before >= 0 AND held_after >= 0", name="held"),
        Index("uq_dealing_effect", "dealing_id", "reservation_id", unique=True),
        Index("ix_dealing_effect_reservation", "reservation_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    dealing_id: Mapped[int] = mapped_column(ForeignKey("dealing.id"))
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    held_before: Mapped[int]
    held_after: Mapped[int]

    dealing: Mapped[Dealing] = relationship(back_populates="effects")
    reservation: Mapped[Reservation] = relationship()


guards.attach(DealingRule, guards.append_only("dealing_rule"))
guards.attach(DealingEffect, guards.append_only("dealing_effect"))
