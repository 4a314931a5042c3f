"""The table of alerts to staff: what ran low, ran out, will expire, or lies there in excess."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product, Warehouse
from portal.db import Base
from portal.i18n import N_


class AlertKind(StrEnum):
    """What staff are told of a product in a warehouse."""

    OUT = "out"
    LOW = "low"
    EXPIRING = "expiring"
    OVERSTOCK = "overstock"


ALERT_TITLES = {
    AlertKind.OUT: N_("Out of stock"),
    AlertKind.LOW: N_("Below the reorder point"),
    AlertKind.EXPIRING: N_("Expires soon"),
    AlertKind.OVERSTOCK: N_("More than will be needed"),
}


class StockAlert(Base):
    """Something about a product in a warehouse that staff should know, until it is so no more; told once."""

    __tablename__ = "stock_alert"
    __table_args__ = (
        CheckConstraint("kind IN ('out', 'low', 'expiring', 'overstock')", name="kind"),
        CheckConstraint("ended_at IS NULL OR ended_at >= since", name="ends_after_start"),
        Index(
            "uq_stock_alert_open",
            "product_id",
            "warehouse_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_stock_alert_untold",
            "id",
            postgresql_where=text("told_at IS NULL AND ended_at IS NULL"),
            sqlite_where=text("told_at IS NULL AND ended_at IS NULL"),
        ),
        Index("ix_stock_alert_kind", "kind", "since", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    kind: Mapped[str] = mapped_column(String(10))
    units: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
