"""The calendar fills itself: a new installation counts working days as soon as the scheduler runs."""

from datetime import date, timedelta

from sqlalchemy import select

from policies import calendars
from policies.calendars import Verb
from policies.jobs import extend_calendar
from policies.working_weeks import Closure
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import transaction
from tests.makers import make_user

SONGKRAN = date(2026, 4, 13)


def _years(session) -> set[int]:
    return {day.year for day in session.scalars(select(Closure.day))}


def test_a_new_installation_gets_a_calendar_for_three_years(session, now):
    assert extend_calendar(session, now) == 3
    assert _years(session) == {2026, 2027, 2028}
    assert not calendars.working_days(session).works(SONGKRAN)
    acts = session.execute(select(AuditEntry.verb, AuditEntry.subject_no, AuditEntry.by_id)).all()
    assert acts == [(Verb.HOLIDAYS_ADDED, year, None) for year in ("2026", "2027", "2028")]


def test_the_next_day_nothing_is_left_to_fill_in(session, now):
    extend_calendar(session, now)
    assert extend_calendar(session, now + timedelta(days=1)) == 0


def test_the_next_year_brings_one_year_more(session, now):
    extend_calendar(session, now)
    assert extend_calendar(session, now + timedelta(days=365)) == 1
    assert _years(session) == {2026, 2027, 2028, 2029}


def test_a_holiday_that_a_manager_took_back_stays_a_working_day(session, now):
    extend_calendar(session, now)
    with transaction(session):
        manager = make_user(session, Role.MANAGER, now=now)
        calendars.reopen(session, SONGKRAN, by=manager, now=now)
    extend_calendar(session, now + timedelta(days=1))
    assert calendars.working_days(session).works(SONGKRAN)


def test_a_day_of_our_own_does_not_keep_a_year_from_its_holidays(session, now):
    with transaction(session):
        manager = make_user(session, Role.MANAGER, now=now)
        calendars.add_holidays(session, 2026, by=manager, now=now)
        calendars.close(session, date(2027, 6, 15), "วันบริษัท", "Company day", by=manager, now=now)
    assert extend_calendar(session, now) == 2
    closed = session.scalars(select(Closure.day).where(Closure.day == date(2027, 6, 15))).all()
    assert len(closed) == 1
    assert _years(session) == {2026, 2027, 2028}
