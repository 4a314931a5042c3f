"""One object of every kind that the addresses of seminars and advice name."""

from datetime import time, timedelta

from policies.booking import book
from policies.calendars import working_days
from policies.consultants import ConsultantFacts, name_consultant
from policies.offering_times import Series, offer_series
from policies.seminar_planning import SeminarFacts, announce, plan
from policies.signing_up import sign_up
from portal.clock import at, business_day
from tests.makers import World


def events_of(world: World) -> dict[str, str]:
    """A seminar that the buyer signed up for and one in draft, a consultant, a free time and one that is booked."""
    session, now = world.session, world.now
    day = working_days(session).after(business_day(now), 30)
    begins = at(day, time(9))
    facts = SeminarFacts("สัมมนา", "Seminar", begins, begins + timedelta(hours=3), 2, place_en="Room 1")
    seminar, draft = (plan(session, facts, by=world.staff, now=now) for _ in range(2))
    announce(session, seminar, by=world.staff, now=now)
    sign_up(session, seminar, by=world.buyer, now=now)
    known = ConsultantFacts("วางแผน", "Planning", "ห้อง 2", "Room 2")
    named = name_consultant(session, "PLANNING", world.staff, known, by=world.manager, now=now)
    series = Series(frozenset({day.weekday()}), time(9), time(11), 60, day, day)
    free, booked = offer_series(session, named, series, by=world.staff, now=now).slots
    book(session, booked, "How much should we order?", by=world.buyer, now=now)
    return {
        "seminar_no": seminar.number,
        "desk_seminars.announce:seminar_no": draft.number,
        "desk_seminars.discard:seminar_no": draft.number,
        "consultant_code": named.code,
        "time_no": free.number,
        "booking_no": booked.number,
        "slot_no": booked.number,
    }
