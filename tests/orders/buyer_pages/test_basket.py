"""The buyer's basket: filled, changed, and shown with what would be promised."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory.stock import Reservation
from orders.models import Order
from portal.clock import business_day
from portal.i18n import day_text, speaking
from tests.makers import World
from tests.orders.buyer_pages.buying import in_basket, placing, put


def test_adding_goes_back_to_where_the_buyer_was(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=5)
    world.session.commit()

    back = "/my/catalogue?q=soap"
    answer = shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "3", "next": back})

    assert (answer.status_code, answer.location) == (303, back)
    assert "3 × SOAP-1 put into the basket." in shop.get(back).text
    assert in_basket(world) == {"SOAP-1": 3}


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/desk/orders"]
)
def test_adding_sends_nobody_elsewhere(shop: FlaskClient, world: World, elsewhere: str) -> None:
    world.product("SOAP-1")
    world.session.commit()
    answer = shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "1", "next": elsewhere})
    assert answer.location == "/my/catalogue"


@pytest.mark.parametrize("quantity", ["", "0", "-2", "many", "1.5", "10000000000"])
def test_a_quantity_that_is_none_is_refused_and_nothing_is_added(
    shop: FlaskClient, world: World, quantity: str
) -> None:
    world.product("SOAP-1")
    world.session.commit()

    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": quantity})

    assert "notice-bad" in shop.get("/my/catalogue").text
    assert in_basket(world) == {}


def test_the_basket_shows_what_would_be_promised_and_holds_nothing(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    product = world.product("SOAP-1", price="10.005", stock=7)
    world.receipt(product, 50, business_day(now) + timedelta(days=9))
    put(world, product, 10)

    page = shop.get("/my/basket").text

    assert re.findall(r'arrivals-qty">(\d+)<', page) == ["7", "3"]
    assert "7 in stock in Bangkok warehouse." in page
    assert "come with receipt" in page
    assert "100.05" in page
    assert world.session.scalar(select(func.count(Reservation.id))) == 0


def test_the_preview_is_what_placing_promises(shop: FlaskClient, world: World, now: datetime) -> None:
    product = world.product("SOAP-1", stock=7)
    world.receipt(product, 2, business_day(now) + timedelta(days=9))
    put(world, product, 12)
    shown = re.findall(r'arrivals-qty">(\d+)</span> <strong>([^<]+)<', shop.get("/my/basket").text)

    shop.post("/my/basket", data=placing(shop))

    order = world.session.scalars(select(Order)).one()
    with speaking("en"):
        promised = [(str(part.quantity), day_text(part.promise.due_at)) for part in world.parts(order)]
    assert promised == shown
    assert [quantity for quantity, _day in promised] == ["7", "2", "3"]


def test_quantities_are_changed_and_zero_takes_a_line_out(shop: FlaskClient, world: World) -> None:
    soap, brush = world.product("SOAP-1"), world.product("BRUSH-1")
    put(world, soap, 3)
    put(world, brush, 4)

    answer = shop.post("/my/basket", data={"act": "change", f"q-{soap.id}": "5", f"q-{brush.id}": "0"})

    assert answer.status_code == 303
    assert in_basket(world) == {"SOAP-1": 5}


def test_a_line_is_taken_out_and_typed_words_stay(shop: FlaskClient, world: World) -> None:
    soap, brush = world.product("SOAP-1"), world.product("BRUSH-1")
    put(world, soap, 3)
    put(world, brush, 4)

    page = shop.post("/my/basket", data={"remove": str(brush.id), f"q-{soap.id}": "3", "po_number": "PO-9"})

    assert in_basket(world) == {"SOAP-1": 3}
    assert 'value="PO-9"' in page.text


@pytest.mark.parametrize("typed", ["", "-1", "ten", "2.5"])
def test_a_quantity_that_is_not_a_number_is_refused_and_stays_typed(
    shop: FlaskClient, world: World, typed: str
) -> None:
    soap = world.product("SOAP-1")
    put(world, soap, 3)

    answer = shop.post("/my/basket", data={"act": "change", f"q-{soap.id}": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert in_basket(world) == {"SOAP-1": 3}


def test_an_empty_basket_points_to_the_catalogue(shop: FlaskClient) -> None:
    assert "Your basket is empty" in shop.get("/my/basket").text
