"""An order is placed once and at the total the buyer saw; every refusal keeps what was typed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory.stock import Reservation
from orders.models import Order
from tests.makers import World
from tests.orders.buyer_pages.buying import count_orders, in_basket, placing, put


def test_a_double_click_gives_one_order(shop: FlaskClient, world: World) -> None:
    put(world, world.product("SOAP-1", stock=9), 2)
    sent = placing(shop, po_number="PO-1", note="Ring twice")

    first, second = shop.post("/my/basket", data=sent), shop.post("/my/basket", data=sent)

    order = world.session.scalars(select(Order)).one()
    assert first.location == second.location == f"/my/orders/{order.number}"
    assert (order.po_number, order.note) == ("PO-1", "Ring twice")
    assert in_basket(world) == {}


def test_a_total_that_changed_is_refused_with_everything_typed_kept(shop: FlaskClient, world: World) -> None:
    put(world, world.product("SOAP-1", stock=9), 2)

    answer = shop.post("/my/basket", data=placing(shop, seen_total_minor="1", po_number="PO-1", note="Ring"))

    assert answer.status_code == 422
    assert "its prices have changed" in answer.text
    assert 'value="PO-1"' in answer.text
    assert "Ring" in answer.text
    assert (count_orders(world), in_basket(world)) == (0, {"SOAP-1": 2})
    assert world.session.scalar(select(func.count(Reservation.id))) == 0


def test_quantities_typed_last_are_shown_before_they_are_ordered(shop: FlaskClient, world: World) -> None:
    soap = world.product("SOAP-1", stock=9)
    put(world, soap, 2)

    answer = shop.post("/my/basket", data=placing(shop, **{f"q-{soap.id}": "6"}))

    assert answer.status_code == 422
    assert "The quantities changed" in answer.text
    assert (count_orders(world), in_basket(world)) == (0, {"SOAP-1": 6})


def test_a_day_in_the_past_is_refused_beside_its_field(shop: FlaskClient, world: World) -> None:
    put(world, world.product("SOAP-1", stock=9), 2)

    answer = shop.post("/my/basket", data=placing(shop, requested_on="2020-01-01"))

    assert answer.status_code == 422
    assert 'id="requested_on-error"' in answer.text
    assert 'value="2020-01-01"' in answer.text
    assert count_orders(world) == 0


@pytest.mark.parametrize(
    ("field", "typed"), [("requested_on", "tomorrow"), ("po_number", "9" * 61), ("note", "n" * 501)]
)
def test_words_of_a_wrong_shape_are_refused_beside_their_field(
    shop: FlaskClient, world: World, field: str, typed: str
) -> None:
    put(world, world.product("SOAP-1", stock=9), 2)

    answer = shop.post("/my/basket", data=placing(shop, **{field: typed}))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert count_orders(world) == 0


def test_refusals_are_in_the_readers_language(shop: FlaskClient, world: World) -> None:
    world.buyer.language = "th"
    put(world, world.product("SOAP-1", stock=9), 2)
    assert 'lang="th"' in shop.get("/my/basket").text
    answer = shop.post("/my/basket", data=placing(shop, requested_on="2020-01-01"))
    assert answer.status_code == 422


def test_goods_without_a_price_cannot_be_ordered(shop: FlaskClient, world: World) -> None:
    product = world.product("SOAP-1", stock=9)
    put(world, product, 2)
    world.customer.currency = "USD"
    world.session.commit()

    answer = shop.post("/my/basket", data=placing(shop))

    assert answer.status_code == 422
    assert "SOAP-1 has no price in USD for you." in answer.text
    assert count_orders(world) == 0
