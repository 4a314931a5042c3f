"""The pages of stock-outs and fill rate, of what transfers cost, and of the ways out on an order."""

import csv
import io
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from inventory.running_out import mark_stock_outs
from inventory.transfer_costs import Costs, TransferCost, transfer_costs
from orders.cancelling import cancel
from orders.models import Order, OrderLine
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in
from tests.orders.short_lines import lines

PAGES = (
    "/desk/fill-rates",
    "/desk/fill-rates/lines",
    "/desk/fill-rates/stock-outs",
    "/desk/fill-rates/figures.csv",
)


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def client_of(app: Flask, world: World, person) -> FlaskClient:
    world.session.commit()
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.fixture
def desk(app, world) -> FlaskClient:
    return client_of(app, world, world.staff)


@pytest.fixture
def manager(app, world) -> FlaskClient:
    return client_of(app, world, world.manager)


@pytest.fixture
def ordered(world: World) -> Order:
    """Soap, of which 4 were shipped whole and 7 of 10 wait; rice, of which 5 were lost."""
    soap = world.product("SOAP-1", stock=7, name_en="=Soap")
    world.shipped(world.order({soap: 4}))
    waiting = world.order({soap: 10})
    gone = world.order({world.product("RICE-1"): 5})
    cancel(world.session, gone, "Too late", by=world.buyer, now=world.now)
    mark_stock_outs(world.session, world.now)
    world.session.commit()
    return waiting


@pytest.mark.parametrize("path", PAGES)
def test_buyers_do_not_see_the_figures_of_all_and_staff_do(app, world, desk, path):
    assert client_of(app, world, world.buyer).get(path).status_code == 404
    assert desk.get(path).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "by=colour",
        "months=7",
        "month=never",
        "month=1999-01",
        "warehouse=X",
        "category=X",
        "customer=X",
        "sku=X",
    ],
)
def test_what_there_is_not_is_not_found(desk, query):
    assert desk.get(f"/desk/fill-rates?{query}").status_code == 404


@pytest.mark.parametrize("by", ["product", "warehouse", "customer", "month"])
def test_the_figures_are_shown_with_what_they_count_and_lead_to_it(desk, ordered, by):
    page = desk.get(f"/desk/fill-rates?by={by}").text
    for said in ("50.0 %", "1 of 2 lines", "7 of 14 units", "outcome=short", "outcome=lost", "forecast"):
        assert said in page, said
    empty = desk.get("/desk/fill-rates?month=2025-01").text
    assert "Nothing to count" in empty


def test_a_number_opens_to_its_lines_and_stock_outs(desk, ordered):
    short = desk.get("/desk/fill-rates/lines?outcome=short&sku=SOAP-1").text
    assert ordered.number in short
    lost = desk.get("/desk/fill-rates/lines?outcome=lost").text
    assert "RICE-1" in lost
    assert ordered.number not in lost
    assert "SOAP-1" in desk.get("/desk/fill-rates/stock-outs?month=2026-04").text
    assert desk.get("/desk/fill-rates/lines?outcome=stolen").status_code == 404


def test_the_file_has_the_same_figures_and_runs_no_formula(desk, ordered):
    answer = desk.get("/desk/fill-rates/figures.csv?by=product")
    assert answer.mimetype == "text/csv"
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:4] == ["Product", "Code", "Line fill rate, %", "Lines"]
    assert rows[0] == ["'=Soap", "SOAP-1", "50.0", "2", "1", "1", "50.0", "50.0", "14", "7", "0", "1", "0"]
    assert [row[1] for row in rows] == ["SOAP-1", "RICE-1"]


def test_the_board_says_what_was_lost_and_what_that_means(desk, ordered):
    page = desk.get("/desk/stock-outs").text
    assert "the forecast counts the same units as demand lost" in page
    assert "/desk/fill-rates" in page
    assert desk.get("/desk/stock-outs?show=past").status_code == 200


# --- ways out ---


def test_the_desk_sees_every_way_out_of_a_waiting_line_and_why_some_are_barred(desk, ordered):
    page = desk.get(f"/desk/orders/{ordered.number}").text
    for said in (
        "7 × =Soap wait for stock",
        "Wait for the goods",
        "No other warehouse has free units of it",
        "Nothing may stand for this product yet",
        "There is no faster service",
        "Cancel 7 units",
    ):
        assert said in page, said


def test_only_the_part_that_waits_is_cancelled_and_only_with_a_reason(world, desk, ordered):
    part = world.parts(ordered)[-1]
    path, form = f"/desk/orders/{ordered.number}/cancel-part", {"part": part.id}
    answer = desk.post(path, data=form, follow_redirects=True)
    assert "Say why" in answer.text
    assert [line.cancelled for line in lines(world, ordered)] == [0]
    world.session.commit()
    answer = desk.post(path, data=form | {"reason": "The buyer said so"}, follow_redirects=True)
    assert "7 units are cancelled" in answer.text
    assert [(line.ordered, line.cancelled) for line in lines(world, ordered)] == [(10, 7)]


@pytest.mark.parametrize("part", ["", "x", "0", "99999999999"])
def test_a_part_of_no_order_is_not_cancelled(world, desk, ordered, part):
    form = {"part": part, "reason": "Why not"}
    assert desk.post(f"/desk/orders/{ordered.number}/cancel-part", data=form).status_code == 404
    cancelled = select(OrderLine.cancelled).where(OrderLine.order_id == ordered.id)
    assert world.session.scalars(cancelled).all() == [0]


def test_the_page_of_an_order_takes_as_many_statements_for_many_short_lines(world, desk):
    counts = []
    for some in (1, 5):
        order = world.order({world.product(f"P-{some}-{n}"): 3 for n in range(some)})
        world.session.commit()
        path = f"/desk/orders/{order.number}"
        desk.get(path)
        with statements(world.session) as sent:
            assert desk.get(path).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


# --- what transfers cost ---


def test_a_manager_sets_what_moving_costs_and_staff_do_not(world, manager, desk):
    path = "/desk/transfers/costs"
    assert desk.get(path).status_code == 403
    assert manager.get(path).status_code == 200
    assert manager.post(path, data={"base": "-1", "per_unit": "0"}).status_code == 422
    assert manager.post(path, data={"base": "1.234", "per_unit": "0"}).status_code == 422
    world.session.rollback()
    assert transfer_costs(world.session) is None
    answer = manager.post(path, data={"base": "150.00", "per_unit": "2.50"}, follow_redirects=True)
    assert "hold from now on" in answer.text
    world.session.rollback()
    assert transfer_costs(world.session) == Costs(15000, 250)
    assert len(world.session.scalars(select(TransferCost)).all()) == 1
