"""Reading the catalogue and the places: one product, categories, warehouses, suppliers."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory import showing
from inventory.inbound import Supplier
from inventory.models import Category, Price, Product, ServiceArea, Warehouse
from portal.customers.models import Customer
from portal.i18n import N_, language
from portal.refusal import Refused


def find_product(session: Session, sku: str, *, to: Customer | None = None) -> Product | None:
    """The product of this code, with its category; for a company, only if it is shown to it."""
    query = select(Product).where(Product.sku == sku).options(joinedload(Product.category))
    if to is not None:
        query = query.where(showing.shown_column(to.id, to.group_id))
    return session.scalars(query).one_or_none()


def find_products(session: Session, skus: Collection[str]) -> dict[str, Product]:
    """By code, the products of these codes; one query."""
    if not skus:
        return {}
    return {one.sku: one for one in session.scalars(select(Product).where(Product.sku.in_(skus)))}


def products_typed(session: Session, codes: Iterable[str]) -> dict[str, Product]:
    """By code as it was typed, the products there are: spelt so, else in capitals, else in small letters; one query."""
    wanted = {code: (code, code.upper(), code.lower()) for code in codes}
    known = find_products(session, {one for ways in wanted.values() for one in ways})
    found = {code: next((known[one] for one in ways if one in known), None) for code, ways in wanted.items()}
    return {code: product for code, product in found.items() if product is not None}


def product_named(
    session: Session, sku: str | None, *, to: Customer | None = None, field: str = "sku"
) -> Product:
    """The product of a code that somebody typed, in capitals or not; for a company, only if it is shown to it.

    Refused at its field when there is none.
    """
    typed = (sku or "").strip()
    product = products_typed(session, [typed]).get(typed)
    if product is not None and to is not None:
        product = find_product(session, product.sku, to=to)
    if product is None:
        raise Refused(N_("There is no product %(sku)s."), field=field, sku=typed)
    return product


def categories(session: Session) -> list[Category]:
    """Every category, by name in the reader's language."""
    name = Category.name_th if language() == "th" else Category.name_en
    return list(session.scalars(select(Category).order_by(name, Category.id)))


def category_by_code(session: Session, code: str) -> Category | None:
    """The category of this code."""
    return session.scalars(select(Category).where(Category.code == code)).one_or_none()


def warehouses(session: Session) -> list[Warehouse]:
    """Every warehouse, the main one first."""
    return list(session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code)))


def suppliers(session: Session) -> list[Supplier]:
    """Every supplier, by code."""
    return list(session.scalars(select(Supplier).order_by(Supplier.code)))


def find_warehouse(session: Session, code: str) -> Warehouse | None:
    """The warehouse of this code."""
    return session.scalars(select(Warehouse).where(Warehouse.code == code)).one_or_none()


def find_supplier(session: Session, code: str) -> Supplier | None:
    """The supplier of this code."""
    return session.scalars(select(Supplier).where(Supplier.code == code)).one_or_none()


def service_areas(session: Session) -> dict[str, ServiceArea]:
    """By province, the warehouse named for it and the working days goods travel there."""
    query = select(ServiceArea).options(joinedload(ServiceArea.warehouse))
    return {area.province: area for area in session.scalars(query)}


def anything_priced(session: Session) -> bool:
    """Whether there is a product on sale that has a price in some list."""
    query = select(Price.product_id).join(Product, Product.id == Price.product_id).where(Product.active)
    return session.scalar(query.limit(1)) is not None
