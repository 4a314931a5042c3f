"""Which products a file means: it is read in capitals, and some codes are kept in small letters."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Product


def products_meant(session: Session, skus: Collection[str]) -> dict[str, int]:
    """By code as it was read, the ids of the products there are; one spelt in capitals goes before its namesake."""
    both = {*skus, *(code.lower() for code in skus)}
    found = dict(session.execute(select(Product.sku, Product.id).where(Product.sku.in_(both))).all())
    known = {code: found.get(code, found.get(code.lower())) for code in skus}
    return {code: id_ for code, id_ in known.items() if id_ is not None}
