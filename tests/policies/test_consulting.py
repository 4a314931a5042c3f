"""Customers book a time of a consultant with a question, cancel it in time, and what came of it is noted."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from policies.booking import book, can_be_booked, cancel_booking, last_day_to_cancel, note_outcome
from policies.calendars import close
from policies.consultants import change_consultant, facts_of
from policies.consultations import SlotState
from policies.consulting_lists import (
    advising,
    appointments,
    bookings_meanwhile,
    bookings_of,
    consultants,
    could_advise,
    free_times,
    on_closed_days,
    times_of,
)
from policies.offering_times import withdraw
from policies.seminar_lists import seminars_meanwhile
from policies.signing_up import sign_up
from portal.accounts.roles import Role
from portal.clock import at, business_day
from portal.outbox import Notice
from portal.refusal import Refused
from tests.policies.event_makers import announced, consultant, people, slot, told
from tests.policies.makers import House, make_company, make_person
from tests.policies.visiting import Visitor

ASKED = "How much soap should we order before Songkran?"


def notices(house: House) -> int:
    return house.session.scalar(select(func.count(Notice.id))) or 0


def test_booking_a_time_tells_both_and_takes_it_off_the_free_ones(house: House) -> None:
    hour = slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    assert (hour.state, hour.customer, hour.question) == (SlotState.BOOKED, house.customer, ASKED)
    assert [who for who, _ in told(house.session, "consulting_booked")] == [house.buyer.id]
    assert [who for who, _ in told(house.session, "consulting_booked_desk")] == [house.staff.id]
    assert free_times(house.session, now=house.now) == []


def test_a_time_that_is_taken_withdrawn_or_over_is_not_booked(house: House) -> None:
    who = consultant(house)
    taken, gone, over = (slot(house, who, opens=time(hour)) for hour in (9, 11, 14))
    book(house.session, taken, ASKED, by=house.buyer, now=house.now)
    withdraw(house.session, gone, "", by=house.staff, now=house.now)
    before = notices(house)
    stranger = make_person(
        house.session,
        Role.BUYER,
        customer=make_company(house.session, "C2", tier="gold", now=house.now),
        now=house.now,
    )
    for hour, at_time in ((taken, house.now), (gone, house.now), (over, over.starts_at)):
        with pytest.raises(Refused):
            book(house.session, hour, ASKED, by=stranger, now=at_time)
    with pytest.raises(Refused) as no:
        book(house.session, over, "  ", by=stranger, now=house.now)
    assert no.value.field == "question"
    assert (taken.customer, over.state, notices(house)) == (house.customer, SlotState.FREE, before)


def test_one_person_cannot_have_two_consultants_at_once_but_two_colleagues_can(house: House) -> None:
    first, second = consultant(house), consultant(house, "PRICES", house.manager)
    hour, same = slot(house, first), slot(house, second, opens=time(10, 30))
    after = slot(house, second, opens=time(11, 30))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    with pytest.raises(Refused, match="same time"):
        book(house.session, same, ASKED, by=house.buyer, now=house.now)
    assert same.state == SlotState.FREE
    (colleague,) = people(house, 1)
    book(house.session, same, ASKED, by=colleague, now=house.now)
    book(house.session, after, ASKED, by=house.buyer, now=house.now)


def test_a_seminar_at_the_same_time_is_only_pointed_out(house: House) -> None:
    who = consultant(house)
    seminar = announced(house)
    hour = slot(house, who, day=business_day(seminar.starts_at), opens=time(13))
    sign_up(house.session, seminar, by=house.buyer, now=house.now)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    assert seminars_meanwhile(house.session, house.buyer, hour.starts_at, hour.ends_at) == [seminar]
    assert bookings_meanwhile(house.session, house.buyer, seminar.starts_at, seminar.ends_at) == [hour]
    (colleague,) = people(house, 1)
    assert seminars_meanwhile(house.session, colleague, hour.starts_at, hour.ends_at) == []


def test_a_booking_is_cancelled_until_the_working_day_before_and_the_time_is_free_again(house: House) -> None:
    monday = date(2026, 4, 20)
    hour = slot(house, consultant(house), day=monday)
    assert last_day_to_cancel(house.session, hour) == date(2026, 4, 17)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    with pytest.raises(Refused, match="until"):
        cancel_booking(house.session, hour, by=house.buyer, now=at(date(2026, 4, 18)))
    assert hour.state == SlotState.BOOKED
    cancel_booking(house.session, hour, by=house.buyer, now=at(date(2026, 4, 17), time(23, 59)))
    assert (hour.state, hour.customer, hour.question) == (SlotState.FREE, None, "")
    assert [who for who, _ in told(house.session, "consulting_cancelled")] == [house.buyer.id]
    assert [who for who, _ in told(house.session, "consulting_cancelled_desk")] == [house.staff.id]
    with pytest.raises(Refused):
        cancel_booking(house.session, hour, by=house.buyer, now=house.now)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now + timedelta(hours=1))
    assert len(told(house.session, "consulting_booked")) == 2


def test_nobody_cancels_what_another_company_booked(house: House) -> None:
    hour = slot(house, consultant(house))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    other = make_company(house.session, "C2", tier="gold", now=house.now)
    stranger = make_person(house.session, Role.BUYER, customer=other, now=house.now)
    with pytest.raises(Refused):
        cancel_booking(house.session, hour, by=stranger, now=house.now)
    assert (hour.state, told(house.session, "consulting_cancelled")) == (SlotState.BOOKED, [])


def test_withdrawing_a_booked_time_needs_a_reason_and_tells_who_booked_it(house: House) -> None:
    who = consultant(house)
    hour = slot(house, who)
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    with pytest.raises(Refused) as no:
        withdraw(house.session, hour, " ", by=house.staff, now=house.now)
    assert (no.value.field, hour.state) == ("reason", SlotState.BOOKED)
    withdraw(house.session, hour, "Ill today", by=house.staff, now=house.now)
    assert (hour.state, hour.customer_id) == (SlotState.WITHDRAWN, None)
    assert [one for one, _ in told(house.session, "consulting_withdrawn")] == [house.buyer.id]
    assert times_of(house.session, who, now=house.now) == []
    with pytest.raises(Refused):
        withdraw(house.session, hour, "Again", by=house.staff, now=house.now)


def test_what_came_of_it_is_noted_after_the_time_began_and_can_be_put_right(house: House) -> None:
    who = consultant(house)
    hour, unbooked = slot(house, who), slot(house, who, opens=time(14))
    book(house.session, hour, ASKED, by=house.buyer, now=house.now)
    for thing, text, at_time in (
        (hour, "They order weekly now", house.now),
        (hour, "  ", hour.ends_at),
        (unbooked, "Nobody", unbooked.ends_at),
    ):
        with pytest.raises(Refused):
            note_outcome(house.session, thing, text, by=house.staff, now=at_time)
    assert hour.state == SlotState.BOOKED
    note_outcome(house.session, hour, "They order weekly now", by=house.staff, now=hour.ends_at)
    assert (hour.state, hour.outcome) == (SlotState.HELD, "They order weekly now")
    note_outcome(house.session, hour, "They order every two weeks", by=house.manager, now=hour.ends_at)
    assert hour.outcome == "They order every two weeks"


def test_the_board_counts_free_and_booked_times_and_outcomes_that_are_missing(house: House) -> None:
    who = consultant(house)
    hours = [slot(house, who, opens=time(hour)) for hour in (9, 10, 11, 13)]
    later = slot(house, who, day=date(2026, 4, 9))
    book(house.session, hours[0], ASKED, by=house.buyer, now=house.now)
    book(house.session, later, ASKED, by=house.buyer, now=house.now)
    board = advising(house.session, now=house.now)
    assert [(row.free, row.booked, row.unnoted) for row in board] == [(3, 2, 0)]
    board = advising(house.session, now=hours[1].starts_at)
    assert [(row.free, row.booked, row.unnoted) for row in board] == [(2, 1, 1)]
    found = appointments(house.session, who)
    assert [one.id for one in found.rows] == [later.id, hours[0].id]
    assert [one.id for one in bookings_of(house.session, house.customer).rows] == [later.id, hours[0].id]
    assert house.buyer not in could_advise(house.session)
    assert house.staff not in could_advise(house.session)


def test_times_of_a_consultant_who_left_or_advises_no_more_are_not_booked(house: House) -> None:
    left, stopped = consultant(house), consultant(house, "PRICES", house.manager)
    hours = [slot(house, left), slot(house, stopped, opens=time(14))]
    house.staff.active = False
    change_consultant(
        house.session, stopped, replace(facts_of(stopped), active=False), by=house.reviewer, now=house.now
    )
    before = notices(house)
    assert free_times(house.session, now=house.now) == []
    assert consultants(house.session, active_only=True) == []
    for hour in hours:
        assert not can_be_booked(house.session, hour, now=house.now)
        with pytest.raises(Refused, match="gives no advice any more"):
            book(house.session, hour, ASKED, by=house.buyer, now=house.now)
        assert hour.state == SlotState.FREE
    assert notices(house) == before
    with pytest.raises(Refused, match="gives no advice at present"):
        slot(house, left, opens=time(16))


@pytest.mark.usefixtures("working_noon")
def test_a_free_time_on_a_day_closed_since_is_not_booked_and_a_booked_one_is_pointed_out(
    house: House, staff: Visitor
) -> None:
    who = consultant(house)
    taken, free, other = (
        slot(house, who),
        slot(house, who, opens=time(14)),
        slot(house, who, day=date(2026, 4, 9)),
    )
    book(house.session, taken, ASKED, by=house.buyer, now=house.now)
    day = business_day(free.starts_at)
    close(house.session, day, "", "Flood", by=house.manager, now=house.now)
    house.session.commit()
    with pytest.raises(Refused, match="We are closed on"):
        book(house.session, free, ASKED, by=house.buyer, now=house.now)
    assert free.state == SlotState.FREE
    assert [list(offer.days) for offer in free_times(house.session, now=house.now)] == [[date(2026, 4, 9)]]
    assert on_closed_days(house.session, [taken, free, other], now=house.now) == {taken.id, free.id}
    page = staff.reads(f"/desk/events/consultants/{who.code}")
    assert "2 times are on closed days" in page
    assert "We are closed on that day" in staff.reads(f"/desk/events/appointments/{taken.number}")
