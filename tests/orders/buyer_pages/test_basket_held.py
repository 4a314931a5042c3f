"""The buyer sees what is held for them, staff what lies in baskets."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from inventory.stock import Reservation, Stock
from orders.models import Order
from portal.clock import local
from tests.makers import World, sign_in
from tests.orders.buyer_pages.buying import placing


def add(shop: FlaskClient, sku: str, quantity: int) -> None:
    assert shop.post("/my/basket/add", data={"sku": sku, "quantity": str(quantity)}).status_code == 303


def said(page: str) -> list[str]:
    """What the page says of what is held, the time of day left out."""
    found = re.findall(r'class="held">(.*?)</p>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>|\d\d:\d\d", "", one).strip() for one in found]


def test_the_basket_says_how_much_is_held_and_until_when(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=5)
    world.product("BRUSH-1", stock=3)
    world.product("MOP-1")
    world.session.commit()
    assert "Nothing is held until you place the order" not in shop.get("/my/basket").text

    add(shop, "MOP-1", 2)
    assert "Nothing is held until you place the order" in shop.get("/my/basket").text
    add(shop, "SOAP-1", 5)
    add(shop, "BRUSH-1", 4)

    page = shop.get("/my/basket").text
    assert said(page) == ["None held for you", "5 held for you until", "3 of 4 held for you until"]
    assert "Nothing is held until you place the order" not in page
    until = world.session.scalars(select(Reservation.expires_at).where(Reservation.held == 5)).one()
    assert until is not None
    assert f"5 held for you until {local(until):%H:%M}" in page
    assert re.findall(r'arrivals-qty">(\d+)<', page) == ["2", "5", "3", "1"]


def test_looking_writes_nothing_and_renews_nothing(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=5)
    world.session.commit()
    add(shop, "SOAP-1", 2)
    query = select(Reservation.expires_at, Reservation.held)
    before = world.session.execute(query).all()
    world.session.rollback()
    for page in ("/my/basket", "/my/catalogue", "/my/catalogue/SOAP-1"):
        assert shop.get(page).status_code == 200
    assert world.session.execute(query).all() == before


def test_a_line_taken_out_or_emptied_lets_go(shop: FlaskClient, world: World) -> None:
    soap = world.product("SOAP-1", stock=5)
    world.session.commit()
    add(shop, "SOAP-1", 5)
    shop.post("/my/basket", data={"remove": str(soap.id), f"q-{soap.id}": "5"})
    assert world.session.scalars(select(Reservation)).all() == []
    world.session.refresh(stock := world.session.scalars(select(Stock)).one())
    assert stock.reserved == 0


def test_what_is_held_for_one_buyer_is_not_in_stock_for_another(
    shop: FlaskClient, stranger: FlaskClient, world: World
) -> None:
    world.product("SOAP-1", stock=5)
    world.session.commit()
    add(shop, "SOAP-1", 5)
    assert "5 in stock" not in stranger.get("/my/catalogue").text
    add(stranger, "SOAP-1", 1)
    assert said(stranger.get("/my/basket").text) == ["None held for you"]
    shop.post("/my/basket", data=placing(shop))
    held = select(Reservation.held, Reservation.expires_at)
    assert world.session.execute(held).all() == [(5, None)]
    assert len(world.session.scalars(select(Order)).all()) == 1


def test_staff_see_what_lies_in_baskets_apart_from_what_is_promised(
    app: Flask, shop: FlaskClient, world: World
) -> None:
    world.product("SOAP-1", stock=5)
    world.session.commit()
    desk = app.test_client()
    sign_in(desk, world.staff)
    assert "In baskets" not in desk.get("/desk/products/SOAP-1").text
    add(shop, "SOAP-1", 4)
    page = desk.get("/desk/products/SOAP-1").text
    assert "In baskets" in page
    assert re.search(r"4 units, until [^<]*\d\d:\d\d<", page)
    assert "basket/" not in page
