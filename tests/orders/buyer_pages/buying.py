"""What buyers do at their pages, and what is there afterwards."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select

from inventory.models import Product
from orders import baskets
from orders.models import BasketLine, Order
from portal.db import transaction
from tests.makers import World


def put(world: World, product: Product, quantity: int) -> None:
    world.session.commit()
    with transaction(world.session):
        baskets.put(world.session, world.buyer, product, quantity, hold_minutes=0, now=world.now)


def in_basket(world: World) -> dict[str, int]:
    world.session.rollback()
    query = select(Product.sku, BasketLine.quantity).join(BasketLine, BasketLine.product_id == Product.id)
    return dict(world.session.execute(query.order_by(Product.sku)).all())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def placing(shop: FlaskClient, **facts: str) -> dict[str, str]:
    """What the basket's page sends when the order is placed."""
    page = shop.get("/my/basket").text
    quantities = dict(re.findall(r'name="(q-\d+)" value="(\d+)"', page))
    seen = {name: hidden(page, name) for name in ("key", "seen_total_minor", "seen_days")}
    return {"act": "place", **quantities, **seen, **facts}


def count_orders(world: World) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count(Order.id))) or 0


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The reading statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
