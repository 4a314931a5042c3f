from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from policies import calendars, catching_up, closing, opening_places, pausing, promising, settling, sweeping
from policies.closing import Week
from policies.kinds import Convention, Kind
from policies.places import MAIN, places
from policies.promises import Cause, Promise, PromiseEvent, PromiseState
from policies.redating import Effect
from policies.terms import Clause
from policies.working_weeks import BusinessCalendar, CalendarBlock, Closure
from portal.accounts.roles import Role
from portal.clock import at, end_of
from portal.outbox import Notice
from portal.refusal import Refused
from tests.policies.makers import CASES, TERMS, House, make_company, make_person
from tests.policies.test_pausing import in_minutes, opened

WEDNESDAY, THURSDAY, FRIDAY, MONDAY = (date(2026, 4, day) for day in (1, 2, 3, 7))
"""The day of the house, and the days after it; Monday 6 April is Chakri day."""


def close(house: House, day: date, **more: Any) -> Effect:
    effect = closing.close_day(house.session, day, "น้ำท่วม", "Flood", by=house.manager, now=house.now, **more)
    house.session.flush()
    return effect


def moves(house: House) -> list[tuple[Any, ...]]:
    query = select(PromiseEvent.promise_id, PromiseEvent.cause, PromiseEvent.by_id)
    return [tuple(row) for row in house.session.execute(query.where(PromiseEvent.what == "repromised"))]


def test_a_day_closed_at_short_notice_moves_what_counted_on_it_and_leaves_the_first_promise(
    house: House,
) -> None:
    house.cases(*CASES)
    promise, soon = house.case(), house.case(Kind.REFUND, "RT-1")
    assert promise.due_at == end_of(FRIDAY)
    seen = closing.preview_closing(house.session, THURSDAY, "", "Flood", now=house.now)
    assert (seen.promises, seen.customers, seen.last) == (2, 1, end_of(MONDAY))
    assert not moves(house)
    done = close(house, THURSDAY)
    assert done == seen
    for one in (promise, soon):
        assert (one.due_at, one.original_due_at) == (end_of(MONDAY), end_of(FRIDAY))
    assert moves(house) == [(one.id, Cause.CALENDAR, house.manager.id) for one in (promise, soon)]
    day = house.session.scalars(select(Closure).where(Closure.day == THURSDAY)).one()
    assert (day.declared_on, day.public_holiday) == (house.today, False)


def test_a_customer_is_told_once_of_all_that_moved_and_others_are_not(house: House) -> None:
    house.cases(*CASES)
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    make_person(house.session, Role.BUYER, customer=other, now=house.now)
    house.case()
    house.case(Kind.REFUND, "RT-1")
    close(house, THURSDAY)
    told = house.session.scalars(select(Notice).where(Notice.template.contains("calendar"))).all()
    assert [(one.user_id, one.facts["count"]) for one in told] == [(house.buyer.id, 2)]
    assert [line["subject"] for line in told[0].facts["promises"]] == ["CP-1", "RT-1"]


def test_what_is_settled_late_or_counts_calendar_days_stays(house: House) -> None:
    calendar_days = Clause(Kind.RETURN_DECISION, 5, Convention.CALENDAR)
    house.published(TERMS.but(*CASES).but(calendar_days))
    kept, late = house.case(subject="CP-1"), house.case(subject="CP-2")
    weekend = house.case(Kind.RETURN_DECISION, "RT-1")
    promising.fulfil(house.session, [kept], house.now, by=house.staff, now=house.now)
    house.session.commit()
    sweeping.sweep(house.session, at(date(2026, 4, 4)))
    house.session.expire_all()
    assert (kept.state, late.state) == (PromiseState.KEPT, PromiseState.MISSED)
    before = {one.id: one.due_at for one in (kept, late, weekend)}
    close(house, THURSDAY)
    assert {one.id: one.due_at for one in (kept, late, weekend)} == before
    assert not moves(house)


def test_reopening_a_day_moves_no_promise(house: House) -> None:
    house.cases(*CASES)
    promise = house.case()
    close(house, THURSDAY)
    calendars.reopen(house.session, THURSDAY, by=house.manager, now=house.now)
    house.session.flush()
    assert promise.due_at == end_of(MONDAY)
    assert len(moves(house)) == 1


def test_closing_a_day_twice_is_refused_and_moves_nothing_twice(house: House) -> None:
    house.cases(*CASES)
    promise = house.case()
    close(house, THURSDAY)
    with pytest.raises(Refused, match="already closed"):
        close(house, THURSDAY)
    assert promise.due_at == end_of(MONDAY)
    assert len(moves(house)) == 1


