"""The customer company and its delivery addresses."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base
from portal.i18n import N_


class CustomerKind(StrEnum):
    """How a company sells on what it buys."""

    RETAIL = "retail"
    WHOLESALE = "wholesale"


class Tier(StrEnum):
    """The service tier that decides which policy holds when no closer one does."""

    STANDARD = "standard"
    SILVER = "silver"
    GOLD = "gold"


KIND_TITLES = {CustomerKind.RETAIL: N_("Retail"), CustomerKind.WHOLESALE: N_("Wholesale")}
TIER_TITLES = {Tier.STANDARD: N_("Standard"), Tier.SILVER: N_("Silver"), Tier.GOLD: N_("Gold")}


class CustomerGroup(Base):
    """Companies that are served alike, such as the branches of a chain; a company is in one group at most."""

    __tablename__ = "customer_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))


class Customer(Base):
    """A company that orders. When stock is scarce, those of a lower `allocation_class` (1 to 9) are served first."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("kind IN ('retail', 'wholesale')", name="kind"),
        CheckConstraint("tier IN ('standard', 'silver', 'gold')", name="tier"),
        CheckConstraint("language IN ('th', 'en')", name="language"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("allocation_class BETWEEN 1 AND 9", name="allocation_class"),
        Index("ix_customer_name_th", "name_th"),
        Index("ix_customer_group", "group_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    tier: Mapped[str] = mapped_column(String(12), default=Tier.STANDARD)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("customer_group.id"))
    allocation_class: Mapped[int] = mapped_column(default=5, server_default="5")
    tax_id: Mapped[str | None] = mapped_column(String(20))
    branch: Mapped[str | None] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2), default="th")
    currency: Mapped[str] = mapped_column(String(3), default="THB")
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254))
    contact: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]

    group: Mapped[CustomerGroup | None] = relationship()
    addresses: Mapped[list["Address"]] = relationship(back_populates="customer", order_by="Address.id")

    @property
    def ship_to(self) -> "Address | None":
        """The address that goods go to unless the buyer says otherwise."""
        return self.addresses[0] if self.addresses else None


class Address(Base):
    """A place a company has goods delivered to."""

    __tablename__ = "customer_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    line_th: Mapped[str] = mapped_column(String(300))
    line_en: Mapped[str] = mapped_column(String(300))
    province: Mapped[str | None] = mapped_column(String(5))
    postcode: Mapped[str | None] = mapped_column(String(12))
    country: Mapped[str] = mapped_column(String(60), default="TH")

    customer: Mapped[Customer] = relationship(back_populates="addresses")

    def line(self, language: str) -> str:
        """The address in one line, in the language asked for where it is known."""
        first, second = (self.line_th, self.line_en) if language == "th" else (self.line_en, self.line_th)
        return first or second
