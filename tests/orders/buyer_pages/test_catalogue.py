"""The buyer's catalogue: goods found in either language, with their prices and what there is of them."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from portal.clock import business_day
from portal.i18n import day_text, speaking
from tests.makers import World
from tests.orders.buyer_pages.buying import statements


@pytest.mark.parametrize("asked", ["สบู่", "soap", "SOAP-1", "lavender gel"])
def test_a_product_is_found_in_thai_and_english_with_its_price_and_stock(
    shop: FlaskClient, world: World, asked: str
) -> None:
    world.product("SOAP-1", price="12.75", stock=7, name_th="สบู่เหลว ลาเวนเดอร์", name_en="Soap gel lavender")
    world.product("BRUSH-1", stock=3, name_th="แปรงสีฟัน", name_en="Toothbrush")
    world.session.commit()

    page = shop.get("/my/catalogue", query_string={"q": asked}).text

    assert "Soap gel lavender" in page
    assert "12.75" in page
    assert "7 in stock" in page
    assert "Toothbrush" not in page


def test_what_is_out_of_stock_names_the_day_of_the_next_receipt(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    product = world.product("SOAP-1")
    comes = business_day(now) + timedelta(days=9)
    world.receipt(product, 50, comes)
    world.session.commit()

    with speaking("en"):
        assert f"From {day_text(comes)}" in shop.get("/my/catalogue").text
        assert f"{day_text(comes)}, 50 units" in shop.get("/my/catalogue/SOAP-1").text


def test_goods_no_longer_sold_are_not_offered(shop: FlaskClient, world: World) -> None:
    world.product("OLD-1", stock=5, lifecycle="discontinued")
    world.session.commit()

    assert "OLD-1" not in shop.get("/my/catalogue").text
    assert "not sold any more" in shop.get("/my/catalogue/OLD-1").text


def test_a_search_without_a_match_says_what_to_try(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1")
    world.session.commit()
    assert "No product matches" in shop.get("/my/catalogue?q=helicopter").text


def test_an_unknown_product_is_not_found(shop: FlaskClient) -> None:
    assert shop.get("/my/catalogue/NOTHING").status_code == 404


def test_a_full_page_of_the_catalogue_asks_no_more_than_a_short_one(
    shop: FlaskClient, world: World, engine: Engine
) -> None:
    world.product("A-0", stock=1)
    world.session.commit()
    shop.get("/my/catalogue")
    with statements(engine) as few:
        shop.get("/my/catalogue")
    for n in range(1, 30):
        world.product(f"A-{n}", stock=n)
    world.session.commit()
    with statements(engine) as many:
        page = shop.get("/my/catalogue").text

    assert len(many) == len(few)
    assert "24 of 30 shown" in page
    assert "page=2" in page
