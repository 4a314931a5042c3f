"""The order acknowledgement: the facts as agreed, on paper in Thai and English."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Seller
from inventory.pricing import set_price
from orders.acknowledging import acknowledgement_of
from orders.documents import acknowledgement_pdf
from orders.models import Order
from orders.reordering import Change, compare
from portal.clock import business_day
from portal.i18n import day_text, speaking
from portal.refusal import Unknown
from tests.makers import World, make_world, sign_in
from tests.papers import text_of


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


@pytest.fixture
def order(world: World, now: datetime) -> Order:
    """Ten ordered: seven in stock, three with a receipt to come."""
    product = world.product("SOAP-1", price="12.3456", stock=7, name_th="สบู่เหลว", name_en="Liquid soap")
    world.receipt(product, 50, business_day(now) + timedelta(days=9))
    return world.order({product: 10})


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_paper_names_every_part_with_its_day_in_the_readers_language(
    world: World, order: Order, language: str
) -> None:
    paper = text_of(acknowledgement_pdf(acknowledgement_of(world.session, order), language, Seller()))

    assert order.number in paper
    assert "12.3456" in paper
    assert "123.46" in paper
    assert ("สบู่เหลว" if language == "th" else "Liquid soap") in paper
    assert (world.customer.name_th if language == "th" else world.customer.name_en) in paper
    with speaking(language):
        for part in world.parts(order):
            assert day_text(part.promise.due_at) in paper


def test_the_paper_says_how_each_day_was_found(world: World, order: Order) -> None:
    paper = " ".join(
        text_of(acknowledgement_pdf(acknowledgement_of(world.session, order), "en", Seller())).split()
    )
    assert "7 in stock in Bangkok warehouse." in paper
    assert "3 come with receipt" in paper
    assert "One hundred and thirty-two baht and ten satang" in paper


def test_the_paper_stays_as_agreed_when_names_and_prices_change(
    world: World, order: Order, now: datetime
) -> None:
    before = acknowledgement_pdf(acknowledgement_of(world.session, order), "en", Seller())
    product = order.lines[0].product
    set_price(world.session, world.prices, product, Decimal(99), by=world.manager, now=now)
    product.name_en = "Another soap"
    world.customer.name_en = "Another company"
    world.session.flush()

    assert acknowledgement_pdf(acknowledgement_of(world.session, order), "en", Seller()) == before
    (again,) = compare(world.session, world.buyer, order, now=now)
    assert again.changes == [Change.DEARER, Change.SHORT]


def test_a_long_order_runs_over_several_pages(world: World) -> None:
    order = world.order({world.product(f"P-{n}", stock=5): 5 for n in range(60)})
    paper = text_of(acknowledgement_pdf(acknowledgement_of(world.session, order), "en", Seller()))
    assert "P-0" in paper
    assert "P-59" in paper


def test_an_order_brought_in_from_elsewhere_has_no_paper(world: World, order: Order) -> None:
    order.number = "OLD-1"
    with pytest.raises(Unknown):
        acknowledgement_of(world.session, order)


def test_the_paper_opens_in_the_browser_under_the_orders_number(
    app: Flask, world: World, order: Order
) -> None:
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.buyer)
    address = f"/my/orders/{order.number}/acknowledgement.pdf"

    answer = client.get(address, query_string={"language": "th"})

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{order.number}-th.pdf"'
    assert answer.data.startswith(b"%PDF-")
    assert client.get(address, query_string={"language": "xx"}).status_code == 404
    assert client.get("/my/orders/SO-0/acknowledgement.pdf").status_code == 404
