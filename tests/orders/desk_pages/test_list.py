"""The desk's list of orders: every company's, narrowed, and paged on and back."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from orders.queries import PAGE
from orders.watching import check_lead_times
from portal.accounts.roles import Role
from tests.makers import World, make_customer, make_user
from tests.orders.desk_pages.clerking import link, saved


def test_the_list_shows_every_companys_orders_and_narrows_by_stage_text_and_company(
    desk: FlaskClient, world: World
) -> None:
    other = make_customer(world.session, "C2", now=world.now, name_en="Chiang Mai Mart")
    buyer = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    soap = world.product(stock=50)
    here, there, done = world.order({soap: 1}), world.order({soap: 2}, buyer=buyer), world.order({soap: 3})
    here.po_number = "PO-77"
    world.delivered(done)
    saved(world, here)

    def numbers(query: str) -> set[str]:
        answer = desk.get(f"/desk/orders?{query}")
        assert answer.status_code == 200
        return {o.number for o in (here, there, done) if f"/desk/orders/{o.number}" in answer.text}

    assert numbers("") == {here.number, there.number, done.number}
    assert numbers("q=po-77") == {here.number}
    assert numbers("q=chiang") == {there.number}
    assert numbers("customer=C2") == {there.number}
    assert numbers("stage=open") == {here.number, there.number}
    assert numbers("stage=closed") == {done.number}
    assert numbers("stage=late") == set()
    assert "No order fits" in desk.get("/desk/orders?q=nothing-like-it").text


def test_a_late_order_is_flagged_in_words(desk: FlaskClient, world: World, now: datetime) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    check_lead_times(world.session, now + timedelta(days=30))
    page = desk.get("/desk/orders?stage=late").text
    assert order.number in page
    assert "Missed" in page


def test_the_list_pages_on_and_back(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=500)
    orders = [world.order({soap: 1}, at=world.now + timedelta(minutes=n)) for n in range(PAGE + 3)]
    saved(world, orders[0])
    first = desk.get("/desk/orders").text
    assert orders[-1].number in first
    assert f"/desk/orders/{orders[0].number}" not in first
    second = desk.get(link(first, "next")).text
    assert f"/desk/orders/{orders[0].number}" in second
    assert link(second, "next") == ""
    again = desk.get(link(second, "prev")).text
    assert f"/desk/orders/{orders[-1].number}" in again


@pytest.mark.parametrize("query", ["stage=lost", "customer=NOBODY"])
def test_a_filter_that_does_not_exist_is_not_found(desk: FlaskClient, query: str) -> None:
    assert desk.get(f"/desk/orders?{query}").status_code == 404


def test_a_place_in_the_list_that_nobody_made_shows_the_first_page(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    assert order.number in desk.get("/desk/orders?older=yesterday~x").text
