"""Consultants are named and offer times, one by one or as a series."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from policies.calendars import close
from policies.consultants import ConsultantFacts, change_consultant, name_consultant
from policies.consultations import Consultant, Slot, SlotState
from policies.consulting_lists import (
    free_times,
)
from policies.offering_times import Series, offer, offer_series, withdraw
from portal.accounts.roles import Role
from portal.clock import at
from portal.refusal import Refused
from tests.people import make_user
from tests.policies.event_makers import consultant, slot
from tests.policies.makers import House

ASKED = "How much soap should we order before Songkran?"


def slots(house: House) -> int:
    return house.session.scalar(select(func.count(Slot.id))) or 0


def series(house: House, **other: Any) -> Series:
    """Tuesdays and Thursdays from 9 to 12 in the next fortnight, an hour each; Tuesday the 14th is Songkran."""
    first = date(2026, 4, 7)
    usual: dict[str, Any] = {
        "weekdays": frozenset({1, 3}),
        "opens": time(9),
        "closes": time(12),
        "minutes": 60,
        "first_day": first,
        "last_day": first + timedelta(days=13),
    }
    return Series(**(usual | other))


def test_only_people_of_the_distributor_become_consultants_each_once(house: House) -> None:
    facts = ConsultantFacts("", "Planning stock", "", "Room 2")
    consultant(house)
    for code, person, field in (
        ("", house.manager, "code"),
        ("NEW", house.buyer, "person"),
        ("NEW", None, "person"),
        ("NEW", house.staff, "person"),
        ("planning", house.manager, "code"),
    ):
        with pytest.raises(Refused) as no:
            name_consultant(house.session, code, person, facts, by=house.manager, now=house.now)
        assert no.value.field == field
    for wrong, field in ((ConsultantFacts("", " "), "subject_th"), (ConsultantFacts("A", "B"), "place_th")):
        with pytest.raises(Refused) as no:
            name_consultant(house.session, "NEW", house.manager, wrong, by=house.manager, now=house.now)
        assert no.value.field == field
    assert house.session.scalar(select(func.count(Consultant.id))) == 1


def test_a_series_skips_the_days_on_which_we_are_closed_and_names_them(house: House) -> None:
    who, wanted = consultant(house), series(house)
    closed = wanted.first_day + timedelta(days=2)
    close(house.session, closed, "ปิด", "Closed", by=house.manager, now=house.now)
    offered = offer_series(house.session, who, wanted, by=house.staff, now=house.now)
    assert offered.skipped == [closed, date(2026, 4, 14)]
    assert len(offered.slots) == 2 * 3
    assert {one.ends_at - one.starts_at for one in offered.slots} == {timedelta(hours=1)}
    assert offered.slots[0].starts_at == at(wanted.first_day, time(9))
    assert slots(house) == len(offered.slots)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"weekdays": frozenset()}, "weekdays"),
        ({"closes": time(9)}, "closes"),
        ({"closes": time(8)}, "closes"),
        ({"minutes": 5}, "minutes"),
        ({"minutes": 600}, "minutes"),
        ({"minutes": 181}, "minutes"),
        ({"first_day": date(2026, 3, 30)}, "first_day"),
        ({"last_day": date(2026, 4, 3)}, "last_day"),
        ({"last_day": date(2026, 9, 30)}, "last_day"),
        ({"weekdays": frozenset({5, 6})}, "weekdays"),
        ({"minutes": 10, "closes": time(18), "weekdays": frozenset(range(5))}, "last_day"),
    ],
)
def test_a_series_that_cannot_be_is_refused_at_the_field_and_offers_nothing(house, wrong, field):
    if wrong.get("minutes") == 10:
        wrong = wrong | {"last_day": series(house).last_day + timedelta(days=14)}
    with pytest.raises(Refused) as no:
        offer_series(house.session, consultant(house), series(house, **wrong), by=house.staff, now=house.now)
    assert no.value.field == field
    assert slots(house) == 0


def test_times_of_one_consultant_do_not_overlap_and_a_series_is_offered_whole_or_not_at_all(
    house: House,
) -> None:
    who, other = consultant(house), consultant(house, "PRICES", house.manager)
    wanted = series(house)
    day = wanted.first_day
    single = offer(house.session, who, day, time(10, 30), time(11, 30), by=house.staff, now=house.now)
    with pytest.raises(Refused) as no:
        offer_series(house.session, who, wanted, by=house.staff, now=house.now)
    assert no.value.field == "opens"
    for opens, closes in ((time(10), time(11)), (time(11), time(12)), (time(9), time(17))):
        with pytest.raises(Refused) as no:
            offer(house.session, who, day, opens, closes, by=house.staff, now=house.now)
        assert no.value.field == "opens"
    assert slots(house) == 1
    offer(
        house.session, who, day, time(11, 30), time(12), by=house.staff, now=house.now
    )  # one after the other
    offer(house.session, other, day, time(10, 30), time(11, 30), by=house.manager, now=house.now)
    withdraw(house.session, single, "", by=house.staff, now=house.now)
    offer(house.session, who, day, time(10, 30), time(11, 30), by=house.staff, now=house.now)
    assert slots(house) == 4


def test_one_time_in_the_past_on_a_closed_day_or_the_wrong_way_round_is_refused(house: House) -> None:
    who = consultant(house)
    songkran = date(2026, 4, 13)
    for day, opens, closes, field in (
        (house.today - timedelta(days=1), time(10), time(11), "day"),
        (house.today, time(9), time(10), "day"),
        (songkran, time(10), time(11), "day"),
        (house.today + timedelta(days=1), time(11), time(10), "closes"),
        (house.today + timedelta(days=1), time(11), time(11, 5), "closes"),
        (house.today.replace(year=2028), time(10), time(11), "day"),
    ):
        with pytest.raises(Refused) as no:
            offer(house.session, who, day, opens, closes, by=house.staff, now=house.now)
        assert no.value.field == field
    assert slots(house) == 0


def test_only_the_consultant_and_managers_keep_the_times(house: House) -> None:
    who = consultant(house)
    colleague = make_user(house.session, Role.STAFF, now=house.now, email="colleague@example.com")
    hour = slot(house, who)
    for act in (
        lambda: offer(house.session, who, house.today, time(15), time(16), by=colleague, now=house.now),
        lambda: offer_series(house.session, who, series(house), by=colleague, now=house.now),
        lambda: withdraw(house.session, hour, "No", by=colleague, now=house.now),
    ):
        with pytest.raises(Refused):
            act()
    assert (slots(house), hour.state) == (1, SlotState.FREE)


def test_who_gives_no_more_advice_offers_no_times_and_customers_see_none(house: House) -> None:
    who = consultant(house)
    slot(house, who)
    assert [offer.consultant.code for offer in free_times(house.session, now=house.now)] == ["PLANNING"]
    gone = ConsultantFacts("ก", "A", "ข", "B", active=False)
    change_consultant(house.session, who, gone, by=house.manager, now=house.now)
    assert free_times(house.session, now=house.now) == []
    with pytest.raises(Refused):
        slot(house, who, opens=time(15))
