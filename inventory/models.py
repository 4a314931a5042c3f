"""Tables of products, prices and warehouses."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, UnitPrice
from portal.i18n import N_


class Tracking(StrEnum):
    """How single units of a product are told apart."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


TRACKING_TITLES = {
    Tracking.NONE: N_("Not tracked"),
    Tracking.LOT: N_("By lot"),
    Tracking.SERIAL: N_("Serial-numbered"),
}


class Category(Base):
    """A shelf of the catalogue."""

    __tablename__ = "category"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))


class Product(Base):
    """Something we sell. `search_text` and the sort keys are its names as `searching` makes them.

    `unit_cost` is what a unit costs us, in THB; at `reorder_point` available units in a warehouse it runs low.
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
        CheckConstraint("replenishment_days BETWEEN 0 AND 730", name="replenishment_days"),
        CheckConstraint("units_per_carton > 0", name="units_per_carton"),
        CheckConstraint("reorder_point >= 0", name="reorder_point"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        Index("ix_product_category", "category_id"),
        Index("ix_product_sort_th", "sort_th", "id"),
        Index("ix_product_sort_en", "sort_en", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(80), default="")
    brand_th: Mapped[str] = mapped_column(String(80), default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    unit_th: Mapped[str] = mapped_column(String(30), default="ชิ้น")
    unit_en: Mapped[str] = mapped_column(String(30), default="piece")
    units_per_carton: Mapped[int] = mapped_column(default=1)
    gtin: Mapped[str | None] = mapped_column(String(14), index=True)
    tracking: Mapped[str] = mapped_column(String(8), default=Tracking.NONE)
    warranty_months: Mapped[int | None]
    replenishment_days: Mapped[int] = mapped_column(default=14)
    unit_cost: Mapped[Decimal | None] = mapped_column(UnitPrice)
    reorder_point: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    search_text: Mapped[str] = mapped_column(String(700))
    sort_th: Mapped[str] = mapped_column(String(200))
    sort_en: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    category: Mapped[Category | None] = relationship()


class PriceList(Base):
    """Prices in one currency; the one named for a customer's tier holds, else the currency's standard list."""

    __tablename__ = "price_list"
    __table_args__ = (Index("uq_price_list_scope", "currency", "tier", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    tier: Mapped[str] = mapped_column(String(12), default="standard")


class Price(Base):
    """What one unit of a product costs in a price list, before tax."""

    __tablename__ = "price"
    __table_args__ = (CheckConstraint("unit_price > 0", name="positive"),)
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)
    unit_price: Mapped[Decimal] = mapped_column(UnitPrice)


class Warehouse(Base):
    """A place where goods are kept and from which they leave."""

    __tablename__ = "warehouse"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    address_th: Mapped[str] = mapped_column(String(300), default="")
    address_en: Mapped[str] = mapped_column(String(300), default="")
    main: Mapped[bool] = mapped_column(default=False)


class ServiceArea(Base):
    """Which warehouse serves a province, and how many working days goods travel there."""

    __tablename__ = "service_area"
    __table_args__ = (CheckConstraint("transit_days BETWEEN 0 AND 60", name="transit_days"),)
    province: Mapped[str] = mapped_column(String(5), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    transit_days: Mapped[int]

    warehouse: Mapped[Warehouse] = relationship()
