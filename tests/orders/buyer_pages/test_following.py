"""The buyer's orders: found, followed part by part, cancelled and repeated."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient

from orders.models import Order
from orders.states import LineState
from orders.timeline import timeline
from orders.watching import check_lead_times
from portal.clock import business_day
from portal.i18n import day_text, speaking
from tests.makers import World
from tests.orders.buyer_pages.buying import in_basket


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
    old.lifecycle = "discontinued"
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
