"""Tables of products, prices and warehouses."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    func,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.customers.models import Customer, CustomerGroup
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


class Lifecycle(StrEnum):
    """How far a product has come on its way through the catalogue; only the last can't be ordered any more."""

    NEW = "new"
    ACTIVE = "active"
    PHASE_OUT = "phase_out"
    DISCONTINUED = "discontinued"


LIFECYCLE_TITLES = {
    Lifecycle.NEW: N_("New"),
    Lifecycle.ACTIVE: N_("Sold"),
    Lifecycle.PHASE_OUT: N_("Being phased out"),
    Lifecycle.DISCONTINUED: N_("No longer sold"),
}


class PackKind(StrEnum):
    """What several units of a product are handled as."""

    PACK = "pack"
    CARTON = "carton"


PACK_TITLES = {PackKind.PACK: N_("Pack"), PackKind.CARTON: N_("Carton")}


def _only(name: str, *columns: str, where: str) -> Index:
    """A unique index of part of a table."""
    part = text(where)
    return Index(name, *columns, unique=True, postgresql_where=part, sqlite_where=part)


class Category(Base):
    """A shelf of the catalogue."""

    __tablename__ = "category"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))


class Product(Base):
    """Something we sell. `search_text` and the sort keys are its names as `searching` makes them.

    `unit_cost` is what a unit costs us, in THB; at `reorder_point` available units in a warehouse it runs low. It is
    ordered by `order_multiple`, at least `order_least` and at most `order_most` units at once. `abc` is its share of
    what is sold: A are the few that make most of it. `active` follows `lifecycle`.
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
        CheckConstraint("replenishment_days BETWEEN 0 AND 730", name="replenishment_days"),
        CheckConstraint("reorder_point >= 0", name="reorder_point"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint("lifecycle IN ('new', 'active', 'phase_out', 'discontinued')", name="lifecycle"),
        CheckConstraint("active = (lifecycle <> 'discontinued')", name="active_until_discontinued"),
        CheckConstraint("successor_id <> id", name="another_successor"),
        CheckConstraint("order_least > 0 AND order_multiple > 0", name="order_quantity"),
        CheckConstraint("order_most >= order_least", name="order_most"),
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("volume_cm3 > 0", name="volume"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life"),
        CheckConstraint("abc IN ('A', 'B', 'C')", name="abc"),
        _only("uq_product_gtin", "gtin", where="gtin IS NOT NULL"),
        Index("ix_product_category", "category_id"),
        Index("ix_product_successor", "successor_id"),
        Index("ix_product_sort_th", "sort_th", "id"),
        Index("ix_product_sort_en", "sort_en", "id"),
        Index(
            "ix_product_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
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
    gtin: Mapped[str | None] = mapped_column(String(14))
    tracking: Mapped[str] = mapped_column(String(8), default=Tracking.NONE)
    warranty_months: Mapped[int | None]
    replenishment_days: Mapped[int] = mapped_column(default=14)
    unit_cost: Mapped[Decimal | None] = mapped_column(UnitPrice)
    reorder_point: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    lifecycle: Mapped[str] = mapped_column(String(12), default=Lifecycle.ACTIVE, server_default="active")
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    order_least: Mapped[int] = mapped_column(default=1, server_default="1")
    order_multiple: Mapped[int] = mapped_column(default=1, server_default="1")
    order_most: Mapped[int | None]
    weight_g: Mapped[int | None]
    volume_cm3: Mapped[int | None]
    shelf_life_days: Mapped[int | None]
    abc: Mapped[str | None] = mapped_column(String(1))
    # The database searches and sorts by these; hardly anything reads them.
    search_text: Mapped[str] = mapped_column(String(700), deferred=True)
    sort_th: Mapped[str] = mapped_column(String(200), deferred=True)
    sort_en: Mapped[str] = mapped_column(String(200), deferred=True)
    created_at: Mapped[datetime]

    category: Mapped[Category | None] = relationship()
    successor: Mapped["Product | None"] = relationship(remote_side="Product.id")
    packs: Mapped[list["ProductPack"]] = relationship(
        back_populates="product", order_by="ProductPack.units, ProductPack.id", passive_deletes="all"
    )

    @hybrid_property
    def units_per_carton(self) -> int:
        """The units of its carton, 1 when it has none."""
        return next((pack.units for pack in self.packs if pack.kind == PackKind.CARTON), 1)

    @units_per_carton.inplace.expression
    @classmethod
    def _units_per_carton(cls) -> ColumnElement[int]:
        carton = select(ProductPack.units).where(
            ProductPack.product_id == cls.id, ProductPack.kind == PackKind.CARTON
        )
        return func.coalesce(carton.scalar_subquery(), 1).label("units_per_carton")

    @validates("lifecycle")
    def _follow_lifecycle(self, _name: str, lifecycle: str) -> str:
        self.active = lifecycle != Lifecycle.DISCONTINUED
        return lifecycle


class ProductPack(Base):
    """So many units of a product sold or handled as one, such as a pack of 6 or a carton of 24; it may be barcoded.

    A product has any number of packs, each of another size, and at most one carton.
    """

    __tablename__ = "product_pack"
    __table_args__ = (
        CheckConstraint("units > 1", name="units"),
        CheckConstraint("kind IN ('pack', 'carton')", name="kind"),
        Index("uq_product_pack_units", "product_id", "kind", "units", unique=True),
        _only("uq_product_pack_carton", "product_id", where="kind = 'carton'"),
        _only("uq_product_pack_gtin", "gtin", where="gtin IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(String(6))
    name_th: Mapped[str] = mapped_column(String(30))
    name_en: Mapped[str] = mapped_column(String(30))
    units: Mapped[int]
    gtin: Mapped[str | None] = mapped_column(String(14))

    product: Mapped[Product] = relationship(back_populates="packs")


class ProductFile(Base):
    """A picture or a document of a product, as it was uploaded and checked; `position` orders them, the first leads."""

    __tablename__ = "product_file"
    __table_args__ = (
        CheckConstraint("kind IN ('image', 'document')", name="kind"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_product_file_product", "product_id", "kind", "position"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(String(8))
    title_th: Mapped[str] = mapped_column(String(120), default="")
    title_en: Mapped[str] = mapped_column(String(120), default="")
    media_type: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    position: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    product: Mapped[Product] = relationship()


_FOR_TIER = "customer_id IS NULL AND group_id IS NULL"


class PriceList(Base):
    """Prices in one currency for one customer, one group or a tier, from a day to another.

    A product's price is that of the closest list in force which has one: customer, then group, then tier, then the
    standard list; of two lists equally close the one that began later.
    """

    __tablename__ = "price_list"
    __table_args__ = (
        CheckConstraint("customer_id IS NULL OR group_id IS NULL", name="one_scope"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="valid"),
        Index("ix_price_list_tier", "currency", "tier"),
        # Of one customer, group or tier only one list begins on a day, and only one has always held.
        Index("uq_price_list_customer", "customer_id", "currency", "valid_from", unique=True),
        _only("uq_price_list_customer_always", "customer_id", "currency", where="valid_from IS NULL"),
        Index("uq_price_list_group", "group_id", "currency", "valid_from", unique=True),
        _only("uq_price_list_group_always", "group_id", "currency", where="valid_from IS NULL"),
        _only("uq_price_list_tier", "currency", "tier", "valid_from", where=_FOR_TIER),
        _only("uq_price_list_tier_always", "currency", "tier", where=f"{_FOR_TIER} AND valid_from IS NULL"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_th: Mapped[str] = mapped_column(String(120), default="", server_default="")
    name_en: Mapped[str] = mapped_column(String(120), default="", server_default="")
    currency: Mapped[str] = mapped_column(String(3))
    tier: Mapped[str] = mapped_column(String(12), default="standard")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("customer_group.id"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    customer: Mapped[Customer | None] = relationship()
    group: Mapped[CustomerGroup | None] = relationship()


class Price(Base):
    """What one unit of a product costs in a price list, before tax, when at least `from_units` are ordered at once."""

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("unit_price > 0", name="positive"),
        CheckConstraint("from_units > 0", name="from_units"),
    )
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)
    from_units: Mapped[int] = mapped_column(primary_key=True, default=1, server_default="1")
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
