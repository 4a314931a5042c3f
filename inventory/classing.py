"""Products are classed by their share of what leaves in a year by value: A the first 80 %, B up to 95 %, C the rest."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Select, case, func, select, type_coerce, update
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.stock import Condition, Movement, MovementKind
from portal.db import transaction

YEAR = timedelta(days=365)
A_PERCENT, B_PERCENT = 80, 95


def class_products(session: Session, now: datetime) -> int:
    """Job: class every product by the value of its issues in the last year, at unit cost; counts those that change.

    One statement.
    """
    with transaction(session):
        return classify(session, now)


def classify(session: Session, now: datetime) -> int:
    """The same within the open transaction.

    A product is A while those worth more make less than 80 % together, then B up to 95 %; what was not issued, or has
    no cost, is C.
    """
    classed = _classed(now).subquery()
    change = (
        update(Product)
        .where(Product.id == classed.c.id, Product.abc.is_distinct_from(classed.c.abc))
        .values(abc=classed.c.abc)
    )
    changed = session.execute(change.execution_options(synchronize_session=False))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _classed(now: datetime) -> Select[int, str]:
    issued = (
        select(Movement.product_id, func.sum(-Movement.quantity).label("units"))
        .where(
            Movement.kind == MovementKind.ISSUE,
            Movement.condition == Condition.GOOD,
            Movement.at > now - YEAR,
        )
        .group_by(Movement.product_id)
        .subquery()
    )
    cost = func.coalesce(type_coerce(Product.unit_cost, BigInteger), 0)
    worth = (func.coalesce(issued.c.units, 0) * cost).label("worth")
    valued = select(Product.id, worth).outerjoin(issued, issued.c.product_id == Product.id).subquery()
    before = func.coalesce(
        func.sum(valued.c.worth).over(order_by=(valued.c.worth.desc(), valued.c.id), rows=(None, -1)), 0
    )
    shared = select(
        valued.c.id, valued.c.worth, before.label("before"), func.sum(valued.c.worth).over().label("all")
    ).subquery()
    abc = case(
        (shared.c.worth <= 0, "C"),
        (shared.c.before * 100 < shared.c.all * A_PERCENT, "A"),
        (shared.c.before * 100 < shared.c.all * B_PERCENT, "B"),
        else_="C",
    )
    return select(shared.c.id, abc.label("abc"))
