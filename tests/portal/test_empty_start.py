"""A portal without any data: every page says what is missing, and the first steps lead to the first order."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from inventory.cataloguing import add_product
from inventory.goods import ProductFacts
from inventory.pricing import put_price_list, set_price
from inventory.siting import WarehouseFacts, open_warehouse
from orders import baskets
from orders.models import BasketLine, Order
from policies import revising
from policies.jobs import extend_calendar
from policies.kinds import Convention, Kind
from policies.terms import Clause, Terms
from portal import clock
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import make_customer, make_user, make_world, sign_in
from tests.publishing import publish_reviewed


@pytest.fixture
def enter(app, session, now):
    """A browser in which a person of a role is signed in, on a portal that holds nothing else."""

    def enter(role: Role) -> FlaskClient:
        with transaction(session):
            company = make_customer(session, "C1", now=now) if role is Role.BUYER else None
            person = make_user(session, role, customer=company, now=now)
        client = app.test_client()
        sign_in(client, person)
        client.person = person
        return client

    return enter


def _pages(client: FlaskClient) -> dict[str, int]:
    """The status of every page that the navigation of a person leads to, and of what these pages lead to."""
    links, seen = ["/"], {}
    while links:
        path = links.pop()
        if path in seen:
            continue
        answer = client.get(path)
        seen[path] = answer.status_code
        if answer.mimetype == "text/html" and len(seen) < 80:
            links += re.findall(r'href="(/(?:my|desk|manage)[^"#?]*)', answer.text)
    return seen


@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_on_an_empty_portal(enter, role):
    seen = _pages(enter(role))
    assert len(seen) > 5
    assert {path: status for path, status in seen.items() if status != 200} == {}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_the_home_page_lists_what_is_missing_with_the_way_to_it(enter, role):
    home = enter(role).get("/").text
    for path in (
        "/desk/places/warehouses/new",
        "/desk/imports/new",
        "/manage/policies",
        "/desk/customers/new",
    ):
        assert f'href="{path}"' in home
    assert home.count("Getting started") == 3


def test_service_staff_are_not_asked_to_set_the_portal_up(enter):
    assert "Getting started" not in enter(Role.STAFF).get("/").text


def test_a_company_without_a_buyer_is_still_something_missing(enter, session, now):
    client = enter(Role.ADMIN)
    with transaction(session):
        make_customer(session, "C1", now=now)
    assert "Open a company and invite its buyer" in client.get("/").text


def test_nothing_is_missing_once_orders_can_be_placed(app, session):
    now = clock.now() - timedelta(hours=1)
    with transaction(session):
        world = make_world(session, now)
        world.product(stock=1)
    client = app.test_client()
    sign_in(client, world.admin)
    assert "Getting started" not in client.get("/").text


def _product_in_basket(session, buyer, now) -> None:
    with transaction(session):
        facts = ProductFacts(sku="SOAP-1", name_th="สบู่", name_en="Soap")
        product = add_product(session, facts, by=None, now=now)
        prices = put_price_list(session, "THB", by=None, now=now)
        session.flush()
        set_price(session, prices, product, Decimal(10), by=None, now=now)
        session.flush()
        baskets.put(session, buyer, product, 2, hold_minutes=30, now=now)


def test_a_buyer_sees_a_product_without_price_but_cannot_put_it_into_the_basket(enter, session, now):
    client = enter(Role.BUYER)
    with transaction(session):
        facts = ProductFacts(sku="SOAP-1", name_th="สบู่", name_en="Soap")
        product = add_product(session, facts, by=None, now=now)
    for path in ("/my/catalogue", "/my/catalogue/SOAP-1"):
        assert client.get(path).status_code == 200, path
    with pytest.raises(Refused, match="SOAP-1 has no price in THB for you"), transaction(session):
        baskets.put(session, client.person, product, 2, hold_minutes=30, now=now)
    session.rollback()
    assert session.scalars(select(BasketLine)).all() == []


def test_a_buyer_sees_why_nothing_can_be_ordered(enter, session, now):
    client = enter(Role.BUYER)
    _product_in_basket(session, client.person, now)
    for path in ("/my/catalogue", "/my/catalogue/SOAP-1", "/my/basket"):
        assert client.get(path).status_code == 200, path
    assert "There is no warehouse yet to deliver from." in client.get("/my/basket").text


def test_placing_is_refused_with_the_reason_of_what_is_missing_next(enter, session, now):
    client = enter(Role.BUYER)
    _product_in_basket(session, client.person, now)
    assert "There is no warehouse yet to deliver from." in _place(client)
    with transaction(session):
        open_warehouse(session, WarehouseFacts("BKK", "คลัง", "Warehouse"), by=None, now=now)
    assert "No service policy in force promises a lead time" in _place(client)
    with transaction(session):
        manager = make_user(session, Role.MANAGER, now=now)
        version = revising.open_policy(session, "นโยบาย", "Policy", by=manager, now=now)
        session.flush()
        terms = Terms((Clause(Kind.LEAD_TIME, 3, Convention.WORKING, 9000),))
        revising.change_draft(session, version, terms, by=manager, now=now)
        reviewer = make_user(session, Role.ADMIN, now=now)
        publish_reviewed(session, version, business_day(now), "The first", reviewer=reviewer, now=now)
    assert "The business calendar has not been set up yet" in _place(client)
    session.rollback()
    assert list(session.scalars(select(Order.id))) == []


def test_with_a_warehouse_but_no_policy_the_basket_says_so(enter, session, now):
    client = enter(Role.BUYER)
    _product_in_basket(session, client.person, now)
    with transaction(session):
        open_warehouse(session, WarehouseFacts("BKK", "คลัง", "Warehouse"), by=None, now=now)
    assert "No service policy in force promises a lead time" in client.get("/my/basket").text
    extend_calendar(session, now)
    assert "No service policy in force promises a lead time" in client.get("/my/basket").text


def _place(client: FlaskClient) -> str:
    page = client.get("/my/basket").text
    hidden = dict(re.findall(r'name="(key|seen_total_minor)"[^>]*value="([^"]*)"', page))
    answer = client.post("/my/basket", data=hidden | {"act": "place"})
    assert answer.status_code == 422
    return answer.text
