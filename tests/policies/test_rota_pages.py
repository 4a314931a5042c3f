from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from policies import directory, rota
from policies.directory import UnitFacts
from policies.rota import Duty
from policies.units import DutyShift, Matter
from tests.policies.makers import House
from tests.policies.visiting import Visitor

DESK = UnitFacts(
    "DESK",
    "ฝ่ายคำสั่งซื้อ",
    "Order desk",
    time(8, 30),
    time(17, 30),
    email="desk@example.com",
    phone="02 123 4567",
)
WEEK = "/desk/contacts/DESK/rota"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def _desk(house: House) -> None:
    unit = directory.open_unit(house.session, DESK, by=house.manager, now=house.now)
    directory.assign(house.session, unit, [Matter.ORDER], by=house.manager, now=house.now)
    house.session.commit()


def shifts(house: House) -> list[DutyShift]:
    house.reread()
    return list(house.session.scalars(select(DutyShift).order_by(DutyShift.day)))


def test_a_manager_puts_a_colleague_on_duty_and_the_customer_reads_the_name(
    app: Flask, house: House, manager: Visitor
) -> None:
    assert "Nobody is on duty here in the next seven days" in manager.reads("/desk/contacts")
    duty = {"person": str(house.staff.id), "day": "2026-04-01", "opens": "08:30", "closes": "12:30"}
    assert manager.sends(f"{WEEK}/new", 303, **duty) == f"{WEEK}?week=2026-03-30"
    page = manager.reads(WEEK)
    assert house.staff.name in page
    assert "08:30–12:30" in page
    mine = Visitor(app, house.buyer).reads("/my/contacts")
    assert f"{house.staff.name} <span" in mine
    assert "08:30 to 12:30" in mine
    assert house.staff.email not in mine
    assert house.staff.email in Visitor(app, house.staff).reads("/desk/contacts")
    assert "Nobody is on duty here" not in manager.reads("/manage/units")


def test_the_rota_is_filled_for_weeks_copied_changed_and_cleared(house: House, manager: Visitor) -> None:
    pattern = {
        "person": str(house.staff.id),
        "weekdays": ["0", "1", "2", "3", "4"],
        "opens": "08:30",
        "closes": "17:30",
        "first": "2026-04-01",
        "weeks": "1",
    }
    manager.sends(f"{WEEK}/fill", 303, **pattern)
    page = manager.reads(WEEK)
    assert "4 duties are entered." in page
    assert "Left out: Mon 6 Apr 2026 (Staff: we are closed)." in page
    manager.sends(f"{WEEK}/copy?week=2026-03-30", 303, weeks="1")
    assert "on duty already" in manager.reads(WEEK)
    first = shifts(house)[0]
    change = {"person": str(house.manager.id), "day": "2026-04-01", "opens": "09:00", "closes": "12:00"}
    manager.sends(f"{WEEK}/{first.id}", 303, **change)
    assert shifts(house)[0].user_id == house.manager.id
    manager.sends(f"{WEEK}/{first.id}/remove", 303)
    assert first.id not in [one.id for one in shifts(house)]


def test_what_cannot_be_is_told_beside_the_field_and_changes_nothing(house: House, manager: Visitor) -> None:
    duty = {"person": str(house.staff.id), "day": "2026-04-01", "opens": "08:30", "closes": "12:30"}
    for wrong, told in (
        ({"day": "2026-04-06"}, "We are closed on that day."),
        ({"day": "2026-03-31"}, "A past day stays as it was."),
        ({"closes": "08:30"}, "The duty begins before it ends."),
        ({"person": str(house.buyer.id)}, "Not a valid choice."),
    ):
        assert told in manager.sends(f"{WEEK}/new", 422, **(duty | wrong))
    assert "nothing to copy" in manager.sends(f"{WEEK}/copy?week=2026-04-20", 422, weeks="2")
    assert shifts(house) == []


def test_staff_read_the_rota_and_only_managers_change_it(house: House, staff: Visitor) -> None:
    page = staff.reads(WEEK)
    assert "Nobody is on duty in this week" in page
    assert "Put somebody on duty" not in page
    staff.reads(f"{WEEK}/new", 403)
    staff.sends(f"{WEEK}/copy", 403, weeks="1")
    staff.reads("/desk/contacts/NONE/rota", 404)
    staff.reads(f"{WEEK}?week=nonsense")


def test_a_duty_of_another_unit_is_not_found_under_this_one(
    app: Flask, house: House, manager: Visitor
) -> None:
    other = directory.open_unit(
        house.session, UnitFacts("B", "ข", "B", time(8), time(17), phone="1"), by=house.manager, now=house.now
    )
    duty = Duty(house.staff, date(2026, 4, 2), time(9), time(12))
    shift = rota.put_on_duty(house.session, other, duty, by=house.manager, now=house.now)
    house.session.commit()
    manager.reads(f"{WEEK}/{shift.id}", 404)
    manager.reads(f"/desk/contacts/B/rota/{shift.id}")
    manager.reads(f"{WEEK}/{2**40}", 404)
    with time_machine.travel(house.now + timedelta(days=5), tick=False):
        Visitor(app, house.manager).sends(f"/desk/contacts/B/rota/{shift.id}/remove", 303)
    house.reread()
    assert house.session.get(DutyShift, shift.id) is not None
