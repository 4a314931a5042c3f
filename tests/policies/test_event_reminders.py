"""People are reminded on the working day before, once."""

from datetime import date, datetime, time, timedelta

import pytest

from policies.booking import book, cancel_booking
from policies.reminding import remind
from policies.seminar_ending import cancel
from policies.seminar_planning import change
from policies.signing_up import sign_off, sign_up
from portal.clock import at
from tests.policies.event_makers import announced, consultant, facts, people, slot, told
from tests.policies.makers import House

AFTER_SONGKRAN = date(2026, 4, 16)
DAY_BEFORE = date(2026, 4, 10)
"""The Friday before Songkran: 13 to 15 April are holidays."""


def run(house: House, now: datetime) -> int:
    house.session.commit()
    return remind(house.session, now)


@pytest.fixture
def spring(house: House) -> House:
    return house


def test_who_has_a_place_is_reminded_on_the_working_day_before_and_only_once(spring: House) -> None:
    begins = at(AFTER_SONGKRAN, time(9))
    seminar = announced(spring, starts_at=begins, ends_at=begins + timedelta(hours=3), places=2)
    first, second, waits = people(spring, 3)
    for one in (first, second, waits):
        sign_up(spring.session, seminar, by=one, now=spring.now)
    assert run(spring, at(DAY_BEFORE, time(7, 59))) == 0
    assert run(spring, at(DAY_BEFORE, time(8))) == 2
    assert run(spring, at(DAY_BEFORE, time(9))) == 0
    assert run(spring, begins - timedelta(minutes=5)) == 0
    assert [who for who, _ in told(spring.session, "seminar_reminded")] == [first.id, second.id]


def test_who_got_the_place_after_the_reminders_is_not_reminded_of_what_they_just_heard(spring: House) -> None:
    begins = at(AFTER_SONGKRAN, time(9))
    seminar = announced(spring, starts_at=begins, ends_at=begins + timedelta(hours=3), places=1)
    first, second = people(spring, 2)
    for one in (first, second):
        sign_up(spring.session, seminar, by=one, now=spring.now)
    assert run(spring, at(DAY_BEFORE, time(8))) == 1
    sign_off(spring.session, seminar, by=first, now=at(DAY_BEFORE, time(9)))
    assert run(spring, at(DAY_BEFORE, time(10))) == 0


def test_nobody_is_reminded_of_what_is_cancelled_or_over(spring: House) -> None:
    begins = at(AFTER_SONGKRAN, time(9))
    times = {"starts_at": begins, "ends_at": begins + timedelta(hours=3)}
    off, over = announced(spring, **times), announced(spring, **times)
    for seminar in (off, over):
        sign_up(spring.session, seminar, by=spring.buyer, now=spring.now)
    cancel(spring.session, off, "No speaker", by=spring.staff, now=spring.now)
    assert run(spring, begins) == 0


def test_a_seminar_that_moves_to_another_day_is_reminded_of_again(spring: House) -> None:
    begins = at(AFTER_SONGKRAN, time(9))
    seminar = announced(spring, starts_at=begins, ends_at=begins + timedelta(hours=3))
    sign_up(spring.session, seminar, by=spring.buyer, now=spring.now)
    assert run(spring, at(DAY_BEFORE, time(8))) == 1
    later = begins + timedelta(days=7)
    moved = facts(spring, starts_at=later, ends_at=later + timedelta(hours=3))
    change(spring.session, seminar, moved, by=spring.staff, now=at(DAY_BEFORE, time(9)))
    assert run(spring, at(DAY_BEFORE, time(10))) == 0
    assert run(spring, at(date(2026, 4, 22), time(8))) == 1


def test_both_are_reminded_of_an_appointment_and_a_new_booking_of_the_same_time_again(spring: House) -> None:
    hour = slot(spring, consultant(spring), day=AFTER_SONGKRAN)
    book(spring.session, hour, "How much?", by=spring.buyer, now=spring.now)
    assert run(spring, at(DAY_BEFORE, time(7))) == 0
    assert run(spring, at(DAY_BEFORE, time(8))) == 2
    assert run(spring, at(DAY_BEFORE, time(8, 10))) == 0
    assert [who for who, _ in told(spring.session, "consulting_reminded")] == [spring.buyer.id]
    assert [who for who, _ in told(spring.session, "consulting_reminded_desk")] == [spring.staff.id]
    cancel_booking(spring.session, hour, by=spring.buyer, now=at(DAY_BEFORE, time(9)))
    assert run(spring, at(DAY_BEFORE, time(10))) == 0
