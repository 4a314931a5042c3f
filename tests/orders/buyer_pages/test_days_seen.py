"""An order is placed for no later days than the buyer saw, and a line that cannot be read says so itself."""

import re
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory.stock import Reservation
from orders.models import Order
from orders.seen_days import as_text, from_text, refuse_later
from portal.clock import business_day
from portal.refusal import Refused
from tests.makers import World
from tests.orders.buyer_pages.buying import count_orders, hidden, in_basket, placing, put

FIRST, LATER = date(2026, 11, 28), date(2026, 12, 11)


def test_goods_gone_to_others_meanwhile_are_not_ordered_for_a_later_day_unasked(
    shop: FlaskClient, world: World
) -> None:
    soap = world.product("SOAP-1", stock=12)
    put(world, soap, 12)
    sent = placing(shop, po_number="PO-1", note="Ring twice")
    world.order({soap: 5})
    world.session.commit()

    answer = shop.post("/my/basket", data=sent)

    assert answer.status_code == 422
    assert "later than this page showed" in answer.text
    assert 'value="PO-1"' in answer.text
    assert "Ring twice" in answer.text
    assert (count_orders(world), in_basket(world)) == (1, {"SOAP-1": 12})
    assert world.session.scalar(select(func.sum(Reservation.held))) == 5

    again = sent | {name: hidden(answer.text, name) for name in ("key", "seen_days")}
    assert again["seen_days"] != sent["seen_days"]
    assert shop.post("/my/basket", data=again).status_code == 303
    assert count_orders(world) == 2


def test_waiting_for_the_day_asked_for_is_not_later(shop: FlaskClient, world: World, now: datetime) -> None:
    put(world, world.product("SOAP-1", stock=9), 2)
    wanted = business_day(now) + timedelta(days=40)

    answer = shop.post("/my/basket", data=placing(shop, requested_on=wanted.isoformat()))

    assert answer.status_code == 303
    assert world.session.scalars(select(Order.requested_on)).one() == wanted


def test_the_page_of_a_basket_without_a_warehouse_carries_no_days() -> None:
    assert as_text({}) == ""
    assert from_text("") is None


def test_days_are_read_as_they_were_written() -> None:
    days = {7: [(12, FIRST), (6, LATER)], 9: [(1, LATER)]}
    assert as_text(days) == "7-12.20261128-6.20261211_9-1.20261211"
    assert from_text(as_text(days)) == days


@pytest.mark.parametrize("text", ["x", "7-12", "7-12.20261399", "7-0.20261128", "7-12.20261128_", "-1"])
def test_days_that_nobody_wrote_are_none(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize(
    "now",
    [
        [(12, LATER)],
        [(11, FIRST), (7, LATER)],
        [(12, FIRST), (5, LATER), (1, LATER + timedelta(days=1))],
    ],
)
def test_fewer_units_by_a_day_that_was_shown_are_refused(now: list[tuple[int, date]]) -> None:
    with pytest.raises(Refused, match="later than this page showed"):
        refuse_later({7: [(12, FIRST), (6, LATER)]}, {7: now}, None)


def test_sooner_days_and_lines_that_were_not_shown_pass() -> None:
    seen = {7: [(12, FIRST), (6, LATER)]}
    refuse_later(seen, {7: [(18, FIRST)], 8: [(1, LATER)]}, None)
    refuse_later(seen, {7: [(18, LATER)]}, LATER)
    refuse_later(None, {7: [(18, LATER)]}, None)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Give each quantity as a whole number"),
        ("-3", "Give each quantity as a whole number"),
        ("99999999999", "Give each quantity as a whole number"),
        ("9999999", "Each quantity must be between 1 and 1000000."),
    ],
)
def test_a_quantity_that_cannot_be_is_told_at_its_line_and_only_there(
    shop: FlaskClient, world: World, typed: str, words: str
) -> None:
    soap, brush = world.product("SOAP-1", stock=9), world.product("BRUSH-1", stock=9)
    put(world, soap, 2)
    put(world, brush, 2)
    sent = {f"q-{soap.id}": typed, f"q-{brush.id}": "2", "act": "change"}

    answer = shop.post("/my/basket", data=sent, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    told = {
        int(id_): text for id_, text in re.findall(r'id="wrong-(\d+)">(.*?)</td>', answer.text, re.DOTALL)
    }
    assert words in told[soap.id]
    assert 'role="alert"' not in told[brush.id]
    assert words in answer.text.split('id="refusals"')[1].split("<table")[0]
    assert in_basket(world) == {"SOAP-1": 2, "BRUSH-1": 2}


def test_the_page_swaps_in_what_a_refusal_says(shop: FlaskClient, world: World) -> None:
    soap = world.product("SOAP-1", stock=9)
    put(world, soap, 2)
    page = shop.get("/my/basket").text
    assert '{"code": "422", "swap": true}' in page
    swapped = re.findall(r'hx-select-oob="([^"]*)"', page)[-1].split(",")
    assert {"#refusals", "#seen_days", f"#wrong-{soap.id}"} <= set(swapped)
    assert all(f'id="{one[1:]}"' in page for one in swapped)


def test_quantities_that_were_saved_are_not_called_unsaved(shop: FlaskClient, world: World) -> None:
    soap = world.product("SOAP-1", stock=9)
    put(world, soap, 2)

    answer = shop.post("/my/basket", data=placing(shop, **{f"q-{soap.id}": "5"}, note="Ring"))

    assert answer.status_code == 422
    assert "The quantities changed" in answer.text
    assert "nothing was saved" not in answer.text
    assert "the quantities are in your basket" in answer.text
    assert "Ring" in answer.text
    assert (count_orders(world), in_basket(world)) == (0, {"SOAP-1": 5})


def test_a_line_of_which_nothing_is_held_says_so(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=3)
    world.product("MOP-1")
    world.session.commit()
    for sku in ("SOAP-1", "MOP-1"):
        shop.post("/my/basket/add", data={"sku": sku, "quantity": "2"})
    assert shop.get("/my/basket").text.count("None held for you") == 1


@pytest.mark.parametrize("typed", ["0", "-5", "abc", "99999999999"])
def test_a_quantity_that_cannot_be_asked_for_is_not_replaced_in_silence(
    shop: FlaskClient, world: World, typed: str
) -> None:
    world.product("SOAP-1", stock=9)
    world.session.commit()
    page = shop.get(f"/my/catalogue/SOAP-1?need={typed}").text
    assert "Ask for a whole number from 1 to 1,000,000. What follows is for 1." in page
    for fine in ("", "?need=", "?need=4"):
        assert "Ask for a whole number" not in shop.get(f"/my/catalogue/SOAP-1{fine}").text
