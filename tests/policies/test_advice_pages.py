"""Pages of advice: consultants and their times at the desk, and customers who book them."""

from datetime import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from policies.booking import book
from policies.consultations import Consultant, Slot, SlotState
from policies.signing_up import sign_up
from portal.accounts.roles import Role
from tests.policies.event_makers import announced, consultant, draft, slot
from tests.policies.makers import House, make_company, make_person
from tests.policies.visiting import Visitor

pytestmark = pytest.mark.usefixtures("working_noon")
ASKED = "How much soap before Songkran?"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages do not depend on the database."""
    return sqlite_url


def stranger(app: Flask, house: House) -> Visitor:
    other = make_company(house.session, "C2", tier="gold", now=house.now)
    person = make_person(house.session, Role.BUYER, customer=other, now=house.now)
    house.session.commit()
    return Visitor(app, person)


def test_managers_name_consultants_and_staff_do_not(house: House, manager: Visitor, staff: Visitor) -> None:
    staff.reads("/desk/events/consultants/new", 403)
    assert "No consultant yet" in manager.reads("/desk/events/consultants")
    typed = {"person": str(house.staff.id), "code": "planning", "subject_en": "Stock", "place_en": "Room 2"}
    refused = manager.sends("/desk/events/consultants/new", 422, **(typed | {"subject_en": ""}))
    assert "Say on what they advise" in refused
    manager.sends("/desk/events/consultants/new", 303, **typed)
    assert "Stock" in manager.reads("/desk/events/consultants/PLANNING")
    manager.sends("/desk/events/consultants/PLANNING/edit", 303, subject_en="Prices", place_en="Room 2")
    house.reread()
    found = house.session.scalars(select(Consultant)).one()
    assert (found.subject_en, found.active) == ("Prices", False)


def test_a_consultant_offers_a_series_of_which_closed_days_are_left_out(
    house: House, staff: Visitor, buyer: Visitor
) -> None:
    consultant(house)
    house.session.commit()
    typed = {
        "weekdays": ["1", "3"],
        "opens": "09:00",
        "closes": "11:00",
        "minutes": "60",
        "first_day": "2026-04-07",
        "last_day": "2026-04-16",
    }
    path = "/desk/events/consultants/PLANNING/offer-series"
    refused = staff.sends(path, 422, **(typed | {"last_day": "2026-04-01"}))
    assert "not before the first" in refused
    staff.sends(path, 303, **typed)
    page = staff.reads("/desk/events/consultants/PLANNING")
    assert "Left out, because we are closed: Tue 14 Apr 2026" in page
    assert house.session.scalar(select(func.count(Slot.id))) == 6
    house.reread()
    assert "overlaps" in staff.sends(path, 422, **typed)
    one = {"day": "2026-04-07", "opens": "10:30", "closes": "11:30"}
    assert "overlaps" in staff.sends("/desk/events/consultants/PLANNING/offer", 422, **one)
    assert house.session.scalar(select(func.count(Slot.id))) == 6
    page = buyer.reads("/my/events/advice")
    assert "Tue 7 Apr 2026" in page
    assert page.count("09:00–10:00") == 3


def test_a_customer_books_a_time_with_a_question_and_cancels_it(
    house: House, buyer: Visitor, staff: Visitor
) -> None:
    hour = slot(house, consultant(house))
    house.session.commit()
    path = f"/my/events/advice/{hour.number}"
    assert "This field is required" in buyer.sends(path, 422, question="")
    assert buyer.sends(path, 303, question=ASKED).endswith(f"/my/events/appointments/{hour.number}")
    assert "The time is booked" in buyer.reads(f"/my/events/appointments/{hour.number}")
    assert ASKED in staff.reads("/desk/events/appointments")
    assert "No time is free" in buyer.reads("/my/events/advice")
    buyer.sends(f"/my/events/appointments/{hour.number}/cancel", 303)
    buyer.reads(f"/my/events/appointments/{hour.number}", 404)
    house.reread()
    assert hour.state == SlotState.FREE


def test_nobody_reaches_what_another_company_booked_and_the_loser_of_a_race_is_told(
    app: Flask, house: House
) -> None:
    hour = slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    other = stranger(app, house)
    for way in ("", "/calendar.ics"):
        other.reads(f"/my/events/appointments/{hour.number}{way}", 404)
    other.sends(f"/my/events/appointments/{hour.number}/cancel", 404)
    page = other.sends(f"/my/events/advice/{hour.number}", 422, question="Me too")
    assert "not free any more" in page
    assert ASKED not in page
    assert "C1" not in other.reads(f"/my/events/advice/{hour.number}")
    house.reread()
    assert (hour.state, hour.customer_id) == (SlotState.BOOKED, house.customer.id)


def test_two_things_at_the_same_time_are_pointed_out_and_booked_all_the_same(
    house: House, buyer: Visitor
) -> None:
    hour = slot(house, consultant(house), opens=time(12, 30))
    seminar = announced(house)
    sign_up(house.session, seminar, by=house.buyer, now=house.now)
    house.session.commit()
    assert "at the same time" in buyer.reads(f"/my/events/advice/{hour.number}")
    buyer.sends(f"/my/events/advice/{hour.number}", 303, question=ASKED)
    assert "Please note" in buyer.reads(f"/my/events/appointments/{hour.number}")
    assert "appointment with Staff at the same time" in buyer.reads(f"/my/events/seminars/{seminar.number}")


def test_a_number_typed_into_the_search_box_finds_ones_own(
    app: Flask, house: House, buyer: Visitor, staff: Visitor
) -> None:
    seminar, hour, hidden = announced(house), slot(house, consultant(house)), draft(house)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    other = stranger(app, house)
    for number, who, found in (
        (seminar.number, (buyer, staff, other), True),
        (hour.number, (buyer, staff), True),
        (hour.number, (other,), False),
        (hidden.number, (staff,), True),
        (hidden.number, (buyer,), False),
    ):
        for one in who:
            answer = one.client.get(f"/search?q={number.lower()}", follow_redirects=True)
            assert (
                f"events/{'seminars' if number[0] == 'S' else 'appointments'}/{number}" in answer.text
            ) is found
