"""A buyer asks how many could come when, and is told in plain words, without placing or holding anything."""

from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from inventory.inbound import InboundReceipt
from inventory.ledger import Place
from inventory.reserving import Part
from inventory.stock import Reservation, Stock
from orders.dating import Dated
from orders.promised_words import in_words
from portal.clock import business_day
from portal.i18n import day_text, speaking
from tests.makers import World
from tests.orders.buyer_pages.buying import put, statements

HERE = Place(1, 1)
SUPPLIERS, OURS = InboundReceipt(supplier_id=1), InboundReceipt(transfer_id=1)

LONGER = (
    "2 on {9}, when they come from another of our warehouses; 3 on {17}, when our next delivery comes; "
    "1 on {20}, when a later delivery comes; 1 about {30}, once we have ordered more."
)


def dated(units: int, day: int, receipt: InboundReceipt | None = None, *, held: bool = False) -> Dated:
    due = date(2026, 4, day)
    return Dated(Part(HERE, units, held, due if receipt else None, receipt), due, due, [], due)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], ""),
        ([dated(10, 7, held=True)], "All 10 on {7}, from stock."),
        (
            [dated(7, 7, held=True), dated(3, 17, SUPPLIERS)],
            "7 on {7}, from stock; 3 on {17}, when our next delivery comes.",
        ),
        (
            [dated(2, 9, OURS), dated(3, 17, SUPPLIERS), dated(1, 20, SUPPLIERS), dated(1, 30)],
            LONGER,
        ),
    ],
)
def test_parts_are_told_with_their_days_and_why(parts: list[Dated], words: str) -> None:
    with speaking("en"):
        for one in parts:
            words = words.replace(f"{{{one.due_on.day}}}", day_text(one.due_on))
        assert in_words(parts) == words


def test_a_quantity_typed_on_the_page_is_told_in_parts_and_nothing_is_held(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    soap = world.product("SOAP-1", stock=7)
    receipt = world.receipt(soap, 50, business_day(now) + timedelta(days=9))
    world.session.commit()
    with speaking("en"):
        page = shop.get("/my/catalogue/SOAP-1?need=10").text
    told = page.split('id="arrival-days"')[1].split("</section>")[0]
    assert "7 on" in told
    assert "3 on" in told
    assert "when our next delivery comes." in told
    assert 'name="need" type="number" min="1" max="999999" inputmode="numeric" value="10"' in page
    assert world.supplier.name_en not in page
    assert receipt.supplier.code not in page
    world.session.rollback()
    assert world.session.scalar(select(func.count(Reservation.id))) == 0
    assert world.session.scalars(select(Stock.reserved)).all() == [0]


def test_what_others_were_promised_is_not_told_but_counted(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    soap = world.product("SOAP-1", stock=7)
    other = world.order({soap: 5})
    world.session.commit()
    page = shop.get("/my/catalogue/SOAP-1?need=3").text
    told = page.split('id="arrival-days"')[1].split("</section>")[0]
    assert "2 on" in told
    assert "1 about" in told
    assert other.number not in page


@pytest.mark.parametrize("typed", ["", "0", "-4", "ten", "9" * 30, "1.5"])
def test_a_quantity_that_is_none_asks_for_the_least(shop: FlaskClient, world: World, typed: str) -> None:
    world.product("SOAP-1", stock=90, order_least=6, order_multiple=6)
    world.session.commit()
    answer = shop.get("/my/catalogue/SOAP-1", query_string={"need": typed})
    assert answer.status_code == 200
    assert "All 6 on" in answer.text


def test_a_quantity_that_is_not_sold_names_the_nearest(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=90, order_least=6, order_multiple=6)
    world.session.commit()
    page = shop.get("/my/catalogue/SOAP-1?need=7").text
    assert "Ask for 12" in page
    assert "need=12" in page


def test_asking_costs_the_same_whatever_is_asked(
    shop: FlaskClient, world: World, now: datetime, engine: Engine
) -> None:
    soap = world.product("SOAP-1", stock=7)
    for days in range(4):
        world.receipt(soap, 5, business_day(now) + timedelta(days=3 + days))
    world.session.commit()
    shop.get("/my/catalogue/SOAP-1")
    with statements(engine) as one:
        shop.get("/my/catalogue/SOAP-1?need=1")
    with statements(engine) as many:
        shop.get("/my/catalogue/SOAP-1?need=60")
    assert len(one) == len(many)


def test_the_basket_says_it_at_the_lines_that_are_short_and_only_there(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    soap, bar = world.product("SOAP-1", stock=7), world.product("BAR-1", stock=50)
    world.receipt(soap, 50, business_day(now) + timedelta(days=9))
    put(world, soap, 10)
    put(world, bar, 10)
    page = shop.get("/my/basket").text
    assert page.count("when our next delivery comes.") == 1
    assert "from stock; 3 on" in page
    assert "All 10 on" not in page
