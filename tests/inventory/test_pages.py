"""Staff see products and receipts, and act on them, through the browser."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import receiving
from inventory.inbound import InboundReceipt
from inventory.models import Product
from inventory.queries import find_product
from inventory.stock import Movement, Reservation
from portal import clock
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from tests.inventory.makers import Scene, balance_of, expect, make_product, make_scene, speak_for, statements
from tests.makers import make_customer, make_user, sign_in

Door = Callable[[Role], FlaskClient]

pytestmark = pytest.mark.usefixtures("working_noon")


@pytest.fixture
def enter(app: Flask, session: Session, now: datetime) -> Door:
    """A browser in which a person of a role is signed in."""

    def enter(role: Role) -> FlaskClient:
        with transaction(session):
            company = make_customer(session, "C1", now=now) if role is Role.BUYER else None
            person = make_user(session, role, customer=company, now=now)
        client = app.test_client()
        sign_in(client, person)
        return client

    return enter


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session, on_hand=10)


def _receipt(session: Session, scene: Scene, quantity: int = 10) -> InboundReceipt:
    return expect(session, scene, quantity, in_days=5, now=clock.now())


GET = [
    ("/desk/products", Role.STAFF, 200),
    ("/desk/products", Role.BUYER, 404),
    ("/desk/products/new", Role.STAFF, 403),
    ("/desk/products/new", Role.MANAGER, 200),
    ("/desk/products/new", Role.ADMIN, 200),
    ("/desk/products/{sku}", Role.STAFF, 200),
    ("/desk/products/{sku}", Role.BUYER, 404),
    ("/desk/products/{sku}/edit", Role.STAFF, 403),
    ("/desk/products/{sku}/edit", Role.MANAGER, 200),
    ("/desk/products/nothing-of-the-kind", Role.STAFF, 404),
    ("/desk/products/nothing-of-the-kind/edit", Role.MANAGER, 404),
    ("/desk/stock-proof", Role.STAFF, 200),
    ("/desk/receipts", Role.STAFF, 200),
    ("/desk/receipts", Role.BUYER, 404),
    ("/desk/receipts/new", Role.STAFF, 200),
    ("/desk/receipts/history", Role.STAFF, 200),
    ("/desk/receipts/{number}", Role.STAFF, 200),
    ("/desk/receipts/{number}", Role.BUYER, 404),
    ("/desk/receipts/PO-1999-00001", Role.STAFF, 404),
]


def test_each_page_opens_for_those_who_may_see_it(session: Session, enter: Door, scene: Scene) -> None:
    receipt = _receipt(session, scene)
    clients = {role: enter(role) for role in Role}
    for pattern, role, status in GET:
        path = pattern.format(sku=scene.product.sku, number=receipt.number)
        assert (path, role, clients[role].get(path).status_code) == (path, role, status)


def test_a_code_with_slashes_has_its_page(session: Session, enter: Door) -> None:
    make_product(session, "A/B 1")
    client = enter(Role.MANAGER)
    assert client.get("/desk/products/A/B 1").status_code == 200
    assert client.get("/desk/products/A/B 1/edit").status_code == 200


def test_a_manager_adds_and_changes_a_product(session: Session, enter: Door) -> None:
    client = enter(Role.MANAGER)
    typed = {
        "sku": "TEA-1",
        "name_en": "Green tea",
        "unit_th": "กล่อง",
        "unit_en": "box",
        "units_per_carton": "12",
    }
    typed |= {"replenishment_days": "7", "tracking": "none", "lifecycle": "active", "gtin": "8859990101073"}
    answer = client.post("/desk/products/new", data=typed)
    assert answer.location == "/desk/products/TEA-1"
    answer = client.post("/desk/products/TEA-1/edit", data={**typed, "name_th": "ชาเขียว", "gtin": ""})
    assert answer.location == "/desk/products/TEA-1"
    session.expire_all()
    tea = find_product(session, "TEA-1")
    assert tea is not None
    assert (tea.name_th, tea.gtin, tea.units_per_carton) == ("ชาเขียว", None, 12)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"gtin": "8859990101074"}, "check digit"),
        ({"units_per_carton": "0"}, "between 1 and"),
        ({"units_per_carton": "many"}, "Not a valid integer value"),
        ({"sku": ""}, "This field is required"),
        ({"name_en": ""}, "A product needs a name"),
        ({"sku": "HAVE"}, "already in use"),
        ({"tracking": "pile"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_adds_nothing(
    session: Session, enter: Door, typed: dict[str, str], said: str
) -> None:
    make_product(session, "HAVE")
    usual = {
        "sku": "TEA-1",
        "name_en": "Tea",
        "unit_th": "กล่อง",
        "unit_en": "box",
        "units_per_carton": "12",
        "lifecycle": "active",
    }
    usual |= {"replenishment_days": "7", "tracking": "none"}
    answer = enter(Role.MANAGER).post("/desk/products/new", data={**usual, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert session.scalar(select(func.count(Product.id))) == 1


def test_staff_expect_goods_move_their_day_and_book_them_in(
    session: Session, enter: Door, scene: Scene
) -> None:
    client = enter(Role.STAFF)
    today = business_day(clock.now())
    typed = {"sku": scene.product.sku, "supplier": scene.supplier.code, "warehouse": scene.warehouse.code}
    typed |= {"quantity": "20", "expected_on": str(today + timedelta(days=3))}
    path = client.post("/desk/receipts/new", data=typed).location
    receipt = session.scalars(select(InboundReceipt)).one()
    assert path == f"/desk/receipts/{receipt.number}"
    (line,) = speak_for(session, scene.place, 15)[1:]
    assert "1" in client.get(path).text
    moved = client.post(f"{path}/move", data={"expected_on": str(today + timedelta(days=9))})
    assert moved.location == path
    assert client.post(f"{path}/book-in", data={"quantity": "20"}).location == path
    session.expire_all()
    assert receipt.closed_at is not None
    assert receipt.expected_on == today + timedelta(days=9)
    assert session.get_one(Reservation, line).held == 5
    stock = balance_of(session, scene.place)
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (30, 15)
    assert receipt.number in client.get("/desk/receipts/history").text
    assert receipt.number in client.get(f"/desk/products/{scene.product.sku}").text


def test_a_receipt_refuses_what_cannot_be_and_stays_as_it_was(
    session: Session, enter: Door, scene: Scene
) -> None:
    receipt = _receipt(session, scene)
    client, path = enter(Role.STAFF), f"/desk/receipts/{receipt.number}"
    yesterday = str(business_day(clock.now()) - timedelta(days=1))
    tries = [
        ("book-in", {"quantity": "11"}, "Only 10 units are still expected"),
        ("book-in", {"quantity": "0"}, "at least 1"),
        ("book-in", {"quantity": "-3"}, "between 0 and"),
        ("book-in", {}, "This field is required"),
        ("move", {"expected_on": yesterday}, "already passed"),
        ("move", {"expected_on": "soon"}, "Not a valid date"),
    ]
    for act, typed, said in tries:
        answer = client.post(f"{path}/{act}", data=typed)
        assert (act, typed, answer.status_code) == (act, typed, 422)
        assert said in answer.text
    session.expire_all()
    assert (receipt.received, receipt.closed_at) == (0, None)
    assert receipt.expected_on == receipt.original_expected_on
    assert session.scalar(select(func.count(Movement.id))) == 1


def test_expecting_an_unknown_product_is_said_beside_its_field(
    session: Session, enter: Door, scene: Scene
) -> None:
    today = business_day(clock.now())
    typed = {"sku": "NOT-OURS", "supplier": scene.supplier.code, "warehouse": scene.warehouse.code}
    typed |= {"quantity": "5", "expected_on": str(today)}
    answer = enter(Role.STAFF).post("/desk/receipts/new", data=typed)
    assert answer.status_code == 422
    assert "There is no product NOT-OURS" in answer.text
    assert session.scalar(select(func.count(InboundReceipt.id))) == 0


def test_a_list_finds_filters_and_pages(session: Session, enter: Door) -> None:
    for n in range(30):
        make_product(session, f"TEA-{n:02d}", name_en=f"Tea {n:02d}")
    client = enter(Role.STAFF)
    first = client.get("/desk/products?q=tea")
    assert "TEA-00" in first.text
    assert "TEA-29" not in first.text
    assert "/desk/products?q=tea&amp;page=2" in first.text
    assert "TEA-29" in client.get("/desk/products?q=tea&page=2").text
    assert "TEA-29" in client.get("/desk/products?q=tea&page=9999").text
    assert client.get("/desk/products?q=tea&page=99999999999999999999").status_code == 400
    assert "No product matches" in client.get("/desk/products?q=coffee").text
    assert client.get("/desk/products?state=nonsense&category=none").status_code == 200


def test_the_product_list_takes_as_many_queries_for_thirty_products_as_for_three(
    session: Session, enter: Door, app: Flask
) -> None:
    client = enter(Role.STAFF)
    counts = []
    for upto in (3, 20):
        for _ in range(upto):
            make_scene(session, on_hand=5)
        with statements(session) as sent:
            client.get("/desk/products")
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_home_counts_the_receipts_that_are_due_and_overdue(
    session: Session, enter: Door, scene: Scene, now: datetime
) -> None:
    client = enter(Role.STAFF)
    assert "Receipts due" not in client.get("/").text
    expect(session, scene, 10, in_days=2, now=now - timedelta(days=10))
    shown = client.get("/").text
    (row,) = [row for row in shown.split("<tr>") if "Receipts due" in row]
    assert row.count("tag-bad") == 1
    assert 'href="/desk/receipts"' in row


def test_the_search_of_the_house_finds_products_for_staff(session: Session, enter: Door) -> None:
    make_product(session, "TEA-1", name_en="Green tea")
    assert "/desk/products/TEA-1" in enter(Role.STAFF).get("/search?q=green").text


def test_the_proof_page_shows_what_differs(session: Session, enter: Door, scene: Scene) -> None:
    client = enter(Role.MANAGER)
    assert "Every balance is proven" in client.get("/desk/stock-proof").text
    with transaction(session):
        stock = balance_of(session, scene.place)
        assert stock is not None
        stock.on_hand += 7
    answer = client.get("/desk/stock-proof").text
    assert scene.product.sku in answer
    assert "17" in answer


def test_a_closed_receipt_offers_no_act(session: Session, enter: Door, scene: Scene) -> None:
    receipt = _receipt(session, scene)
    with transaction(session):
        receiving.book_in(session, receipt, 4, last=True, by=None, now=clock.now())
    client = enter(Role.STAFF)
    page = client.get(f"/desk/receipts/{receipt.number}").text
    assert "book-in" not in page
    assert "short" in client.get("/desk/receipts/history").text