def test_closing_today_costs_what_is_left_of_the_day_in_minutes(house: House) -> None:
    in_minutes(house)
    promise = opened(house, house.now)
    assert promise.due_at == at(THURSDAY, time(12))
    close(house, WEDNESDAY)
    assert promise.due_at == at(THURSDAY, time(17))


def test_shorter_hours_move_clocks_in_minutes_and_a_lunch_break_too(house: House) -> None:
    in_minutes(house)
    promise = opened(house, at(WEDNESDAY, time(12)))
    lunch = tuple((day, *block) for day in range(5) for block in ((time(9), time(12)), (time(13), time(17))))
    effect = closing.change_week(house.session, Week(lunch), by=house.manager, now=house.now)
    assert effect.promises == 1
    assert promise.due_at == at(THURSDAY, time(14))
    calendar = house.session.scalars(select(BusinessCalendar)).one()
    assert [(one.weekday, one.opens) for one in calendar.blocks][:2] == [(0, time(9)), (0, time(13))]


def test_longer_hours_bring_no_promise_forward(house: House) -> None:
    in_minutes(house)
    promise = opened(house, house.now)
    long = tuple((day, time(0), time(23, 59)) for day in range(7))
    assert closing.change_week(house.session, Week(long), by=house.manager, now=house.now).promises == 0
    assert promise.due_at == at(THURSDAY, time(12))
    assert places(house.session).days().works(date(2026, 4, 5))


def test_a_promise_that_is_paused_keeps_what_was_left(house: House) -> None:
    house.cases(*CASES)
    promise = house.case()
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=house.staff, now=house.now)
    close(house, THURSDAY)
    assert promise.due_at == end_of(MONDAY)
    assert promise.paused_since == house.now


def test_bad_weeks_are_refused_at_the_day_and_nothing_changes(house: House) -> None:
    nine, ten, noon = time(9), time(10), time(12)
    for blocks, words, field in (
        ((), "at least one day", "monday"),
        (((1, nine, noon), (1, ten, time(17))), "overlap", "tuesday"),
        (((2, noon, nine),), "end after", "wednesday"),
    ):
        with pytest.raises(Refused, match=words) as no:
            closing.change_week(house.session, Week(blocks), by=house.manager, now=house.now)
        assert no.value.field == field
    with pytest.raises(Refused, match="Public holidays"):
        week = Week(((0, nine, noon),), works_on_holidays=True)
        closing.change_week(house.session, week, by=house.manager, now=house.now)
    assert not house.session.scalars(select(CalendarBlock)).all()


def test_a_place_keeps_the_distributors_public_holidays_unless_it_works_on_them(house: House) -> None:
    opening_places.open_place(house.session, "carriers", "ผู้ขนส่ง", "Carriers", by=house.manager, now=house.now)
    six = tuple((day, time(8), time(20)) for day in range(6))
    change: dict[str, Any] = {"place": "carriers", "by": house.manager, "now": house.now}
    closing.change_week(house.session, Week(six), **change)
    found = places(house.session)
    assert found.days("carriers").works(date(2026, 4, 4))
    assert not found.days(MAIN).works(date(2026, 4, 4))
    assert not found.days("carriers").works(date(2026, 4, 13))
    closing.change_week(house.session, Week(six, works_on_holidays=True), **change)
    assert places(house.session).days("carriers").works(date(2026, 4, 13))
    assert places(house.session).days("BKK") == places(house.session).days(MAIN)


def test_a_public_holiday_declared_at_short_notice_is_kept_at_other_places_too(house: House) -> None:
    house.cases(*CASES)
    promise = house.case()
    opening_places.open_place(house.session, "carriers", "ผู้ขนส่ง", "Carriers", by=house.manager, now=house.now)
    assert close(house, THURSDAY, public=True).promises == 1
    assert promise.due_at == end_of(MONDAY)
    assert not places(house.session).days("carriers").works(THURSDAY)
    day = house.session.scalars(select(Closure).where(Closure.day == THURSDAY)).one()
    assert (day.public_holiday, day.declared_on) == (True, house.today)


def test_the_calendar_of_another_place_moves_no_answer_of_ours(house: House) -> None:
    house.cases(*CASES)
    promise = house.case()
    opening_places.open_place(house.session, "BKK", "คลัง", "Warehouse", by=house.manager, now=house.now)
    assert close(house, THURSDAY, place="BKK").promises == 0
    assert promise.due_at == end_of(FRIDAY)
    assert not places(house.session).days("BKK").works(THURSDAY)
    assert places(house.session).days().works(THURSDAY)


