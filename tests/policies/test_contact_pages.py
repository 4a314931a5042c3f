from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from policies import directory
from policies.units import Matter
from tests.policies.makers import House
from tests.policies.visiting import Visitor

CLAIMS: dict[str, Any] = {
    "code": "claims",
    "name_th": "ฝ่ายรับเรื่องร้องเรียน",
    "name_en": "Claims desk",
    "phone": "02 555 0100",
    "email": "claims@example.com",
    "line_id": "@sanya-claims",
    "week": ["0", "1", "2", "3", "4"],
    "opens": "08:30",
    "closes": "17:30",
    "escalate_after_days": "1",
    "escalate_to": "manager",
    "matters": ["complaint", "return"],
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def test_a_manager_opens_a_unit_and_the_customer_finds_who_answers(
    app: Flask, house: House, manager: Visitor
) -> None:
    assert manager.sends("/manage/units/new", **CLAIMS) == "/manage/units"
    page = Visitor(app, house.buyer).reads("/my/contacts")
    for words in (
        "Claims desk",
        "On duty now",
        "Monday to Friday, 08:30 to 17:30",
        'href="tel:025550100"',
        'href="mailto:claims@example.com"',
        "@sanya-claims",
        "Answers for: Complaints, Returns",
        "not named yet",
    ):
        assert words in page
    assert "Change the directory" not in page


def test_in_the_evening_and_on_a_holiday_nobody_is_on_duty(
    app: Flask, house: House, buyer: Visitor, manager: Visitor
) -> None:
    manager.sends("/manage/units/new", **CLAIMS)
    with time_machine.travel(house.now.replace(hour=12), tick=False):
        assert "Not on duty now" in buyer.reads("/my/contacts")
    with time_machine.travel(house.now.replace(day=6), tick=False):
        assert "We are closed today, so nobody is on duty." in Visitor(app, house.buyer).reads("/my/contacts")


def test_a_manager_changes_a_unit_and_what_it_answers_for(house: House, manager: Visitor) -> None:
    manager.sends("/manage/units/new", **CLAIMS)
    page = manager.reads("/manage/units/CLAIMS")
    assert 'value="complaint" checked' in page
    manager.sends("/manage/units/CLAIMS", **(CLAIMS | {"phone": "02 555 0199", "matters": ["repair"]}))
    house.reread()
    unit = directory.unit_for(house.session, Matter.REPAIR)
    assert unit is not None
    assert (unit.code, unit.phone) == ("CLAIMS", "02 555 0199")
    assert directory.unit_for(house.session, Matter.COMPLAINT) is None
    assert "Nobody answers for these yet" in manager.reads("/manage/units")


def test_a_unit_is_taken_out_once_it_answers_for_nothing(house: House, manager: Visitor) -> None:
    manager.sends("/manage/units/new", **CLAIMS)
    assert manager.sends("/manage/units/CLAIMS/close") == "/manage/units/CLAIMS"
    assert "still answers for something" in manager.reads("/manage/units/CLAIMS")
    manager.sends("/manage/units/CLAIMS", **{k: v for k, v in CLAIMS.items() if k != "matters"})
    assert manager.sends("/manage/units/CLAIMS/close") == "/manage/units"
    house.reread()
    assert directory.units(house.session) == []
    manager.reads("/manage/units/CLAIMS", 404)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"code": ""}, "A code has up to 20 letters and digits"),
        ({"phone": "", "email": "", "line_id": ""}, "Say how the unit is reached"),
        ({"opens": "18:00"}, "A unit opens before it closes."),
        ({"email": "nobody"}, "Invalid email address."),
        ({"week": []}, "This field is required."),
        ({"escalate_after_days": "61"}, "between 0 and 60"),
    ],
)
def test_a_unit_typed_wrongly_is_told_beside_the_field_and_opens_nothing(
    house: House, manager: Visitor, typed: dict[str, Any], told: str
) -> None:
    assert told in manager.sends("/manage/units/new", 422, **(CLAIMS | typed))
    house.reread()
    assert directory.units(house.session) == []


def test_without_any_unit_each_page_says_what_to_do(manager: Visitor, staff: Visitor, buyer: Visitor) -> None:
    assert "Open a unit" in manager.reads("/manage/units")
    assert "Open a unit" in manager.reads("/desk/contacts")
    for visitor, path in ((staff, "/desk/contacts"), (buyer, "/my/contacts")):
        page = visitor.reads(path)
        assert "As soon as we have named our units" in page
        assert "Open a unit" not in page


def test_staff_read_the_directory_and_only_managers_change_it(house: House, staff: Visitor) -> None:
    staff.reads("/manage/units", 403)
    staff.sends("/manage/units/new", 403, **CLAIMS)
    house.reread()
    assert directory.units(house.session) == []
