"""What a company may see of the catalogue: one rule for every page, the basket and the order."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from inventory.assortment import CatalogueRule
from inventory.models import Product
from portal.customers.models import Customer

_FOR_EVERYBODY = and_(CatalogueRule.customer_id.is_(None), CatalogueRule.group_id.is_(None))
WEIGHT = (
    case((CatalogueRule.customer_id.is_not(None), 8), (CatalogueRule.group_id.is_not(None), 4), else_=0)
    + case((CatalogueRule.product_id.is_not(None), 2), else_=0)
    + case((CatalogueRule.shown, 1), else_=0)
)
"""How close a rule is; of all that hold for a product the heaviest decides, and an odd one shows it."""


def shown_to(customer_id: Any, group_id: Any) -> ColumnElement[bool]:
    """That a product may be seen by a company of a group, for lists: what is hidden is worked out once for all."""
    return Product.id.not_in(_hidden(_holding_for(customer_id, group_id)))


def shown_column(customer_id: Any, group_id: Any) -> ColumnElement[bool]:
    """Whether each of a few products may be seen by a company of a group, looked up for each of them."""
    holds = or_(CatalogueRule.product_id == Product.id, CatalogueRule.category_id == Product.category_id)
    asked = _holding_for(customer_id, group_id)
    # Who asks may be a column of the query that this is part of.
    heaviest = select(func.max(WEIGHT)).where(asked, holds).correlate_except(CatalogueRule).scalar_subquery()
    return func.coalesce(heaviest, 1) % 2 == 1


def hidden_among(session: Session, customer: Customer, product_ids: Collection[int]) -> set[int]:
    """Which of these products a company may not see; one query."""
    if not product_ids:
        return set()
    shown = shown_column(customer.id, customer.group_id)
    return set(session.scalars(select(Product.id).where(Product.id.in_(product_ids), ~shown)))


def _holding_for(customer_id: Any, group_id: Any) -> ColumnElement[bool]:
    own = [CatalogueRule.customer_id == customer_id, _FOR_EVERYBODY]
    if group_id is not None:  # a company in no group is not in one without a number
        own.append(CatalogueRule.group_id == group_id)
    return or_(*own)


def _hidden(holding: ColumnElement[bool]) -> Any:
    one = select(CatalogueRule.product_id.label("id"), WEIGHT.label("weight")).where(
        holding, CatalogueRule.product_id.is_not(None)
    )
    many = (
        select(Product.id, WEIGHT)
        .join(CatalogueRule, CatalogueRule.category_id == Product.category_id)
        .where(holding)
        .correlate(None)
    )
    rules = union_all(one, many).subquery("holding")
    return select(rules.c.id).group_by(rules.c.id).having(func.max(rules.c.weight) % 2 == 0)
