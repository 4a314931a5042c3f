"""Tables of what each customer may see of the catalogue, and of the codes they know it by."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Category, Product
from portal.customers.models import Customer, CustomerGroup
from portal.db import Base


def _for_everybody(name: str, column: str) -> Index:
    """A unique index of the rules for everybody."""
    everybody = text("customer_id IS NULL AND group_id IS NULL")
    return Index(name, column, unique=True, postgresql_where=everybody, sqlite_where=everybody)


class CatalogueRule(Base):
    """Shows or hides a product, or all of a category, to one customer, one group, or everybody.

    The closest rule holds: customer, then group, then everybody; for each, product before category. Where there is
    none, a product is shown.
    """

    __tablename__ = "catalogue_rule"
    __table_args__ = (
        CheckConstraint("(product_id IS NULL) <> (category_id IS NULL)", name="one_subject"),
        CheckConstraint("customer_id IS NULL OR group_id IS NULL", name="one_scope"),
        # One rule for each subject and scope.
        Index("uq_catalogue_rule_product_customer", "product_id", "customer_id", unique=True),
        Index("uq_catalogue_rule_product_group", "product_id", "group_id", unique=True),
        Index("uq_catalogue_rule_category_customer", "category_id", "customer_id", unique=True),
        Index("uq_catalogue_rule_category_group", "category_id", "group_id", unique=True),
        _for_everybody("uq_catalogue_rule_product", "product_id"),
        _for_everybody("uq_catalogue_rule_category", "category_id"),
        Index("ix_catalogue_rule_customer", "customer_id"),
        Index("ix_catalogue_rule_group", "group_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("customer_group.id"))
    shown: Mapped[bool]
    made_at: Mapped[datetime]

    product: Mapped[Product | None] = relationship()
    category: Mapped[Category | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    group: Mapped[CustomerGroup | None] = relationship()


class CustomerItem(Base):
    """A product as one customer calls it: their own code, unique with them, and their own name."""

    __tablename__ = "customer_item"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        Index("uq_customer_item_code", "customer_id", "code", unique=True),
        Index("ix_customer_item_product", "product_id"),
    )
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200), default="")

    customer: Mapped[Customer] = relationship()
    product: Mapped[Product] = relationship()
