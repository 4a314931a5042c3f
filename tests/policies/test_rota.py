"""The duty rota: who is on duty for which unit and when, by hand, by copied week and by pattern."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from policies import calendars, directory, rota
from policies.answering import ask_address, who_answers
from policies.directory import UnitFacts
from policies.rota import Duty
from policies.rota_boards import on_duty_now, opens_next, uncovered, week_of
from policies.rota_filling import Filled, Pattern, Skip, Skipped, copy_week, fill
from policies.units import DutyShift, Matter, ServiceUnit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry, history_of
from portal.clock import at
from portal.i18n import speaking
from portal.refusal import Refused
from tests.people import make_user
from tests.policies.makers import House
from tests.policies.visiting import Visitor

DESK = UnitFacts("DESK", "ฝ่ายคำสั่งซื้อ", "Order desk", time(8, 30), time(17, 30), phone="02 123 4567")
CLAIMS = replace(DESK, code="CLAIMS", name_th="ฝ่ายร้องเรียน", name_en="Claims desk", email="claims@example.com")
NOON = time(12)
WEEKDAYS = frozenset(range(5))


def april(day: int) -> date:
    """A day of April 2026; the 1st is a Wednesday, the 6th a holiday, and so are the 13th to the 15th."""
    return date(2026, 4, day)


def opened(house: House, facts: UnitFacts = DESK) -> ServiceUnit:
    return directory.open_unit(house.session, facts, by=house.manager, now=house.now)


def put(
    house: House,
    unit: ServiceUnit,
    day: int,
    opens: time = DESK.opens,
    closes: time = DESK.closes,
    person: User | None = None,
) -> DutyShift:
    duty = Duty(person or house.staff, april(day), opens, closes)
    return rota.put_on_duty(house.session, unit, duty, by=house.manager, now=house.now)


def pattern(house: House, first: int = 1, weeks: int = 2, **other) -> Pattern:
    usual: dict[str, Any] = {"weekdays": WEEKDAYS, "opens": DESK.opens, "closes": DESK.closes} | other
    return Pattern(house.staff, first=april(first), weeks=weeks, **usual)


def days_of(house: House) -> list[int]:
    query = select(DutyShift.day).order_by(DutyShift.day, DutyShift.opens)
    return [day.day for day in house.session.scalars(query)]


def everything(house: House) -> list[object]:
    house.session.flush()
    house.session.expire_all()
    shifts = house.session.execute(
        select(DutyShift.unit_id, DutyShift.user_id, DutyShift.day, DutyShift.opens).order_by(DutyShift.id)
    )
    return [*shifts.all(), house.session.scalar(select(func.count()).select_from(AuditEntry))]


@contextmanager
def refused(house: House, words: str, field: str | None) -> Iterator[None]:
    """What happens inside is refused with these words beside this field, and changes nothing."""
    before = everything(house)
    with pytest.raises(Refused, match=words) as no:
        yield
    assert no.value.field == field
    assert everything(house) == before


def test_who_is_on_duty_now_is_told_by_unit(house: House) -> None:
    desk, claims = opened(house), opened(house, CLAIMS)
    morning, _ = put(house, desk, 1, closes=NOON), put(house, desk, 1, opens=NOON, person=house.manager)
    put(house, desk, 2)
    eleven, twelve = at(april(1), time(11)), at(april(1), NOON)
    assert on_duty_now(house.session, eleven) == {desk.id: [morning]}
    (after,) = on_duty_now(house.session, twelve)[desk.id]
    assert after.person == house.manager
    assert on_duty_now(house.session, at(april(1), DESK.closes)) == {}
    assert on_duty_now(house.session, eleven, [claims]) == {}
    house.staff.active = False
    assert on_duty_now(house.session, eleven) == {}


def test_a_week_shows_its_people_and_the_days_on_which_nobody_is_there(house: House) -> None:
    desk = opened(house)
    put(house, desk, 7, closes=NOON)
    put(house, desk, 7, opens=NOON, person=house.manager)
    put(house, desk, 8)
    week = week_of(house.session, desk, april(6))
    assert [row.person for row in week.people] == [house.manager, house.staff]
    assert [len(shifts) for shifts in week.people[1].days] == [0, 1, 1, 0, 0, 0, 0]
    assert [(one.day.day, one.closed) for one in week.days[:2]] == [(6, True), (7, False)]
    assert [day.day for day in week.empty_days] == [9, 10]


@pytest.mark.parametrize(
    ("day", "opens", "closes", "words", "field"),
    [
        (1, time(12), time(12), "begins before it ends", "closes"),
        (1, time(8), time(12), "there from 08:30 to 17:30", "opens"),
        (1, time(8, 30), time(18), "there from 08:30 to 17:30", "closes"),
        (4, time(9), time(12), "does not work on that weekday", "day"),
        (6, time(9), time(12), "closed on that day", "day"),
    ],
    ids=["no hours", "too early", "too late", "Saturday", "Chakri Day"],
)
def test_a_duty_outside_of_the_units_days_and_hours_is_refused(
    house: House, day: int, opens: time, closes: time, words: str, field: str
) -> None:
    desk = opened(house)
    with refused(house, words, field):
        put(house, desk, day, opens, closes)
    shift = put(house, desk, 2)
    with refused(house, words, field):
        duty = Duty(house.staff, april(day), opens, closes)
        rota.change_duty(house.session, shift, duty, by=house.manager, now=house.now)


def test_nobody_is_on_duty_in_the_past_or_in_the_year_after_next(house: House) -> None:
    desk = opened(house)
    for day in (house.today - timedelta(days=1), house.today + timedelta(days=400)):
        with refused(house, "past day|more than a year", "day"):
            duty = Duty(house.staff, day, DESK.opens, DESK.closes)
            rota.put_on_duty(house.session, desk, duty, by=house.manager, now=house.now)
    past = put(house, desk, 1)
    tomorrow = house.now + timedelta(days=1)
    with refused(house, "past day", "day"):
        rota.remove_duty(house.session, past, by=house.manager, now=tomorrow)
    with refused(house, "past day", "day"):
        rota.change_duty(house.session, past, rota.facts_of(past), by=house.manager, now=tomorrow)


def test_customers_and_people_who_left_cannot_be_put_on_duty(house: House) -> None:
    desk = opened(house)
    with refused(house, "cannot be put on duty", "person"):
        put(house, desk, 1, person=house.buyer)
    house.manager.active = False
    with refused(house, "cannot be put on duty", "person"):
        put(house, desk, 1, person=house.manager)


def test_nobody_is_on_duty_for_two_units_at_once(house: House) -> None:
    desk, claims = opened(house), opened(house, CLAIMS)
    put(house, desk, 1, closes=NOON)
    with speaking("en"):
        for unit in (claims, desk):
            with refused(house, "on duty for Order desk from 08:30 to 12:00", "person"):
                put(house, unit, 1, opens=time(11), closes=time(13))
    afternoon = put(house, claims, 1, opens=NOON)
    with refused(house, "is on duty for", "person"):
        duty = replace(rota.facts_of(afternoon), opens=time(11, 59))
        rota.change_duty(house.session, afternoon, duty, by=house.manager, now=house.now)
    put(house, claims, 1, closes=NOON, person=house.manager)


def test_a_duty_is_changed_and_taken_away_and_every_act_is_on_record(house: House) -> None:
    desk = opened(house)
    shift = put(house, desk, 1)
    duty = Duty(house.manager, april(2), time(9), NOON)
    rota.change_duty(house.session, shift, duty, by=house.manager, now=house.now)
    assert rota.facts_of(shift) == duty
    rota.change_duty(house.session, shift, duty, by=house.manager, now=house.now)
    rota.remove_duty(house.session, shift, by=house.manager, now=house.now)
    assert days_of(house) == []
    with pytest.raises(Refused, match="taken away in the meantime"):
        rota.remove_duty(house.session, shift, by=house.manager, now=house.now)
    entries = history_of(house.session, "service_unit", "DESK")
    assert [one.verb for one in entries] == [
        "duty.removed",
        "duty.changed",
        "duty.added",
        "service_unit.opened",
    ]
    assert entries[1].before["person"] == house.staff.name
    assert entries[1].after["person"] == house.manager.name


def test_a_pattern_leaves_out_closed_days_and_says_so(house: House) -> None:
    desk = opened(house)
    filled = fill(house.session, desk, pattern(house, weeks=3), by=house.manager, now=house.now)
    assert days_of(house) == [1, 2, 3, 7, 8, 9, 10, 16, 17, 20, 21]
    closed = tuple(Skip(april(day), house.staff, Skipped.CLOSED) for day in (6, 13, 14, 15))
    assert filled == Filled(11, closed)


def test_a_pattern_leaves_out_hours_in_which_the_person_is_on_duty_elsewhere(house: House) -> None:
    desk, claims = opened(house), opened(house, CLAIMS)
    put(house, claims, 2, opens=NOON)
    filled = fill(house.session, desk, pattern(house, weeks=1), by=house.manager, now=house.now)
    assert Skip(april(2), house.staff, Skipped.BUSY) in filled.skipped
    half = fill(house.session, desk, pattern(house, weeks=1, closes=NOON), by=house.manager, now=house.now)
    assert half.entered == 1
    again = fill(house.session, desk, pattern(house, weeks=1), by=house.manager, now=house.now)
    assert again.entered == 0


@pytest.mark.parametrize(
    ("other", "words", "field"),
    [
        ({"weeks": 0}, "1 to 26 weeks", "weeks"),
        ({"weeks": 27}, "1 to 26 weeks", "weeks"),
        ({"weekdays": frozenset()}, "at least one weekday", "weekdays"),
        ({"weekdays": frozenset({5})}, "does not work on that weekday", "weekdays"),
        ({"opens": time(17)}, "begins before it ends", "closes"),
        ({"closes": time(20)}, "there from", "closes"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(house: House, other, words: str, field: str) -> None:
    desk = opened(house)
    asked = {"closes": time(17)} | other
    with refused(house, words, field):
        fill(house.session, desk, pattern(house, **asked), by=house.manager, now=house.now)
    with refused(house, "begin in the past", "first"):
        past = replace(pattern(house), first=house.today - timedelta(days=1))
        fill(house.session, desk, past, by=house.manager, now=house.now)


def test_a_week_is_copied_to_the_next_ones_without_closed_days_and_twice_changes_nothing(
    house: House,
) -> None:
    desk = opened(house)
    for day in (1, 2, 3):
        put(house, desk, day)
    monday = april(1) - timedelta(days=2)
    filled = copy_week(house.session, desk, monday, 2, by=house.manager, now=house.now)
    assert days_of(house) == [1, 2, 3, 8, 9, 10, 16, 17]
    assert filled == Filled(5, (Skip(april(15), house.staff, Skipped.CLOSED),))
    again = copy_week(house.session, desk, monday, 2, by=house.manager, now=house.now)
    assert (again.entered, {one.why for one in again.skipped}) == (0, {Skipped.CLOSED, Skipped.BUSY})
    assert days_of(house) == [1, 2, 3, 8, 9, 10, 16, 17]
    with refused(house, "nothing to copy", "weeks"):
        copy_week(house.session, desk, april(27), 2, by=house.manager, now=house.now)


def test_people_who_left_are_not_copied(house: House) -> None:
    desk = opened(house)
    put(house, desk, 1)
    put(house, desk, 2, person=house.manager)
    house.manager.active = False
    filled = copy_week(house.session, desk, house.today, 1, by=house.reviewer, now=house.now)
    assert filled == Filled(1, (Skip(april(9), house.manager, Skipped.AWAY),))


def test_units_in_which_nobody_is_on_duty_in_the_next_seven_days_are_pointed_out(house: House) -> None:
    desk, claims = opened(house), opened(house, CLAIMS)
    put(house, desk, 7)
    put(house, claims, 8)
    assert uncovered(house.session, [desk, claims], house.now) == [claims]
    assert uncovered(house.session, [desk, claims], house.now + timedelta(days=1)) == []


def test_a_unit_taken_out_of_the_directory_takes_its_rota_along(house: House) -> None:
    desk = opened(house)
    put(house, desk, 1)
    directory.close_unit(house.session, desk, by=house.manager, now=house.now)
    house.session.flush()
    assert days_of(house) == []


def test_a_closed_unit_is_there_again_when_the_calendar_says_so(house: House) -> None:
    desk = opened(house)
    assert opens_next(house.session, desk, at(april(1), time(7))) == at(april(1), time(8, 30))
    assert opens_next(house.session, desk, at(april(1), time(20))) == at(april(2), time(8, 30))
    assert opens_next(house.session, desk, at(april(3), time(18))) == at(april(7), time(8, 30))
    calendars.close(house.session, april(7), "ตรวจนับ", "Stock-taking", by=house.manager, now=house.now)
    assert opens_next(house.session, desk, at(april(3), time(18))) == at(april(8), time(8, 30))


def test_who_do_i_ask_names_people_only_while_the_unit_is_there(house: House) -> None:
    desk = opened(house)
    directory.assign(house.session, desk, [Matter.ORDER], by=house.manager, now=house.now)
    shift = put(house, desk, 1)
    found = who_answers(house.session, Matter.ORDER, house.now, "SO-1")
    assert (found["duty"], found["opens_next"], found["ask"]) == ([shift], None, "tel:021234567")
    evening = who_answers(house.session, Matter.ORDER, at(april(1), time(20)), "SO-1")
    assert (evening["duty"], evening["opens_next"]) == ([], at(april(2), time(8, 30)))
    calendars.close(house.session, april(2), "ตรวจนับ", "Stock-taking", by=house.manager, now=house.now)
    put_before = who_answers(house.session, Matter.ORDER, at(april(2), time(10)), "SO-1")
    assert put_before["opens_next"] == at(april(3), time(8, 30))


def test_one_click_asks_the_unit_and_carries_the_number(house: House) -> None:
    claims = opened(house, CLAIMS)
    with speaking("en"):
        assert (
            ask_address(claims, Matter.COMPLAINT, "CM-2026-00001")
            == "mailto:claims@example.com?subject=Question%20about%20CM-2026-00001"
        )
        assert "Complaints" in str(ask_address(claims, Matter.COMPLAINT))
        line = opened(house, replace(DESK, code="LINE", line_id="@sanya"))
        assert ask_address(line, Matter.ORDER, "SO-1") == (
            "https://line.me/R/oaMessage/%40sanya/?Question%20about%20SO-1"
        )


def test_the_week_asks_the_same_few_questions_for_one_person_and_for_many(house: House, counting) -> None:
    desk = opened(house)
    put(house, desk, 1)
    house.session.flush()
    few = counting(lambda: week_of(house.session, desk, april(1) - timedelta(days=2)))
    for n in range(6):
        person = make_user(house.session, Role.STAFF, now=house.now, email=f"many{n}@example.com")
        put(house, desk, 1, person=person)
    house.session.flush()
    assert counting(lambda: week_of(house.session, desk, april(1) - timedelta(days=2))) == few


def test_a_copied_week_leaves_out_what_is_outside_of_the_hours_the_unit_has_by_now(house: House) -> None:
    unit = opened(house)
    for day in (1, 2):
        put(house, unit, day)
    shorter = replace(DESK, closes=time(16), week="1101100")
    directory.change_unit(house.session, unit, shorter, by=house.manager, now=house.now)
    put(house, unit, 3, closes=time(13))
    filled = copy_week(house.session, unit, april(1), 2, by=house.manager, now=house.now)
    assert [(skip.day.day, skip.why) for skip in filled.skipped] == [
        (8, Skipped.OUTSIDE),
        (9, Skipped.OUTSIDE),
        (15, Skipped.CLOSED),
        (16, Skipped.OUTSIDE),
    ]
    assert days_of(house) == [1, 2, 3, 10, 17]


def test_a_unit_that_is_closed_keeps_the_duties_of_the_past_and_loses_those_to_come(
    house: House, manager: Visitor
) -> None:
    desk = opened(house)
    for day in (1, 2, 3):
        put(house, desk, day)
    directory.close_unit(house.session, desk, by=house.manager, now=at(april(2), NOON))
    assert days_of(house) == [1]
    assert directory.units(house.session) == []
    assert not directory.has_units(house.session)
    assert directory.find_unit(house.session, "DESK") is None
    with refused(house, "taken out of the directory", None):
        put(house, desk, 8)
    with refused(house, "with that code already", "code"):
        opened(house)
    house.session.commit()
    assert house.staff.name in manager.reads("/desk/contacts/DESK/rota?week=2026-03-30")
    manager.reads("/manage/units/DESK", 404)
