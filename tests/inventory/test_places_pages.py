"""Managers set up warehouses, the provinces they serve, and suppliers, through the browser."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import queries, siting
from inventory.availability import home_warehouse
from inventory.inbound import Supplier
from inventory.models import ServiceArea, Warehouse
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import transaction
from tests.makers import make_user, sign_in

Door = Callable[[Role], FlaskClient]

NORTH = {"code": "LPN", "name_th": "คลังภาคเหนือ", "name_en": "Northern warehouse"}


@pytest.fixture
def enter(app: Flask, session: Session, now: datetime) -> Door:
    """A browser in which a person of a role is signed in."""

    def enter(role: Role) -> FlaskClient:
        with transaction(session):
            person = make_user(session, role, now=now)
        client = app.test_client()
        sign_in(client, person)
        return client

    return enter


@pytest.fixture
def manager(enter: Door) -> FlaskClient:
    return enter(Role.MANAGER)


def _open(session: Session, now: datetime, *codes: str) -> None:
    with transaction(session):
        for code in codes:
            facts = siting.WarehouseFacts(code, f"คลัง {code}", f"Warehouse {code}")
            siting.open_warehouse(session, facts, by=None, now=now)


def _areas(session: Session) -> dict[str, tuple[str, int]]:
    session.rollback()
    return {
        code: (area.warehouse.code, area.transit_days)
        for code, area in queries.service_areas(session).items()
    }


def _count(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_first_warehouse_is_the_main_one_and_sells_to_every_province(manager, session):
    answer = manager.post("/desk/places/warehouses/new", data=NORTH)
    assert answer.location == "/desk/places/warehouses/LPN"
    warehouse, _days = home_warehouse(session, "TH-90")
    assert (warehouse.code, warehouse.main) == ("LPN", True)
    assert "Northern warehouse" in manager.get("/desk/places").text


def test_a_new_main_warehouse_takes_the_place_of_the_old(manager, session, now):
    _open(session, now, "BKK")
    manager.post("/desk/places/warehouses/new", data=NORTH | {"main": "y"})
    session.rollback()
    assert {w.code: w.main for w in queries.warehouses(session)} == {"LPN": True, "BKK": False}


def test_the_main_warehouse_cannot_simply_stop_being_it(manager, session, now):
    _open(session, now, "BKK")
    answer = manager.post("/desk/places/warehouses/BKK", data={"code": "BKK", "name_en": "Renamed"})
    assert answer.status_code == 422
    assert "One warehouse has to be the main one" in answer.text
    session.rollback()
    assert [(w.main, w.name_en) for w in queries.warehouses(session)] == [(True, "Warehouse BKK")]


def test_a_warehouse_is_renamed_and_keeps_its_code(manager, session, now):
    _open(session, now, "BKK")
    said = {"code": "OTHER", "name_th": "", "name_en": "Bang Na", "address_en": "1 Bang Na Road", "main": "y"}
    assert manager.post("/desk/places/warehouses/BKK", data=said).location == "/desk/places"
    session.rollback()
    (place,) = queries.warehouses(session)
    assert (place.code, place.name_th, place.name_en, place.address_en) == (
        "BKK",
        "Bang Na",
        "Bang Na",
        "1 Bang Na Road",
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "new"}, "A code is made of letters"),
        ({"code": "NEW"}, "A code is made of letters"),
        ({"code": "a/b"}, "A code is made of letters"),
        ({"code": "คลัง"}, "A code is made of letters"),
        ({"code": "bkk"}, "The code bkk is already in use."),
        ({"code": ""}, "This field is required."),
        ({"name_th": "", "name_en": " "}, "Give a name, in Thai or in English."),
    ],
)
def test_a_warehouse_that_cannot_be_is_refused_beside_its_field(manager, session, now, typed, said):
    _open(session, now, "BKK")
    answer = manager.post("/desk/places/warehouses/new", data=NORTH | typed)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert _count(session, Warehouse) == 1


def test_provinces_are_ticked_with_their_days_and_taken_over_from_another_warehouse(manager, session, now):
    _open(session, now, "BKK", "LPN")
    sent = {"serves": ["TH-10", "TH-50"], "days-TH-10": "1", "days-TH-50": "4"}
    assert manager.post("/desk/places/warehouses/BKK/provinces", data=sent).status_code == 302
    assert _areas(session) == {"TH-10": ("BKK", 1), "TH-50": ("BKK", 4)}
    sent = {"serves": ["TH-50", "TH-51"], "days-TH-50": "1", "days-TH-51": "0"}
    manager.post("/desk/places/warehouses/LPN/provinces", data=sent)
    assert _areas(session) == {"TH-10": ("BKK", 1), "TH-50": ("LPN", 1), "TH-51": ("LPN", 0)}
    assert "Provinces without a warehouse of their own: 74." in manager.get("/desk/places").text


def test_a_province_no_longer_ticked_goes_back_to_the_main_warehouse(manager, session, now):
    _open(session, now, "BKK", "LPN")
    both = {"serves": ["TH-50", "TH-51"], "days-TH-50": "1", "days-TH-51": "1"}
    manager.post("/desk/places/warehouses/LPN/provinces", data=both)
    manager.post("/desk/places/warehouses/LPN/provinces", data={"serves": ["TH-51"], "days-TH-51": "1"})
    assert _areas(session) == {"TH-51": ("LPN", 1)}
    assert home_warehouse(session, "TH-50")[0].code == "BKK"
    ended = select(AuditEntry.subject_no).where(AuditEntry.verb == siting.Verb.AREA_ENDED)
    assert list(session.scalars(ended)) == ["TH-50"]


def test_saving_the_same_provinces_again_changes_nothing(manager, session, now):
    _open(session, now, "BKK")
    sent = {"serves": ["TH-10"], "days-TH-10": "1"}
    manager.post("/desk/places/warehouses/BKK/provinces", data=sent)
    written = _count(session, AuditEntry)
    answer = manager.post("/desk/places/warehouses/BKK/provinces", data=sent, follow_redirects=True)
    assert "Nothing was different." in answer.text
    assert _count(session, AuditEntry) == written


@pytest.mark.parametrize("days", ["", "61", "-1", "two", "1.5", "๓"])
def test_days_of_travel_that_cannot_be_are_refused_beside_the_province(manager, session, now, days):
    _open(session, now, "BKK")
    sent = {"serves": ["TH-10", "TH-50"], "days-TH-10": "1", "days-TH-50": days}
    answer = manager.post("/desk/places/warehouses/BKK/provinces", data=sent)
    assert answer.status_code == 422
    assert 'id="days-TH-50-error"' in answer.text
    assert 'id="days-TH-10-error"' not in answer.text
    assert _count(session, ServiceArea) == 0


def test_a_province_that_does_not_exist_is_not_served(manager, session, now):
    _open(session, now, "BKK")
    manager.post("/desk/places/warehouses/BKK/provinces", data={"serves": ["XX-1"], "days-XX-1": "1"})
    assert _count(session, ServiceArea) == 0


def test_a_supplier_is_taken_on_and_brought_up_to_date(manager, session):
    said = {"code": "S1", "name_th": "", "name_en": "Soap maker", "usual_delay_days": "2"}
    assert manager.post("/desk/places/suppliers/new", data=said).location == "/desk/places"
    assert manager.post("/desk/places/suppliers/S1", data=said | {"usual_delay_days": "5"}).status_code == 302
    (supplier,) = queries.suppliers(session)
    assert (supplier.code, supplier.name_th, supplier.usual_delay_days) == ("S1", "Soap maker", 5)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": "new"}, "A code is made of letters"),
        ({"code": "s1"}, "The code s1 is already in use."),
        ({"code": "S2", "name_en": ""}, "Give a name, in Thai or in English."),
        ({"code": "S2", "usual_delay_days": "-1"}, "Number must be between 0 and 365."),
    ],
)
def test_a_supplier_that_cannot_be_is_refused_beside_its_field(manager, session, typed, said):
    usual = {"code": "S1", "name_en": "Soap maker", "usual_delay_days": "2"}
    manager.post("/desk/places/suppliers/new", data=usual)
    answer = manager.post("/desk/places/suppliers/new", data=usual | typed)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert _count(session, Supplier) == 1


def test_staff_read_the_places_and_change_nothing(enter, session, now):
    _open(session, now, "BKK")
    staff = enter(Role.STAFF)
    page = staff.get("/desk/places")
    assert (page.status_code, "Warehouse BKK" in page.text, "Open a warehouse" in page.text) == (
        200,
        True,
        False,
    )
    assert staff.post("/desk/places/warehouses/new", data=NORTH).status_code == 403
    assert staff.post("/desk/places/warehouses/BKK/provinces", data={"serves": ["TH-10"]}).status_code == 403
    assert (_count(session, Warehouse), _count(session, ServiceArea)) == (1, 0)


def test_a_place_nobody_knows_is_not_found(manager):
    assert manager.get("/desk/places/warehouses/NONE").status_code == 404
    assert manager.post("/desk/places/warehouses/NONE/provinces").status_code == 404
    assert manager.get("/desk/places/suppliers/NONE").status_code == 404
