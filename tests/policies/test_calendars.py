from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from policies import calendars
from policies.working_weeks import Closure
from portal.audit import history_of
from portal.refusal import Refused
from tests.policies.makers import House

FREE_DAY = date(2026, 4, 8)


def _closed(session: Session) -> list[date]:
    return list(session.scalars(select(Closure.day).order_by(Closure.day)))


@contextmanager
def refused(house: House, words: str, field: str | None) -> Iterator[None]:
    before = _closed(house.session)
    with pytest.raises(Refused, match=words) as no:
        yield
    house.session.flush()
    assert no.value.field == field
    assert _closed(house.session) == before


def test_the_calendar_knows_songkran_and_the_cabinets_days_but_not_childrens_day(house: House) -> None:
    closed = _closed(house.session)
    assert {date(2026, 4, 13), date(2026, 4, 14), date(2026, 4, 15), date(2026, 1, 2)} <= set(closed)
    assert date(2026, 1, 10) not in closed


def test_holidays_carry_their_names_in_both_languages(house: House) -> None:
    day = house.session.scalars(select(Closure).where(Closure.day == date(2026, 4, 13))).one()
    assert (day.name_th, day.name_en) == ("วันสงกรานต์", "Songkran Festival")


def test_setting_up_again_adds_nothing(house: House) -> None:
    before = _closed(house.session)
    calendars.set_up(house.session, range(2025, 2028), now=house.now)
    house.session.flush()
    assert _closed(house.session) == before


def test_a_closed_day_is_no_working_day_and_a_reopened_one_is_again(house: House) -> None:
    calendars.close(house.session, FREE_DAY, "", "Stock-taking", by=house.manager, now=house.now)
    assert not calendars.working_days(house.session).works(FREE_DAY)
    calendars.reopen(house.session, FREE_DAY, by=house.manager, now=house.now)
    house.session.flush()
    assert calendars.working_days(house.session).works(FREE_DAY)
    told = [entry.verb for entry in history_of(house.session, "calendar", "2026-04-08")]
    assert told == ["calendar.reopened", "calendar.closed"]


def test_a_closure_named_in_one_language_is_named_so_in_both(house: House) -> None:
    closure = calendars.close(house.session, FREE_DAY, "ตรวจนับสินค้า", " ", by=house.manager, now=house.now)
    assert (closure.name_th, closure.name_en, closure.public_holiday) == ("ตรวจนับสินค้า", "ตรวจนับสินค้า", False)


def test_closing_a_past_day_a_closed_day_a_sunday_or_without_a_reason_is_refused(house: House) -> None:
    for day, name, words, field in (
        (house.today - timedelta(days=1), "Late", "past day", "day"),
        (date(2026, 4, 13), "Songkran", "already closed", "day"),
        (date(2026, 4, 5), "Sunday", "weekday", "day"),
        (FREE_DAY, "  ", "why", "name_th"),
    ):
        with refused(house, words, field):
            calendars.close(house.session, day, name, name, by=house.manager, now=house.now)


def test_reopening_a_past_day_or_an_open_one_is_refused(house: House) -> None:
    for day, words in ((date(2026, 1, 1), "past day"), (FREE_DAY, "not closed")):
        with refused(house, words, "day"):
            calendars.reopen(house.session, day, by=house.manager, now=house.now)


def test_a_years_holidays_are_added_once_and_not_for_years_unknown(house: House) -> None:
    calendars.add_holidays(house.session, 2028, by=house.manager, now=house.now)
    house.session.flush()
    assert date(2028, 4, 13) in _closed(house.session)
    for year, words in ((2028, "already"), (2025, "next"), (2031, "next")):
        with refused(house, words, None):
            calendars.add_holidays(house.session, year, by=house.manager, now=house.now)
