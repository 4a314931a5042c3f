from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from policies import calendars, directory, escalating
from policies.answering import who_answers
from policies.calendars import working_days
from policies.directory import UnitFacts
from policies.units import Matter, ServiceMatter, ServiceUnit
from portal.audit import AuditEntry, history_of
from portal.clock import at, business_day
from portal.refusal import Refused
from tests.policies.makers import House

DESK = UnitFacts("DESK", "ฝ่ายคำสั่งซื้อ", "Order desk", time(8, 30), time(17, 30), phone="02 123 4567")


@contextmanager
def refused(house: House, words: str, field: str | None) -> Iterator[None]:
    """What happens inside is refused with these words beside this field, and changes nothing."""
    before = _everything(house)
    with pytest.raises(Refused, match=words) as no:
        yield
    assert no.value.field == field
    assert _everything(house) == before


def _everything(house: House) -> list[object]:
    house.session.flush()
    units = house.session.execute(select(ServiceUnit.code, ServiceUnit.phone, ServiceUnit.opens)).all()
    matters = house.session.execute(select(ServiceMatter.matter, ServiceMatter.unit_id)).all()
    acts = house.session.scalar(select(func.count()).select_from(AuditEntry))
    return [*units, *matters, acts]


def opened(house: House, facts: UnitFacts = DESK, *matters: Matter) -> ServiceUnit:
    unit = directory.open_unit(house.session, facts, by=house.manager, now=house.now)
    if matters:
        directory.assign(house.session, unit, matters, by=house.manager, now=house.now)
    return unit


def test_a_unit_answers_for_the_matters_it_was_given(house: House) -> None:
    unit = opened(house, DESK, Matter.ORDER, Matter.DELIVERY)
    assert directory.unit_for(house.session, Matter.ORDER) == unit
    assert directory.unit_for(house.session, Matter.REPAIR) is None
    found = directory.answers(house.session)
    assert list(found) == list(Matter)
    assert [matter for matter, who in found.items() if who] == [Matter.ORDER, Matter.DELIVERY]
    assert [one.matter for one in directory.units(house.session)[0].matters] == ["delivery", "order"]


def test_a_matter_moves_from_one_unit_to_the_other_and_has_one_only(house: House) -> None:
    desk = opened(house, DESK, Matter.ORDER, Matter.DELIVERY)
    other = opened(house, replace(DESK, code="ROAD"), Matter.DELIVERY, Matter.EXPEDITE)
    assert directory.unit_for(house.session, Matter.DELIVERY) == other
    assert [one.matter for one in desk.matters] == ["order"]
    directory.assign(house.session, other, [], by=house.manager, now=house.now)
    assert directory.unit_for(house.session, Matter.DELIVERY) is None


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        (at(date(2026, 4, 1), time(8, 30)), True),
        (at(date(2026, 4, 1), time(17, 29)), True),
        (at(date(2026, 4, 1), time(17, 30)), False),
        (at(date(2026, 4, 1), time(8, 29)), False),
        (at(date(2026, 4, 4), time(10, 0)), False),
        (at(date(2026, 4, 6), time(10, 0)), False),
    ],
    ids=["opening", "last minute", "closing", "before", "Saturday", "Chakri Day"],
)
def test_a_unit_is_on_duty_in_its_hours_on_its_days_unless_we_are_closed(
    house: House, moment, there: bool
) -> None:
    unit = opened(house)
    assert directory.unit_open(house.session, unit, moment) is there


def test_a_unit_that_works_on_saturdays_is_on_duty_though_saturday_is_no_working_day(house: House) -> None:
    unit = opened(house, replace(DESK, week="1111110"))
    saturday = at(date(2026, 4, 11), time(10, 0))
    assert directory.unit_open(house.session, unit, saturday)
    calendars.close(
        house.session, date(2026, 4, 10), "ตรวจนับ", "Stock-taking", by=house.manager, now=house.now
    )
    assert not directory.unit_open(house.session, unit, saturday - timedelta(days=1))


def test_who_answers_is_told_with_whether_anybody_is_there(house: House) -> None:
    assert who_answers(house.session, Matter.ORDER, house.now)["unit"] is None
    unit = opened(house, DESK, Matter.ORDER)
    found = who_answers(house.session, Matter.ORDER, house.now)
    assert (found["unit"], found["unit_open"]) == (unit, True)


def test_every_act_on_a_unit_is_on_record(house: House) -> None:
    unit = opened(house, DESK, Matter.ORDER)
    directory.change_unit(
        house.session, unit, replace(DESK, phone="02 765 4321"), by=house.manager, now=house.now
    )
    directory.assign(house.session, unit, [], by=house.manager, now=house.now)
    directory.close_unit(house.session, unit, by=house.manager, now=house.now)
    house.session.flush()
    entries = history_of(house.session, "service_unit", "DESK")
    assert [entry.verb.partition(".")[2] for entry in entries] == [
        "closed",
        "assigned",
        "changed",
        "assigned",
        "opened",
    ]
    assert entries[2].before is not None
    assert entries[2].after is not None
    assert (entries[2].before["phone"], entries[2].after["phone"]) == ("02 123 4567", "02 765 4321")
    assert directory.units(house.session) == []


def test_saving_what_is_known_already_leaves_no_trace(house: House) -> None:
    unit = opened(house, DESK, Matter.ORDER)
    before = _everything(house)
    directory.change_unit(house.session, unit, replace(DESK, code="OTHER"), by=house.manager, now=house.now)
    directory.assign(house.session, unit, [Matter.ORDER], by=house.manager, now=house.now)
    assert _everything(house) == before


@pytest.mark.parametrize(
    ("facts", "words", "field"),
    [
        (replace(DESK, code=" "), "code", "code"),
        (replace(DESK, code="a/b"), "letters and digits", "code"),
        (replace(DESK, name_th="", name_en=" "), "name", "name_th"),
        (replace(DESK, phone=""), "reached", "phone"),
        (replace(DESK, opens=time(18, 0)), "opens before it closes", "closes"),
        (replace(DESK, week="0000000"), "at least one day", "week"),
        (replace(DESK, escalate_after_days=61), "at most 60", "escalate_after_days"),
    ],
)
def test_a_unit_that_would_not_help_anybody_is_refused(
    house: House, facts: UnitFacts, words: str, field: str
) -> None:
    with refused(house, words, field):
        opened(house, facts)
    unit = opened(house)
    if field != "code":
        with refused(house, words, field):
            directory.change_unit(house.session, unit, facts, by=house.manager, now=house.now)


def test_a_second_unit_with_the_same_code_is_refused(house: House) -> None:
    opened(house)
    with refused(house, "that code already", "code"):
        opened(house, replace(DESK, code="desk"))


def test_a_unit_that_answers_for_something_cannot_be_closed(house: House) -> None:
    unit = opened(house, DESK, Matter.ORDER)
    with refused(house, "still answers", None):
        directory.close_unit(house.session, unit, by=house.manager, now=house.now)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_case_is_too_late_exactly_from_the_moment_before_which_it_must_have_begun(
    house: House, after: int
) -> None:
    unit = opened(house, replace(DESK, escalate_after_days=after))
    days = working_days(house.session)
    for day in (date(2026, 4, n) for n in range(1, 31)):
        edge = escalating.begun_before(unit, days, at(day, time(9)))
        before, from_then = (
            days.after(business_day(one), after) < day for one in (edge - timedelta(seconds=1), edge)
        )
        assert (before, from_then) == (True, False)
