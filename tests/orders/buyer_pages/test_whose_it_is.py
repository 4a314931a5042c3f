"""A buyer's pages show what is the buyer's, and nothing else exists."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orders import cancelling
from orders.models import Basket, Order
from orders.shipments import CreditLine, CreditNote
from orders.states import LineState
from orders.timeline import timeline
from portal.i18n import speaking
from tests.makers import World, sign_in
from tests.orders.buyer_pages.buying import count_orders, in_basket, put


def credited(world: World, order: Order) -> CreditNote:
    line = order.lines[0]
    note = CreditNote(
        number="CN-1",
        customer_id=order.customer_id,
        order_id=order.id,
        issued_at=world.now,
        reason="Broken",
        currency="THB",
        net_minor=1000,
        vat_minor=70,
        total_minor=1070,
        lines=[
            CreditLine(
                n=1,
                product_id=line.product_id,
                quantity=1,
                unit_price=line.unit_price,
                net_minor=1000,
                vat_minor=70,
            )
        ],
    )
    world.session.add(note)
    return note


def test_another_companys_things_do_not_exist(
    shop: FlaskClient, stranger: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    credited(world, order)
    world.session.commit()
    mine = f"/my/orders/{order.number}"
    pages = [mine, f"{mine}/again", f"{mine}/acknowledgement.pdf", "/my/credits/CN-1"]

    assert [shop.get(page).status_code for page in pages] == [200] * 4
    assert [stranger.get(page).status_code for page in pages] == [404] * 4
    assert stranger.post(f"{mine}/cancel", data={"reason": "Ours now"}).status_code == 404
    assert stranger.post(f"{mine}/again").status_code == 404
    assert order.number not in stranger.get("/my/orders").text
    assert mine not in stranger.get("/search", query_string={"q": order.number}).text
    assert "CN-1" not in stranger.get("/my/credits").text
    world.session.expire_all()
    assert world.session.get_one(Order, order.id).state is LineState.ALLOCATED


def test_a_basket_is_a_persons_own(shop: FlaskClient, stranger: FlaskClient, world: World) -> None:
    product = world.product("SOAP-1", stock=7)
    put(world, product, 3)
    key = world.session.scalars(select(Basket.key)).one()

    assert "SOAP-1" not in stranger.get("/my/basket").text
    answer = stranger.post("/my/basket", data={"act": "place", "key": key, f"q-{product.id}": "3"})

    assert answer.status_code == 422
    assert (count_orders(world), in_basket(world)) == (0, {"SOAP-1": 3})


@pytest.mark.parametrize("page", ["/my/catalogue", "/my/basket", "/my/orders", "/my/credits"])
def test_the_buyers_pages_are_for_buyers(app: Flask, world: World, page: str) -> None:
    world.session.commit()
    clerk = app.test_client()
    assert clerk.get(page).status_code == 302
    sign_in(clerk, world.staff)
    assert clerk.get(page).status_code == 404


def test_cancelling_tells_who_asked(world: World, now: datetime) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    cancelling.cancel(world.session, order, "Too many", by=world.buyer, now=now + timedelta(minutes=1))
    world.session.commit()
    with speaking("en"):
        first = timeline(world.session, order, world.buyer)[0]
    assert (first.what, first.who, first.why) == ("5 units cancelled", world.buyer.name, "Reason: Too many")
