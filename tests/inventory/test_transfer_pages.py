"""The desk moves stock: the list, the form, for a line that waits, and the arrival."""

from datetime import timedelta

import pytest

from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stocking import open_stock
from inventory.transfers import find_transfer
from orders.models import Order
from portal.clock import business_day
from portal.db import transaction
from tests.makers import World, make_world, sign_in


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use-cases are tried on both databases; the pages need one."""
    return sqlite_url


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def waiting(world: World) -> Order:
    """An order that waits for a product which another warehouse has."""
    with transaction(world.session):
        soap = world.product("SOAP-1")
        north = put_warehouse(
            world.session, WarehouseFacts("CNX", "คลังเชียงใหม่", "Chiang Mai"), by=world.manager, now=world.now
        )
        world.session.flush()
        open_stock(world.session, soap, north, 8, by=world.staff, now=world.now)
        return world.order({soap: 5})


def test_stock_is_moved_for_a_line_that_waits_and_its_arrival_recorded(app, session, world, waiting):
    client = app.test_client()
    sign_in(client, world.staff)
    line = f"{waiting.number}/1.1"
    page = client.get(f"/desk/transfers/new?line={line}").text
    assert "Chiang Mai" in page
    assert 'value="5"' in page
    day = business_day(world.now) + timedelta(days=2)
    typed = {
        "sku": "SOAP-1",
        "from_warehouse": "CNX",
        "to_warehouse": "BKK",
        "quantity": "5",
        "expected_on": day.isoformat(),
        "purpose": line,
        "carrier": "Kerry",
    }
    answer = client.post(f"/desk/transfers/new?line={line}", data=typed)
    assert answer.status_code == 302, answer.text
    number = answer.location.rsplit("/", maxsplit=1)[1]
    assert line in client.get("/desk/transfers").text
    assert "Chiang Mai" in client.get("/desk/receipts").text
    later = {"expected_on": (day + timedelta(days=1)).isoformat()}
    assert client.post(f"/desk/transfers/{number}/replan", data=later).status_code == 302
    assert client.post(f"/desk/transfers/{number}/arrive").status_code == 302
    session.expire_all()
    assert find_transfer(session, number).arrived_at is not None
    assert world.parts(waiting)[0].held == 5
    assert number in client.get("/desk/transfers?arrived=1").text
    assert "already arrived" in client.post(f"/desk/transfers/{number}/arrive", follow_redirects=True).text
    assert client.post(f"/desk/transfers/{number}/replan", data=later).status_code == 422
    assert client.get("/desk/receipts/history").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "9"},
        {"sku": "NONE-1"},
        {"to_warehouse": "CNX"},
        {"expected_on": "2020-01-01"},
        {"identities": "SN-1"},
        {"identities": "L=x"},
        {"purpose": "SO-1/1.1"},
    ],
)
def test_a_move_that_cannot_be_is_said_at_its_field(app, world, waiting, change):
    client = app.test_client()
    sign_in(client, world.staff)
    day = business_day(world.now).isoformat()
    typed = {"sku": "SOAP-1", "from_warehouse": "CNX", "to_warehouse": "BKK", "quantity": "2"}
    answer = client.post("/desk/transfers/new", data=typed | {"expected_on": day} | change)
    assert answer.status_code == 422
    assert "field-error" in answer.text or "notice-bad" in answer.text
    assert "Nothing is on the way" in client.get("/desk/transfers").text


def test_a_line_that_does_not_wait_and_an_unknown_transfer_are_not_found(app, world, waiting):
    client = app.test_client()
    sign_in(client, world.staff)
    assert client.get("/desk/transfers/new?line=SO-1/1.1").status_code == 404
    assert client.get("/desk/transfers/TR-1").status_code == 404
