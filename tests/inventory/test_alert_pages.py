"""Staff find alerts on their board and their home page, and what to do next."""

from datetime import timedelta

import pytest

from inventory import planning
from inventory.alerting import mark_alerts
from inventory.alerts import AlertKind
from inventory.identifying import LotFacts
from inventory.models import Tracking
from inventory.planning import PlanFacts
from inventory.receiving import book_in
from inventory.running_out import mark_stock_outs
from inventory.stocking import open_stock
from portal.clock import business_day
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import make_world, sign_in

BOARD = "/desk/stock-alerts"


@pytest.fixture
def world(session, working_noon):
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def desk(app, world):
    client = app.test_client()
    sign_in(client, world.staff)
    return client


def low(world, sku, stock=3, **facts):
    """A product at its reorder point, or far above its most."""
    with transaction(world.session):
        product = world.product(sku, stock=stock)
        told = PlanFacts(**({"supplier": None, "service_bp": 9500, "most": None, "fixed": True} | facts))
        planning.set_plan(world.session, product, world.warehouse, told, by=None, now=world.now)
    return product


def marked(world, now=None):
    for kind in AlertKind:
        with transaction(world.session):
            mark_alerts(world.session, kind, now or world.now)


def test_each_alert_leads_to_what_helps(desk, world):
    low(world, "LOW-1", reorder_point=4)
    low(world, "MUCH-1", stock=90, most=50)
    with transaction(world.session):
        gone = world.product("GONE-1", stock=5)
        world.order({gone: 7})
        milk = world.product("MILK-1", tracking=Tracking.LOT)
        lots = {LotFacts("OLD", business_day(world.now) + timedelta(days=9)): 8}
        open_stock(world.session, milk, world.warehouse, 8, lots=lots, by=None, now=world.now)
        mark_stock_outs(world.session, world.now)
    assert "No alerts" in desk.get(BOARD).text
    marked(world)
    page = desk.get(BOARD).text
    code = world.warehouse.code
    for link in (
        f"/desk/replenishment/LOW-1?warehouse={code}",
        f"/desk/replenishment/MUCH-1?warehouse={code}",
        "/desk/products/GONE-1#substitutes",
        f"/desk/identities?sku=MILK-1&amp;warehouse={code}&amp;kept=good",
    ):
        assert link in page
    for told in ("3 available and on order", "40 too many", "2 waited for", "8 expire"):
        assert told in page
    assert "LOW-1" not in desk.get(f"{BOARD}?kind=out").text
    assert "MILK-1" in desk.get(f"{BOARD}?kind=expiring&q=milk&warehouse={code}").text
    assert "No alert matches" in desk.get(f"{BOARD}?q=helicopter").text
    assert desk.get(f"{BOARD}?warehouse=NONE").status_code == 404
    assert desk.get(f"{BOARD}?kind=nonsense").status_code == 200
    assert "Stock alerts" in desk.get("/").text


def test_what_ended_is_shown_for_a_while_with_how_long_it_lasted(desk, world):
    soap = low(world, "SOAP-1", reorder_point=4)
    marked(world, world.now - timedelta(days=3))
    with transaction(world.session):
        receipt = world.receipt(soap, 40, business_day(world.now))
        book_in(world.session, receipt, 40, last=True, by=None, now=world.now)
    marked(world)
    assert "SOAP-1" not in desk.get(BOARD).text
    page = desk.get(f"{BOARD}?show=ended").text
    assert "SOAP-1" in page
    assert "3 days" in page


def test_the_board_asks_the_same_of_one_alert_as_of_many_and_pages(desk, world):
    low(world, "SOAP-00", reorder_point=4)
    marked(world)
    desk.get(BOARD)
    with statements(world.session) as one:
        desk.get(BOARD)
    for n in range(1, 31):
        low(world, f"SOAP-{n:02}", reorder_point=4)
    marked(world)
    with statements(world.session) as many:
        page = desk.get(BOARD).text
    assert len(one) == len(many)
    assert page.count("3 available and on order") == 25
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert desk.get(older).text.count("3 available and on order") == 6


def test_the_board_is_for_staff(app, world):
    client = app.test_client()
    assert client.get(BOARD).status_code == 302
    sign_in(client, world.buyer)
    assert client.get(BOARD).status_code in {403, 404}
