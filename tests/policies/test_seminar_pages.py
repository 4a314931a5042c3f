"""Pages of seminars: what customers and staff see and do there, and what is refused at the field."""

from datetime import time, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from policies.booking import book
from policies.consultations import SlotState
from policies.seminars import Seminar, SeminarState, SignUp
from policies.signing_up import sign_up
from portal.mailing import written
from portal.outbox import Notice
from tests.policies.event_makers import announced, consultant, draft, people, slot, states
from tests.policies.makers import House
from tests.policies.visiting import Visitor

pytestmark = pytest.mark.usefixtures("working_noon")
ASKED = "How much soap before Songkran?"
PLANNED = {
    "title_en": "Planning stock",
    "place_en": "Room 1",
    "first_day": "2026-04-09",
    "starts": "09:00",
    "ends": "12:00",
    "places": "12",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages do not depend on the database."""
    return sqlite_url


def test_staff_plan_a_seminar_announce_it_and_a_customer_signs_up_with_one_click(
    house: House, staff: Visitor, buyer: Visitor
) -> None:
    assert "No seminar is announced" in buyer.reads("/my/events")
    assert "Plan one with its day" in staff.reads("/desk/events")
    page = staff.sends("/desk/events/seminars/new", 303, **PLANNED)
    assert "SM-2026-00001" in page
    assert "Planning stock" not in buyer.reads("/my/events")
    buyer.reads("/my/events/seminars/SM-2026-00001", 404)
    staff.sends("/desk/events/seminars/SM-2026-00001/announce", 303, whom="everybody")
    assert "12 places free" in buyer.reads("/my/events")
    buyer.sends("/my/events/seminars/SM-2026-00001/sign-up", 303)
    assert "You have a place" in buyer.reads("/my/events/seminars/SM-2026-00001")
    assert "Planning stock" in buyer.reads("/my/events/went-to")
    assert "1 of 12" in staff.reads("/desk/events")
    house.reread()
    assert house.session.scalar(select(func.count(Notice.id))) == 2  # the announcement and the place


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title_en": ""}, "Give the seminar a title"),
        ({"place_en": ""}, "Say where it takes place"),
        ({"ends": "08:00"}, "ends after it begins"),
        ({"first_day": "2026-03-30"}, "begins in the future"),
        ({"places": "0"}, "between 1 and 10,000"),
        ({"places": "1000000"}, "between 1 and 10,000"),
        ({"places": "many"}, "Not a valid integer"),
        ({"first_day": "soon"}, "Not a valid date"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field_and_what_was_typed_is_kept(house, staff, typed, said):
    page = staff.sends("/desk/events/seminars/new", 422, **(PLANNED | typed))
    assert said in page
    assert "nothing was saved" in page
    assert 'aria-invalid="true"' in page
    assert house.session.scalar(select(func.count(Seminar.id))) == 0


def test_announcing_to_some_tiers_asks_which(house: House, staff: Visitor) -> None:
    seminar = draft(house)
    house.session.commit()
    path = f"/desk/events/seminars/{seminar.number}/announce"
    assert "Choose at least one" in staff.sends(path, 422, whom="tier")
    house.reread()
    assert seminar.state == SeminarState.DRAFT
    staff.sends(path, 303, whom="tier", tiers=["gold"])
    house.reread()
    assert (seminar.state, house.session.scalar(select(func.count(Notice.id)))) == ("announced", 1)


def test_a_full_seminar_gives_a_number_and_signing_twice_or_for_what_is_over_is_refused(
    house: House, buyer: Visitor
) -> None:
    seminar = announced(house, places=1)
    (first,) = people(house, 1)
    sign_up(house.session, seminar, by=first, now=house.now)
    house.session.commit()
    path = f"/my/events/seminars/{seminar.number}"
    assert "Join the waiting list" in buyer.reads("/my/events")
    assert "1 colleague signed up" in buyer.reads("/my/events")
    buyer.sends(f"{path}/sign-up", 303)
    assert "You are number 1 on the waiting list" in buyer.reads(path)
    buyer.sends(f"{path}/sign-up", 303)
    assert "signed up for this seminar already" in buyer.reads(path)
    assert states(house.session, seminar) == {"place": [1], "waiting": [2]}
    buyer.sends(f"{path}/sign-off", 303)
    house.reread()
    seminar.starts_at = house.now - timedelta(hours=1)
    house.session.commit()
    buyer.sends(f"{path}/sign-up", 303)
    assert "has begun" in buyer.reads(path)
    house.reread()
    assert states(house.session, seminar) == {"place": [1], "cancelled": [2]}


def test_a_seminar_and_an_appointment_go_into_ones_own_calendar(house: House, buyer: Visitor) -> None:
    seminar = announced(house, about_th="ราคา; ส่วนลด, 50%\nบรรทัดสอง", place_en="Room 1, floor 2")
    hour = slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    house.session.commit()
    for path, number, starts_at in (
        (f"/my/events/seminars/{seminar.number}", seminar.number, seminar.starts_at),
        (f"/my/events/appointments/{hour.number}", hour.number, hour.starts_at),
    ):
        answer = buyer.client.get(f"{path}/calendar.ics")
        assert answer.content_type == "text/calendar; charset=utf-8"
        assert f"{number}.ics" in answer.headers["Content-Disposition"]
        (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
        assert event["DTSTART"].dt == starts_at
        assert event["UID"].startswith(number)
        assert path in event["URL"]
        assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))


def test_who_came_and_what_came_of_it_are_put_on_record_at_the_desk(
    house: House, staff: Visitor, manager: Visitor
) -> None:
    seminar, hour = announced(house), slot(house, consultant(house))
    mine = sign_up(house.session, seminar, by=house.buyer, now=house.now)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    seminar.starts_at, hour.starts_at = house.now - timedelta(hours=3), house.now - timedelta(hours=3)
    seminar.ends_at = hour.ends_at = house.now - timedelta(hours=2)
    house.session.commit()
    work = staff.reads("/")
    assert "Record who came" in work
    assert "Note what came of them" in work
    assert "Who came is not on record yet" in staff.reads(f"/desk/events/seminars/{seminar.number}")
    staff.sends(f"/desk/events/seminars/{seminar.number}/attendance", 303, came=[str(mine.id)])
    path = f"/desk/events/appointments/{hour.number}"
    assert "Say what came of it" in staff.sends(f"{path}/outcome", 422, outcome="  ")
    staff.sends(f"{path}/outcome", 303, outcome="They order weekly now")
    assert "Record who came" not in staff.reads("/")
    page = manager.reads(f"/desk/customers/{house.customer.code}")
    assert "1 seminar visit" in page
    assert "1 appointment" in page
    house.reread()
    assert house.session.scalars(select(SignUp.state)).all() == ["attended"]


def test_cancelling_a_seminar_asks_why_and_withdrawing_a_booked_time_too(
    house: House, staff: Visitor
) -> None:
    seminar, hour = announced(house), slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    house.session.commit()
    path = f"/desk/events/seminars/{seminar.number}/cancel"
    assert "Say why it is cancelled" in staff.sends(path, 422, reason=" ")
    staff.sends(path, 303, reason="The speaker is ill")
    path = f"/desk/events/appointments/{hour.number}/withdraw"
    assert "Say why" in staff.sends(path, 422, reason="")
    staff.sends(path, 303, reason="Ill today")
    house.reread()
    assert (seminar.state, hour.state) == (SeminarState.CANCELLED, SlotState.WITHDRAWN)


def test_every_notice_is_written_in_both_languages(house: House) -> None:
    seminar = announced(house, places=1)
    hour = slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    for one in people(house, 2):
        sign_up(house.session, seminar, by=one, now=house.now)
    house.session.flush()
    for notice in house.session.scalars(select(Notice)):
        title, body = written(notice)
        assert title
        assert body
        assert "%(" not in title + body


def test_the_lists_of_a_customer_take_no_more_statements_for_many_rows(house, buyer, counting):
    def visit() -> int:
        return counting(
            lambda: [buyer.reads(path) for path in ("/my/events", "/my/events/went-to", "/my/events/advice")]
        )

    one = consultant(house)
    slot(house, one)
    sign_up(house.session, announced(house), by=house.buyer, now=house.now)
    house.session.commit()
    visit()
    few = visit()
    for n in range(5):
        sign_up(house.session, announced(house), by=house.buyer, now=house.now)
        slot(house, one, opens=time(11 + n))
    house.session.commit()
    assert visit() == few
