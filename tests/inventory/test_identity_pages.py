"""Staff receive by number, find lots and serials, and decide on what is in quarantine, through the browser."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import quarantine, setting_aside
from inventory.identifying import LotFacts
from inventory.identities import Identity, Keeping
from inventory.ledger import Move, Place
from inventory.proving import differences
from inventory.setting_aside import Units
from inventory.stocking import open_stock
from inventory.tracing import Shift, Spot, balances_of, identity_named, shift
from portal import clock
from portal.accounts.roles import Role
from portal.audit import history_of
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import (
    Scene,
    balance_of,
    expect,
    make_product,
    make_supplier,
    make_warehouse,
    statements,
)
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


def make_tracked(session: Session, tracking: str, **stock: Any) -> Scene:
    product = make_product(session, f"T-{tracking.upper()}", tracking=tracking)
    scene = Scene(product, make_warehouse(session, "BKK"), make_supplier(session))
    if stock:
        with transaction(session):
            open_stock(session, product, scene.warehouse, **stock, by=None, now=clock.now())
    return scene


def numbers(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(Identity.number)))


def test_booking_in_asks_for_the_serial_of_each_unit(session: Session, enter: Door) -> None:
    scene = make_tracked(session, "serial")
    receipt, client = expect(session, scene, 4, now=clock.now()), enter(Role.STAFF)
    path = f"/desk/receipts/{receipt.number}"
    assert "Serial numbers" in client.get(path).text
    answer = client.post(f"{path}/book-in", data={"quantity": "2", "serials": "A1"})
    assert answer.status_code == 422
    assert "2 units need 2 serial numbers; 1 are given." in answer.text
    assert numbers(session) == set()
    typed = {"quantity": "2", "serials": "A1\r\n A2 "}
    assert client.post(f"{path}/book-in", data=typed).status_code == 302
    typed = {"quantity": "2", "first_serial": "B09"}
    assert client.post(f"{path}/book-in", data=typed).status_code == 302
    assert numbers(session) == {"A1", "A2", "B09", "B10"}


def test_booking_in_asks_for_the_lot_and_its_last_day(session: Session, enter: Door) -> None:
    scene = make_tracked(session, "lot")
    receipt, client = expect(session, scene, 10, now=clock.now()), enter(Role.STAFF)
    path = f"/desk/receipts/{receipt.number}"
    answer = client.post(f"{path}/book-in", data={"quantity": "10"})
    assert (answer.status_code, "Give the lot number" in answer.text) == (422, True)
    typed = {"quantity": "10", "lot": "m-1", "expires_on": "2027-01-31"}
    assert client.post(f"{path}/book-in", data=typed).status_code == 302
    lot = identity_named(session, scene.product.id, "M-1")
    assert lot.expires_on == date(2027, 1, 31)
    page = client.get(f"/desk/products/{scene.product.sku}").text
    assert "M-1" in page
    assert "Not yet identified" in page


def test_lots_and_serials_are_found_by_number_product_and_place(session: Session, enter: Door) -> None:
    scene = make_tracked(session, "serial", quantity=3, serials=["AX1", "AX2", "BX1"])
    client = enter(Role.STAFF)
    page = client.get("/desk/identities?q=ax").text
    assert "AX1" in page
    assert "BX1" not in page
    assert "BX1" in client.get(f"/desk/identities?sku={scene.product.sku}").text
    assert "BX1" in client.get("/desk/identities?kept=good&warehouse=BKK").text
    assert "No lot or serial matches" in client.get("/desk/identities?kept=lent").text
    assert "so every product is shown" in client.get("/desk/identities?sku=NONE").text
    assert client.get("/desk/identities?kept=nonsense&warehouse=MOON").status_code == 200


def test_the_list_takes_as_many_statements_for_thirty_serials_as_for_three(
    session: Session, enter: Door
) -> None:
    client, counts = enter(Role.STAFF), []
    for n in (3, 30):
        product, warehouse = make_product(session, tracking="serial"), make_warehouse(session)
        with transaction(session):
            serials = [f"S{n}-{i}" for i in range(n)]
            open_stock(session, product, warehouse, n, serials=serials, by=None, now=clock.now())
            back = [Move(Place(product.id, warehouse.id), 1)]
            quarantine.take_back(session, back, f"RT-{n}", by=None, now=clock.now())
        for path in ("/desk/identities", "/desk/quarantine"):
            with statements(session) as sent:
                assert client.get(path).status_code == 200
            counts.append(len(sent))
    assert counts[:2] == counts[2:]


def test_units_are_set_aside_released_and_scrapped_with_their_reason(session: Session, enter: Door) -> None:
    scene = make_tracked(session, "serial", quantity=3, serials=["S1", "S2", "S3"])
    client, sku = enter(Role.STAFF), scene.product.sku
    typed = {"sku": sku, "warehouse": "BKK", "quantity": "2", "identities": "S1 S2", "reason": "Box wet"}
    assert client.post("/desk/quarantine/new", data=typed).status_code == 302
    board = client.get("/desk/quarantine").text
    assert "S1, S2" in board
    path = f"/desk/quarantine/BKK/{sku}"
    assert "QN-" in client.get(path).text
    release = {"act": "release", "quantity": "1", "identities": "S1", "reason": "Dried"}
    assert client.post(path, data=release).status_code == 302
    scrap = {"act": "scrap", "quantity": "1", "identities": "S2", "reason": "Rusty"}
    assert client.post(path, data=scrap).status_code == 302
    session.expire_all()
    row = balance_of(session, scene.place)
    assert (row.on_hand, row.quarantined) == (2, 0)
    assert differences(session) == []
    told = [entry.after["reason"] for entry in history_of(session, "product", sku) if "reason" in entry.after]
    assert sorted(told) == ["Box wet", "Dried", "Rusty"]
    assert "Rusty" in client.get(f"/desk/products/{sku}").text
    assert "Nothing of it is in quarantine here" in client.get(path).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "This field is required"),
        ({"quantity": "9"}, "Only 3 of"),
        ({"quantity": "0"}, "between 1 and"),
        ({"sku": "NONE"}, "There is no product NONE"),
        ({"identities": "S9 S1"}, "S9 is not known for this product"),
        ({"identities": "S1 S2 S3"}, "More units are named than are meant"),
        ({"identities": ""}, "Say which lots or serials"),
    ],
)
def test_what_cannot_be_set_aside_is_refused_and_stays(
    session: Session, enter: Door, typed: dict[str, str], said: str
) -> None:
    scene = make_tracked(session, "serial", quantity=3, serials=["S1", "S2", "S3"])
    usual = {"sku": scene.product.sku, "warehouse": "BKK", "quantity": "2", "identities": "S1 S2"}
    answer = enter(Role.STAFF).post("/desk/quarantine/new", data={**usual, "reason": "Wet", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    session.expire_all()
    row = balance_of(session, scene.place)
    assert (row.on_hand, row.quarantined) == (3, 0)
    assert {one.keeping for one in balances_of(session, session.scalars(select(Identity.id)))} == {"good"}


def test_what_a_recall_holds_is_not_released_at_the_board(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "lot", quantity=5, lots={LotFacts("L-1"): 5})
    lot = identity_named(session, scene.product.id, "L-1")
    good, aside = (Spot(kept, scene.warehouse.id) for kept in (Keeping.GOOD, Keeping.QUARANTINE))
    with transaction(session):
        person = make_user(session, Role.STAFF, now=now)
        quarantine.hold(session, scene.place, 5, "PN-1", by=None, now=now)
        shift(session, [Shift(lot.id, 5, good, aside)], "hold", "PN-1", by=None, now=now)
    units = Units(scene.product, scene.warehouse, 5, {"L-1": 5}, "Looks fine")
    with pytest.raises(Refused, match="L-1 is held by PN-1"), transaction(session):
        setting_aside.release(session, units, by=person, now=now)
    assert balance_of(session, scene.place).quarantined == 5


@pytest.mark.parametrize("act", ["release", "scrap"])
def test_of_what_lies_in_quarantine_the_desk_decides_only_on_what_its_notes_put_aside(
    session: Session, enter: Door, now: datetime, act: str
) -> None:
    product, warehouse = make_product(session), make_warehouse(session)
    place = Place(product.id, warehouse.id)
    with transaction(session):
        open_stock(session, product, warehouse, 5, by=None, now=now)
        quarantine.take_back(session, [Move(place, 3)], "RT-1", by=None, now=now)
    client, path = enter(Role.STAFF), f"/desk/quarantine/{warehouse.code}/{product.sku}"
    assert "waits for its return or recall" in client.get(path).text
    typed = {"sku": product.sku, "warehouse": warehouse.code, "quantity": "2", "reason": "Wet"}
    assert client.post("/desk/quarantine/new", data=typed).status_code == 302
    assert "2 of 5 can be decided on here" in client.get(path).text
    decided = {"act": act, "quantity": "3", "reason": "Dried"}
    answer = client.post(path, data=decided)
    assert answer.status_code == 422
    assert "Only 2 of" in answer.text
    assert client.post(path, data={**decided, "quantity": "2"}).status_code == 302
    assert client.post(path, data={**decided, "quantity": "1"}).status_code == 422
    session.expire_all()
    assert balance_of(session, place).quarantined == 3
    assert differences(session) == []


PATHS = ("/desk/identities", "/desk/quarantine", "/desk/quarantine/new", "/desk/quarantine/BKK/T-LOT")


def test_customers_see_none_of_these_pages(session: Session, enter: Door) -> None:
    make_tracked(session, "lot", quantity=1)
    buyer, clerk = enter(Role.BUYER), enter(Role.STAFF)
    assert [buyer.get(path).status_code for path in PATHS] == [404] * 4
    assert [clerk.get(path).status_code for path in PATHS] == [200] * 4
    assert clerk.get("/desk/quarantine/MOON/T-LOT").status_code == 404
    assert clerk.get("/desk/quarantine/BKK/NONE").status_code == 404


def test_a_product_s_cost_and_reorder_point_are_kept_and_shown(session: Session, enter: Door) -> None:
    client = enter(Role.MANAGER)
    typed = {"sku": "TEA-1", "name_en": "Tea", "unit_th": "กล่อง", "unit_en": "box", "units_per_carton": "1"}
    typed |= {"replenishment_days": "7", "tracking": "lot", "lifecycle": "active"}
    typed |= {"unit_cost": "65.25", "reorder_point": "40"}
    assert client.post("/desk/products/new", data=typed).status_code == 302
    page = client.get("/desk/products/TEA-1").text
    assert "65.25" in page
    assert "By lot" in page
    assert client.post("/desk/products/TEA-1/edit", data={**typed, "unit_cost": "-1"}).status_code == 422
    without = {**typed, "unit_cost": "", "reorder_point": ""}
    assert client.post("/desk/products/TEA-1/edit", data=without).status_code == 302
    assert "65.25" not in client.get("/desk/products/TEA-1").text


def test_a_lot_that_arrives_is_proposed_the_last_day_that_its_shelf_life_gives(
    session: Session, enter: Door
) -> None:
    keeping = make_product(session, "TEA-9", tracking="lot", shelf_life_days=30)
    lasting = make_product(session, "TIN-9", tracking="lot")
    place, supplier = make_warehouse(session), make_supplier(session)
    last_day = business_day(clock.now()) + timedelta(days=30)
    client = enter(Role.STAFF)
    for product, shown in ((keeping, last_day.isoformat()), (lasting, "")):
        receipt = expect(session, Scene(product, place, supplier), 5, now=clock.now())
        page = client.get(f"/desk/receipts/{receipt.number}").text
        assert re.search(rf'name="expires_on"[^>]*value="{shown}"', page)
