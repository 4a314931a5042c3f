"""The buyer's pages: goods found and put into the basket, orders placed once, followed, cancelled and repeated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.stock import Reservation
from orders import baskets, cancelling
from orders.models import Basket, BasketLine, Order
from orders.shipments import CreditLine, CreditNote
from orders.states import LineState
from orders.timeline import timeline
from orders.watching import check_lead_times
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from portal.i18n import day_text, speaking
from tests.makers import World, make_customer, make_user, make_world, sign_in


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now - timedelta(days=30))


@pytest.fixture
def shop(app: Flask, world: World) -> FlaskClient:
    """The buyer of the world's customer, signed in."""
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.buyer)
    return client


def put(world: World, product: Product, quantity: int) -> None:
    world.session.commit()
    with transaction(world.session):
        baskets.put(world.session, world.buyer, product, quantity)


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
    seen = {name: hidden(page, name) for name in ("key", "seen_total_minor")}
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


# --- the catalogue ---


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
    world.product("OLD-1", stock=5, active=False)
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


# --- the basket ---


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
    assert "7 in stock in BKK." in page
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


# --- placing ---


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
    world.customer.currency = "USD"
    put(world, product, 2)

    answer = shop.post("/my/basket", data=placing(shop))

    assert answer.status_code == 422
    assert "SOAP-1 has no price in USD for you." in answer.text
    assert count_orders(world) == 0


# --- orders ---


def test_an_order_shows_each_part_with_its_day_and_how_it_was_found(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    product = world.product("SOAP-1", stock=7)
    world.receipt(product, 50, business_day(now) + timedelta(days=9))
    order = world.order({product: 10}, at=now)
    world.session.commit()

    page = shop.get(f"/my/orders/{order.number}").text

    first, second = (part.promise.due_at for part in world.parts(order))
    with speaking("en"):
        assert f"7 units arrive {day_text(first)}, 3 more {day_text(second)}." in page
    assert "How this date was found" in page
    assert "3 come with receipt" in page
    assert "Order placed" in page


def test_the_buyer_follows_picking_shipping_and_delivery(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now - timedelta(hours=5))
    world.shipped(order, at=now - timedelta(hours=4))
    world.session.commit()
    under_way = shop.get(f"/my/orders/{order.number}").text
    other = world.order({world.product("BRUSH-1", stock=7): 5}, at=now - timedelta(hours=5))
    world.delivered(other, at=now - timedelta(hours=1))
    world.session.commit()
    delivered = shop.get(f"/my/orders/{other.number}").text

    assert "Kerry" in under_way
    assert "TH123" in under_way
    assert "On its way" in under_way
    assert "as promised" in delivered
    assert "Somchai" in delivered
    assert "Promise kept: 5 × Product BRUSH-1" in delivered
    assert world.staff.name not in under_way + delivered


def test_staff_read_who_did_it_the_last_thing_first(world: World, now: datetime) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    world.delivered(order, at=now)
    world.session.commit()
    with speaking("en"):
        told = [(entry.what, entry.who) for entry in timeline(world.session, order, world.staff)]
    assert told == [
        ("Promise kept: 5 × Product SOAP-1", ""),
        ("Delivered", world.staff.name),
        ("Shipped with Kerry", world.staff.name),
        ("Picked", world.staff.name),
        ("Order placed", world.buyer.name),
    ]


def test_a_missed_promise_is_told_with_its_cause(shop: FlaskClient, world: World, now: datetime) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now - timedelta(days=20))
    world.session.commit()
    check_lead_times(world.session, now)

    page = shop.get(f"/my/orders/{order.number}").text

    assert "have not arrived yet" in page
    assert "the goods are in stock but have not left the warehouse" in page
    assert "Not here on the promised day: 5 × Product SOAP-1" in page
    assert order.number in shop.get("/my/orders?stage=late").text
    home = shop.get("/").text
    coming = home[home.index("What is coming, and when") :]
    assert "the goods are in stock but have not left the warehouse" in coming
    assert "Late" in coming


def test_what_is_not_picked_is_cancelled_with_a_reason(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    world.session.commit()

    answer = shop.post(f"/my/orders/{order.number}/cancel", data={"reason": "Ordered twice"})

    assert answer.status_code == 303
    page = shop.get(answer.location).text
    assert "5 units were cancelled." in page
    assert "Reason: Ordered twice" in page
    world.session.rollback()
    world.session.expire_all()
    assert world.session.get_one(Order, order.id).state is LineState.CANCELLED


def test_cancelling_without_a_reason_is_refused_and_nothing_changes(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    world.session.commit()

    answer = shop.post(f"/my/orders/{order.number}/cancel", data={"reason": "  "})

    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    world.session.expire_all()
    assert world.session.get_one(Order, order.id).state is LineState.ALLOCATED


def test_what_has_left_cannot_be_cancelled(shop: FlaskClient, world: World, now: datetime) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    world.shipped(order, at=now)
    world.session.commit()

    answer = shop.post(f"/my/orders/{order.number}/cancel", data={"reason": "Changed my mind"})

    assert answer.status_code == 422
    assert "nothing can be cancelled" in answer.text
    world.session.expire_all()
    assert world.session.get_one(Order, order.id).state is LineState.SHIPPED


def test_an_order_is_repeated_as_far_as_it_can_be(shop: FlaskClient, world: World, now: datetime) -> None:
    soap, old = world.product("SOAP-1", stock=7), world.product("OLD-1", stock=7)
    order = world.order({soap: 5, old: 2}, at=now)
    old.active = False
    world.session.commit()

    page = shop.get(f"/my/orders/{order.number}/again").text
    answer = shop.post(f"/my/orders/{order.number}/again")

    assert "Not sold any more: left out" in page
    assert "Not all in stock: the rest becomes a dated backorder" in page
    assert answer.location == "/my/basket"
    assert in_basket(world) == {"SOAP-1": 5}


def test_orders_are_found_by_number_and_narrowed_by_stage(
    shop: FlaskClient, world: World, now: datetime
) -> None:
    product = world.product("SOAP-1", stock=50)
    done, owed = world.order({product: 5}, at=now), world.order({product: 5}, at=now)
    world.delivered(done, at=now)
    world.session.commit()

    under_way, closed = shop.get("/my/orders?stage=open").text, shop.get("/my/orders?stage=closed").text
    found = shop.get("/my/orders", query_string={"q": owed.number[-5:]}).text

    assert (owed.number in under_way, done.number in under_way) == (True, False)
    assert (owed.number in closed, done.number in closed) == (False, True)
    assert (owed.number in found, done.number in found) == (True, False)


def test_pages_without_anything_say_what_would_be_here(shop: FlaskClient) -> None:
    assert "No orders yet" in shop.get("/my/orders").text
    assert "No credit notes" in shop.get("/my/credits").text
    assert "Nothing ordered yet" in shop.get("/").text


def test_search_finds_own_orders_and_goods(shop: FlaskClient, world: World, now: datetime) -> None:
    order = world.order({world.product("SOAP-1", stock=7): 5}, at=now)
    world.session.commit()
    assert f"/my/orders/{order.number}" in shop.get("/search", query_string={"q": order.number}).text
    assert "/my/catalogue/SOAP-1" in shop.get("/search?q=soap").text


# --- whose it is ---


@pytest.fixture
def stranger(app: Flask, world: World) -> FlaskClient:
    """The buyer of another company, signed in."""
    other = make_customer(world.session, "C2", now=world.now)
    person = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    world.session.commit()
    client = app.test_client()
    sign_in(client, person)
    return client


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
