"""What buyers find from anywhere: their own orders by number or purchase order, and the goods they can buy."""

from urllib.parse import quote

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.catalogue_search import suggest_products
from orders.models import Order
from orders.noticing import path_of
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import _, day_text, money_text, name_of

MOST = 8


def product_path(sku: str) -> str:
    """Where a buyer looks at a product."""
    return f"/my/catalogue/{quote(sku)}"


def find_own(session: Session, user: User, text: str) -> list[Hit]:
    """Orders of a buyer's company, then goods; nothing for anybody else. Two queries."""
    if user.audience is not Audience.CUSTOMER:
        return []
    query = (
        select(Order.number, Order.po_number, Order.placed_at, Order.total_minor, Order.currency)
        .where(
            Order.customer_id == user.customer_id,
            or_(
                Order.number.icontains(text, autoescape=True),
                Order.po_number.icontains(text, autoescape=True),
            ),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST)
    )
    found = []
    for row in session.execute(query):
        facts = [row.po_number, day_text(row.placed_at), money_text(row.total_minor, row.currency)]
        found.append(
            Hit(_("Order"), row.number, " · ".join(fact for fact in facts if fact), path_of(row.number))
        )
    left = MOST - min(len(found), MOST // 2)
    for product in suggest_products(session, text, left, to=user.company):
        found.append(Hit(_("Product"), name_of(product), product.sku, product_path(product.sku)))
    return found[:MOST]
