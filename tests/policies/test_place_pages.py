from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from policies import closing, opening_places
from policies.closing import Week
from policies.places import places
from policies.promises import PromiseEvent
from policies.working_weeks import BusinessCalendar, CalendarBlock
from portal.clock import end_of
from tests.policies.makers import CASES, House
from tests.policies.visiting import Visitor

WEEK: dict[str, Any] = {
    "monday": "09:00-12:00, 13:00-17:00",
    "tuesday": "9.00-17.00",
    "wednesday": "09:00–24:00",
    "thursday": "",
    "friday": "09:00-17:00",
    "saturday": "",
    "sunday": "",
    "cut_off": "15:00",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def test_a_manager_opens_a_place_and_writes_down_when_it_works(house: House, manager: Visitor) -> None:
    manager.sends("/manage/calendar/new-place", code="carriers", name_th="ผู้ขนส่ง", name_en="Carriers")
    manager.sends("/manage/calendar/places/carriers/hours", **WEEK, works_on_holidays="y")
    page = manager.reads("/manage/calendar/places/carriers")
    assert "09:00-12:00, 13:00-17:00" in page
    assert "09:00-24:00" in page
    house.reread()
    found = places(house.session, hours=True)
    assert found.by_code["carriers"].week == "1110100"
    assert found.days("carriers").works(date(2026, 4, 13))
    assert found.by_code["carriers"].cut_off == time(15)
    assert "Carriers" in manager.reads("/manage/calendar")


def test_hours_that_overlap_or_are_none_are_told_beside_their_day(house: House, manager: Visitor) -> None:
    house.reread()
    for typed, words in (
        ({"monday": "09:00-12:00, 11:00-17:00"}, "These times of work overlap."),
        ({"monday": "nine to five"}, "Write times like"),
        ({"monday": "25:00-26:00"}, "Write times like"),
        ({"monday": "17:00-09:00"}, "Work must end after it begins"),
    ):
        page = manager.sends("/manage/calendar/places/main/hours", 422, **(WEEK | typed))
        assert words in page
    empty = dict.fromkeys(WEEK, "")
    assert "at least one day" in manager.sends("/manage/calendar/places/main/hours", 422, **empty)
    assert not house.session.scalars(select(CalendarBlock)).all()


def test_what_closing_a_day_moves_is_shown_before_it_is_confirmed(house: House, manager: Visitor) -> None:
    house.cases(*CASES)
    promise = house.case()
    house.session.commit()
    typed: dict[str, Any] = {"day": "2026-04-02", "name_en": "Flood"}
    page = manager.sends("/manage/calendar/close?year=2026", 200, **typed)
    assert "1 open promise gets a later time" in page
    house.reread()
    assert places(house.session).days().works(date(2026, 4, 2))
    manager.sends("/manage/calendar/close?year=2026", **typed, confirmed="yes")
    house.reread()
    assert promise.due_at == end_of(date(2026, 4, 7))
    assert promise.original_due_at == end_of(date(2026, 4, 3))
    events = house.session.scalars(select(PromiseEvent.what)).all()
    assert events == ["made", "repromised"]
    assert "Flood" in manager.reads("/manage/calendar?year=2026")


def test_shorter_hours_are_confirmed_with_what_was_typed(house: House, manager: Visitor) -> None:
    house.cases(*CASES)
    house.case()
    house.session.commit()
    page = manager.sends("/manage/calendar/places/main/hours", 200, **WEEK)
    assert 'name="monday" value="09:00-12:00, 13:00-17:00"' in page
    manager.sends("/manage/calendar/places/main/hours", **WEEK, confirmed="yes")
    house.reread()
    assert not places(house.session).days().works(date(2026, 4, 2))


def test_a_place_is_closed_reopened_and_taken_away(house: House, manager: Visitor) -> None:
    house.reread()
    opening_places.open_place(house.session, "BKK", "คลัง", "Warehouse", by=house.manager, now=house.now)
    closing.change_week(
        house.session,
        Week(tuple((day, time(8), time(20)) for day in range(6))),
        place="BKK",
        by=house.manager,
        now=house.now,
    )
    house.session.commit()
    manager.sends("/manage/calendar/places/BKK/close", day="2026-04-04", name_en="Stock-taking")
    house.reread()
    assert not places(house.session).days("BKK").works(date(2026, 4, 4))
    assert "Stock-taking" in manager.reads("/manage/calendar/places/BKK?year=2026")
    manager.sends("/manage/calendar/places/BKK/reopen/2026-04-04")
    house.reread()
    assert places(house.session).days("BKK").works(date(2026, 4, 4))
    manager.sends("/manage/calendar/places/BKK/remove")
    house.reread()
    assert [one.code for one in house.session.scalars(select(BusinessCalendar))] == ["main"]


def test_the_distributors_own_calendar_is_not_taken_away_and_odd_places_are_not_found(
    manager: Visitor,
) -> None:
    manager.sends("/manage/calendar/places/main/remove")
    assert "own calendar stays" in manager.reads("/manage/calendar")
    manager.reads("/manage/calendar/places/nowhere", 404)
    manager.reads("/manage/calendar/places/nowhere/hours", 404)
    manager.sends("/manage/calendar/places/nowhere/remove", 404)
    manager.sends("/manage/calendar/places/nowhere/close", 404, day="2026-04-08", name_en="x")


def test_only_managers_come_here(staff: Visitor) -> None:
    staff.reads("/manage/calendar/places/main/hours", 403)
