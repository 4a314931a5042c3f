"""The pages of an order say what was ordered, how much of it was cancelled, and what stays to be paid."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from orders import cancelling, substituting
from orders.models import Order
from tests.makers import World, make_world, sign_in
from tests.orders.short_lines import offered


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now - timedelta(hours=1))


def words(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def reading(app: Flask, world: World, order: Order) -> list[tuple[str, str]]:
    """The order's page and the list, as the buyer and as staff read them."""
    world.session.commit()
    buyer, clerk = app.test_client(), app.test_client()
    sign_in(buyer, world.buyer)
    sign_in(clerk, world.staff)
    return [
        (words(buyer, f"/my/orders/{order.number}"), words(buyer, "/my/orders")),
        (words(clerk, f"/desk/orders/{order.number}"), words(clerk, "/desk/orders")),
    ]


def test_what_was_ordered_what_was_cancelled_and_what_stays(app: Flask, world: World) -> None:
    soap, rice = world.product("SOAP-1", stock=3), world.product("RICE-1", price="5.55", stock=9)
    order = world.order({soap: 10, rice: 2})
    waits = next(part for part in world.parts(order) if part.backorder)
    cancelling.cancel_parts(world.session, order, [waits.id], "Too many", by=world.buyer, now=world.now)
    for page, listed in reading(app, world, order):
        assert "10 7 cancelled" in page
        assert "Total without the 7 units that were cancelled ฿43.98" in page
        assert "฿43.98" in listed
        assert "118.88" not in page


def test_after_a_substitution_page_and_list_name_the_same_sum_and_nothing_cancelled(
    app: Flask, world: World
) -> None:
    made = offered(world, stock=0)
    order = made.part.line.order
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    for page, listed in reading(app, world, order):
        assert "10 of these replaced by BAR-1" in page
        assert "units that were cancelled" not in page
        assert "Replaced by another product" in page
        assert "฿96.30" in page
        assert "1 ฿96.30" in listed, "one line stays, and its sum"