def test_a_place_is_opened_once_and_the_distributors_own_calendar_stays(house: House) -> None:
    act: dict[str, Any] = {"by": house.manager, "now": house.now}
    opening_places.open_place(house.session, "BKK", "คลัง", "", **act)
    for code, name, words, field in (
        ("BKK", "Again", "has a calendar already", "code"),
        ("b k k", "Odd", "Give the code", "code"),
        ("CNX", " ", "Name the place", "name_th"),
    ):
        with pytest.raises(Refused, match=words) as no:
            opening_places.open_place(house.session, code, name, name, **act)
        assert no.value.field == field
    with pytest.raises(Refused, match="own calendar stays"):
        opening_places.remove_place(house.session, MAIN, **act)
    opening_places.remove_place(house.session, "BKK", **act)
    assert [one.code for one in calendars.all_places(house.session)] == [MAIN]


def test_it_takes_as_many_statements_for_many_promises_as_for_few(
    house: House, counting: Callable[[Callable[[], object]], int]
) -> None:
    house.cases(*CASES)
    house.case()
    few = counting(lambda: close(house, date(2026, 4, 2)))
    for n in range(2, 40):
        house.case(subject=f"CP-{n}")
    many = counting(lambda: close(house, date(2026, 4, 3)))
    assert many == few
    assert {promise.due_at for promise in house.session.scalars(select(Promise))} == {
        end_of(date(2026, 4, 8))
    }


def test_an_answer_promised_by_the_old_calendar_while_it_changed_is_moved_a_minute_later(
    house: House,
) -> None:
    house.cases(*CASES)
    promise = house.case()
    calendars.close(house.session, THURSDAY, "", "Flood", by=house.manager, now=house.now)
    house.session.commit()
    soon = house.now + timedelta(minutes=1)
    assert [catching_up.catch_up(house.session, soon) for _ in range(2)] == [1, 0]
    house.session.expire_all()
    assert (promise.due_at, promise.original_due_at) == (end_of(MONDAY), end_of(FRIDAY))
    assert moves(house) == [(promise.id, Cause.CALENDAR, None)]


def test_what_was_promised_long_before_or_counted_the_new_calendar_is_left_to_itself(house: House) -> None:
    house.cases(*CASES)
    old = house.case()
    later = house.now + timedelta(hours=1)
    calendars.close(house.session, THURSDAY, "", "Flood", by=house.manager, now=later)
    house.session.flush()
    new = house.case(subject="CP-2", start=later)
    house.session.commit()
    assert catching_up.catch_up(house.session, later + timedelta(minutes=1)) == 0
    assert (old.due_at, new.due_at) == (end_of(FRIDAY), end_of(MONDAY))


def test_after_days_without_the_job_a_promise_made_while_a_day_was_closed_follows_and_its_customer_reads_which(
    house: House,
) -> None:
    house.cases(*CASES)
    house.case()
    calendars.close(house.session, THURSDAY, "น้ำท่วม", "Flood", by=house.manager, now=house.now)
    house.session.commit()
    assert catching_up.catch_up(house.session, house.now + timedelta(days=1)) == 1
    notice = house.session.scalars(select(Notice).where(Notice.user_id == house.buyer.id)).all()[-1]
    assert notice.facts["day"] == THURSDAY.isoformat()
    assert (notice.facts["what_th"], notice.facts["what_en"]) == ("น้ำท่วม", "Flood")


def test_a_public_holiday_on_a_saturday_is_declared_once_and_kept_where_saturdays_are_worked(
    house: House,
) -> None:
    saturday = date(2026, 4, 18)
    opening_places.open_place(house.session, "WH1", "คลัง", "Warehouse", by=house.manager, now=house.now)
    six_days = tuple((day, time(8), time(17)) for day in range(6))
    closing.change_week(house.session, Week(six_days), place="WH1", by=house.manager, now=house.now)
    assert places(house.session).days("WH1").works(saturday)
    close(house, saturday, public=True)
    assert not places(house.session).days("WH1").works(saturday)
    with pytest.raises(Refused, match="already closed"):
        close(house, saturday, public=True)
    with pytest.raises(Refused, match="Nobody works on that weekday"):
        close(house, date(2026, 4, 25))


def test_a_promise_to_credit_in_time_made_while_a_day_was_closed_follows_too(house: House) -> None:
    house.cases(replace(CASES[0], settle_days=1))
    missed = house.case(CASES[0].kind)
    promise = settling.promise_settlement(
        house.session, missed, "CM-1", start=house.now, by=house.staff, now=house.now
    )
    assert promise is not None
    assert promise.due_at == end_of(THURSDAY)
    calendars.close(house.session, THURSDAY, "", "Flood", by=house.manager, now=house.now)
    house.session.commit()
    later = house.now + timedelta(days=1)
    assert [catching_up.catch_up(house.session, later) for _ in range(2)] == [2, 0]
    house.session.refresh(promise)
    assert promise.due_at == end_of(FRIDAY)
