"""Returns in the browser: the desk records, the customer reads."""

import pytest
from sqlalchemy import func, select

from aftersales.models import Disposition, Return, ReturnReason
from aftersales.returning import Back, take_back
from portal.accounts.roles import Role
from portal.db import transaction
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def order(session, world):
    with transaction(session):
        order = world.order({world.product("SOAP", stock=10): 4})
        world.delivered(order)
    return order


@pytest.fixture
def desk(app, world):
    client = app.test_client()
    sign_in(client, world.staff)
    return client


@pytest.fixture
def taken(session, world, order, now):
    with transaction(session):
        back = Back(1, 1, ReturnReason.QUALITY, Disposition.SCRAP)
        return take_back(session, order, [back], by=world.staff, now=now)


def test_staff_find_the_order_record_what_came_back_and_read_the_return(desk, order, session):
    started = desk.get("/desk/returns/start", query_string={"order": order.number.lower()})
    assert started.headers["Location"] == f"/desk/orders/{order.number}/returns/new"
    sent = {"quantity_1": "2", "reason_1": "damaged", "disposition_1": "restock"}
    answer = desk.post(started.headers["Location"], data=sent)
    assert answer.status_code == 302
    page = desk.get(answer.headers["Location"]).text
    assert "SOAP" in page
    assert "CN-2026-00001" in page
    assert session.scalar(select(func.count()).select_from(Return)) == 1
    assert "RT-2026-00001" in desk.get("/desk/returns?q=C1").text
    assert "RT-2026-00001" not in desk.get("/desk/returns?q=nobody").text


def test_too_many_units_are_refused_beside_the_field_and_nothing_is_recorded(desk, order, session):
    path = f"/desk/orders/{order.number}/returns/new"
    answer = desk.post(path, data={"quantity_1": "5", "reason_1": "damaged", "disposition_1": "restock"})
    assert answer.status_code == 422
    assert 'id="quantity_1-error"' in answer.text
    assert 'value="5"' in answer.text
    assert session.scalar(select(func.count()).select_from(Return)) == 0


def test_an_unknown_order_number_is_said_to_be_unknown(desk):
    answer = desk.get("/desk/returns/start?order=SO-1999-1", follow_redirects=True)
    assert "SO-1999-1" in answer.text
    assert desk.get("/desk/orders/SO-1999-1/returns/new").status_code == 404


def test_a_buyer_sees_the_returns_of_their_company_and_another_company_sees_nothing_there(
    app, world, session, taken, now
):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    mine, theirs = app.test_client(), app.test_client()
    sign_in(mine, world.buyer)
    sign_in(theirs, stranger)
    assert taken.number in mine.get("/my/returns").text
    assert mine.get(f"/my/returns/{taken.number}").status_code == 200
    assert taken.number not in theirs.get("/my/returns").text
    assert theirs.get(f"/my/returns/{taken.number}").status_code == 404
    assert mine.get("/my/returns/RT-1999-00001").status_code == 404
    assert mine.get(f"/desk/returns/{taken.number}").status_code == 404


def test_the_page_of_a_customer_tells_of_their_returns(desk, world, taken):
    assert taken.number in desk.get(f"/desk/customers/{world.customer.code}").text
