from collections.abc import Iterator
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import func, select

from policies import calendars
from policies.working_weeks import Closure
from tests.policies.makers import House
from tests.policies.visiting import Visitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def test_a_manager_closes_a_day_and_takes_it_back(house: House, manager: Visitor) -> None:
    manager.sends(
        "/manage/calendar/close?year=2026", day="2026-04-08", name_th="ตรวจนับ", name_en="Stock-taking"
    )
    page = manager.reads("/manage/calendar?year=2026")
    assert "Stock-taking" in page
    assert not calendars.working_days(house.session).works(date(2026, 4, 8))
    house.reread()
    manager.sends("/manage/calendar/reopen/2026-04-08")
    house.reread()
    assert "Stock-taking" not in manager.reads("/manage/calendar?year=2026").replace("Closed", "")
    assert calendars.working_days(house.session).works(date(2026, 4, 8))


def test_closing_a_past_day_is_told_beside_the_day_and_closes_nothing(house: House, manager: Visitor) -> None:
    before = house.session.scalar(select(func.count()).select_from(Closure))
    house.reread()
    page = manager.sends("/manage/calendar/close?year=2026", 422, day="2026-03-30", name_en="Too late")
    assert "A past day cannot be closed" in page
    house.reread()
    assert house.session.scalar(select(func.count()).select_from(Closure)) == before


def test_a_year_without_holidays_offers_them_and_has_them_afterwards(house: House, manager: Visitor) -> None:
    assert "Add the public holidays" in manager.reads("/manage/calendar?year=2028")
    manager.sends("/manage/calendar/holidays", year="2028")
    page = manager.reads("/manage/calendar?year=2028")
    assert "Songkran Festival" in page
    assert "Add the public holidays" not in page


def test_odd_years_and_days_in_the_address_do_no_harm(manager: Visitor) -> None:
    for year in ("0", "99999", "x", "-5"):
        assert "Jan 2026" in manager.reads(f"/manage/calendar?year={year}")
    assert manager.sends("/manage/calendar/reopen/yesterday") == "/manage/calendar"


def test_in_thai_the_calendar_counts_years_of_the_buddhist_era(manager: Visitor) -> None:
    manager.client.post("/language", data={"language": "th"})
    page = manager.reads("/manage/calendar?year=2026")
    assert "เม.ย. 2569" in page
    assert "วันสงกรานต์" in page
