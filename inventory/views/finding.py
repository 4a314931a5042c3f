"""Products found by the house's global search."""

from flask import url_for
from sqlalchemy.orm import Session

from inventory.queries import suggest_products
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import gettext, name_of


def find_products(session: Session, viewer: User, query: str) -> list[Hit]:
    """The products that match best, for the distributor's people; customers find theirs in their catalogue."""
    if viewer.audience is not Audience.STAFF:
        return []
    return [
        Hit(gettext("Product"), name_of(product), product.sku, url_for("products.show", sku=product.sku))
        for product in suggest_products(session, query)
    ]
